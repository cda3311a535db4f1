import Reconciliation

/// The accounts of a run by who must act: the sentences once for each group, a row for each account.
struct CaseList {
    let run: RunRecord
    let groups: [Owner: [CaseGroup]]
    let timeline: Timeline
    /// Nil if there is no night to compare with.
    let previous: PreviousNight?
    /// Cases in the list.
    private let shown: Int

    /// The most cases that a page lists: browsers do not bear many more.
    static let mostCases = 10_000

    init(_ run: RunRecord, most: Int = mostCases) {
        self.run = run
        groups = CaseGroup.all(of: run, most: most)
        shown = min(run.cases.count, most)
        timeline = Timeline(run)
        previous = Changes(run)?.previous
    }

    /// Bytes of UTF-8 that a row gives to one text from elsewhere; the whole of it is in `accounts.csv`.
    static let mostTextBytes = 72
    /// A longer link is left to `accounts.csv`.
    static let mostLinkBytes = 240

    /// The whole part of the page; nothing without cases.
    var markup: Markup {
        guard !groups.isEmpty else { return .nothing }
        var page: Markup = """
            <section id=list aria-labelledby=h-list><h2 id=h-list>Who must act</h2>
            \(cut)\(Self.legend)
            \(filter)
            """
        for owner in Owner.allCases {
            guard let groups = groups[owner] else { continue }
            page += section(owner, groups)
        }
        page += "</section>\n"
        return page
    }

    /// Where the rest is, if there is one.
    private var cut: Markup {
        guard shown < run.cases.count else { return .nothing }
        return """
            <p>This page lists the first \(counted(shown, "account")) of \(grouped(run.cases.count)), beginning with those \
            for whom somebody must act; the counts in this list are of these. All accounts are in \
            <a href="accounts.csv">accounts.csv</a>.</p>

            """
    }

    /// Links to the parts, for the top of the page.
    var jumps: Markup {
        guard !groups.isEmpty else { return .nothing }
        let links = Owner.allCases.compactMap { owner -> Markup? in
            guard let groups = groups[owner] else { return nil }
            let count = groups.reduce(0) { $0 + $1.rows.count }
            return
                "<a class=\(Tone(owner).name) href=\"#\(owner.rawValue)\"><b>\(grouped(count))</b> \(owner.word)</a>\n"
        }
        return "<nav aria-label=\"Accounts by who must act\">\n\(links)</nav>\n"
    }

    /// Hidden until the script is there.
    private var filter: Markup {
        let changes: Markup =
            previous == nil
            ? ""
            : """
            <label><span class=hid>Since last night</span><select id=s><option value="">New and old</option>\
            <option value=n>New tonight</option><option value=c>Changed and still stuck</option></select></label>

            """
        return """
            <div id=f role=search hidden><label class=hid for=q>Search</label>
            <input id=q type=search placeholder="Account ID, customer, bank … ( / )" autocomplete=off spellcheck=false>
            <label><span class=hid>Bank</span><select id=b><option>All banks</option></select></label>
            \(changes)<output id=m class=small aria-live=polite></output></div>

            """
    }

    private static let legend: Markup = """
        <svg width=0 height=0 class=hid aria-hidden=true><defs>\
        <circle id=o cy=8 r=4 /><path id=x d="M0 3l5 5l-5 5l-5-5z" stroke=none /><circle id=r cy=8 r=3.4 /></defs></svg>
        <p class=small id=how>How to read a night: <svg class="t back" role=img aria-labelledby=how-t>\
        <title id=how-t>Stuck, sync asked for, two looks, settled</title>\
        <path d="M8 8H24V2v12V8H130M56 5v6M86 5v6"/><use href=#o x=130 /></svg> \
        line on the left: the days it was stuck · tall mark: sync asked for · short marks: looks · end: \
        a dot if the data is there, a diamond if somebody must act, a ring if it is pending.</p>

        """

    private func section(_ owner: Owner, _ groups: [CaseGroup]) -> Markup {
        let count = groups.reduce(0) { $0 + $1.rows.count }
        let tone = Tone(owner)
        var part: Markup = """
            <section class="owner \(tone.name)" aria-labelledby=\(owner.rawValue)>\
            <h3 id=\(owner.rawValue)>\(owner.title): \(grouped(count))</h3>

            """
        for group in groups { part += table(group) }
        part += "</section>\n"
        return part
    }

    private func table(_ group: CaseGroup) -> Markup {
        let tone = group.outcome.isUnresolved ? Tone(group.owner) : .back
        let hasNotes = group.rows.contains { !extra($0, of: group).isEmpty }
        var part: Markup = """
            <article class="g \(tone.name)"><div><h4>\(group.outcome.title): \(grouped(group.rows.count)) \
            <span><code>\(group.outcome.rawValue)</code></span></h4>
            <dl><dt>What happened<dd>\(group.sentences.whatHappened)<dt>Next step<dd>\(group.sentences.nextStep)</dl></div>
            <table class=l><caption class=hid>\(group.outcome.title)</caption>\
            <thead><tr><th scope=col class=c1>Account<th scope=col class=c2>Bank<th scope=col class=c3>Stuck since\
            <th scope=col class=c4>Nights<th scope=col\(hasNotes ? " class=c5" : "" as Markup)>Tonight
            """
        if hasNotes { part += "<th scope=col>Note" }
        part += "\n<tbody>\n"
        for row in group.rows { part += self.row(row, of: group, hasNotes: hasNotes) }
        part += "</table></article>\n"
        return part
    }

    private func row(_ row: CaseGroup.Row, of group: CaseGroup, hasNotes: Bool) -> Markup {
        let record = row.record
        let days = record.stuckDays(atStart: run.startedAt)
        var line: Markup = "<tr><th scope=row>\(record.accountID.cut(toBytes: 64))\(badge(record))"
        if let ref = record.customerRef, !ref.isEmpty { line += "<i>\(ref.cut(toBytes: Self.mostTextBytes))</i>" }
        line += "<td>\((record.bank ?? "").cut(toBytes: Self.mostTextBytes))<td>\(record.stuckSince?.dayText ?? "")"
        if let days, days > 0 {
            line += "<i>\(days) d</i>"
        } else if let since = record.stuckSince {
            line += "<i>\(max(0, run.startedAt.since(since).components.seconds / 3_600)) h</i>"
        }
        let picture = timeline.picture(of: record, stuckDays: days)
        line += "<td>\(record.nightsInARow)<td>\(picture)\(timeline.words(of: record))"
        if hasNotes {
            line += "<td>"
            for (place, note) in extra(row, of: group).enumerated() { line += place == 0 ? note : "<br>\(note)" }
        }
        line += "\n"
        return line
    }

    /// What is different from last night, in a word or two.
    private func badge(_ record: CaseRecord) -> Markup {
        guard let previous else { return .nothing }
        switch Changes.Change(of: record, since: previous) {
        case .new: return "<b>new</b>"
        case .notTried: return "<b>not tried last night</b>"
        case .again: return "<b>stuck again</b>"
        case .different(let before): return "<b>before: \(before.phrase)</b>"
        case .back, .same, nil: return .nothing
        }
    }

    /// What only this account needs: a link, an id to quote, a time, another cause.
    private func extra(_ row: CaseGroup.Row, of group: CaseGroup) -> [Markup] {
        let record = row.record
        var notes: [Markup] = []
        if let link = record.reauthLink, !link.isEmpty {
            let isSafe = link.hasPrefix("https://") && link.cut(toBytes: Self.mostLinkBytes) == link
            notes.append(
                isSafe
                    ? "<a href=\"\(link)\" rel=noreferrer>Re-authorisation link</a>"
                    : link.cut(toBytes: Self.mostTextBytes) == link ? "Token: \(link)" : "Its link is in accounts.csv")
        }
        if record.outcome == .providerFailed, let request = record.dataRequestID, !request.isEmpty {
            notes.append("For Mono: \(request.cut(toBytes: Self.mostTextBytes))")
        }
        if let next = record.nextAttempt(after: run.finishedAt), record.outcome?.isUnresolved == true {
            notes.append("Next try from \(next.minuteText) UTC")
        }
        if let note = row.note { notes.append("\(note.cut(toBytes: 240))") }
        return notes
    }
}

extension Owner {
    /// A heading.
    var title: String {
        switch self {
        case .customer: "The customer must act"
        case .engineer: "An engineer must look"
        case .mono: "Mono must act"
        case .bank: "Waiting for the bank"
        case .nobody: "Nobody must act"
        }
    }

    /// In a list of jumps.
    var word: String {
        switch self {
        case .customer: "for customers"
        case .engineer: "for an engineer"
        case .mono: "for Mono"
        case .bank: "wait for banks"
        case .nobody: "need nobody"
        }
    }
}
