import Reconciliation

/// The accounts of a run by who is needed: the sentences once for each group, a row for each account.
struct CaseList {
    let run: RunRecord
    let groups: [Need: [CaseGroup]]
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

    /// The whole part of the page; nothing without cases.
    var markup: Markup {
        guard !groups.isEmpty else { return .nothing }
        var page: Markup = """
            <section id=list aria-labelledby=h-list><h2 id=h-list>Who must act</h2>
            \(cut)\(NotTried(run).markup)\(Self.legend)
            \(filter)
            """
        for need in Need.allCases {
            guard let groups = groups[need] else { continue }
            page += section(need, groups)
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
        let links = Need.allCases.compactMap { need -> Markup? in
            guard let groups = groups[need] else { return nil }
            let count = groups.reduce(0) { $0 + $1.rows.count }
            return
                "<a class=\(need.tone.name) href=\"#\(need.rawValue)\"><b>\(grouped(count))</b> \(need.word)</a>\n"
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
            <input id=q type=search placeholder="Customer, account, bank … ( / )" autocomplete=off spellcheck=false>
            <label><span class=hid>Bank</span><select id=b><option>All banks</option></select></label>
            \(changes)<output id=m class=small aria-live=polite></output></div>

            """
    }

    private static let legend: Markup = """
        <svg width=0 height=0 class=hid aria-hidden=true><defs>\
        <circle id=o cy=8 r=4 /><path id=x d="M0 3l5 5l-5 5l-5-5z" stroke=none /><circle id=r cy=8 r=3.4 /></defs></svg>
        <p class=small id=how>How to read a night: <svg class="t back" role=img aria-labelledby=how-t>\
        <title id=how-t>Stuck, data asked for, checked twice, settled</title>\
        <path d="M8 8H24V2v12V8H130M56 5v6M86 5v6"/><use href=#o x=130 /></svg> \
        line on the left: the days it was stuck · tall mark: data asked for · short marks: checks · end: \
        a dot if the data is there, a diamond if somebody must act, a ring if it is pending. Times are those \
        until it was settled.</p>

        """

    private func section(_ need: Need, _ groups: [CaseGroup]) -> Markup {
        let count = groups.reduce(0) { $0 + $1.rows.count }
        let rows = CaseRow(run, timeline, previous)
        var part: Markup = """
            <section class="owner \(need.tone.name)" aria-labelledby=\(need.rawValue)>\
            <h3 id=\(need.rawValue)>\(need.title): \(Self.number(count))</h3>

            """
        for group in groups { part += table(group, rows) }
        part += "</section>\n"
        return part
    }

    private func table(_ group: CaseGroup, _ rows: CaseRow) -> Markup {
        let tone = group.outcome.isUnresolved ? group.need.tone : .back
        var part: Markup = """
            <article class="g \(tone.name)"><div><h4>\(group.title): \(Self.number(group.rows.count))</h4>
            <dl><dt>What happened<dd>\(group.sentences.whatHappened)<dt>Next step<dd>\(group.sentences.nextStep)</dl></div>
            <table class=l><caption class=hid>\(group.title)</caption>\
            <thead><tr><th scope=col>Customer, account<th scope=col class=c2>Bank<th scope=col class=c3>Stuck since\
            <th scope=col class=c4>Nights<th scope=col class=c5>What to do<th scope=col class=c6>Tonight
            <tbody>

            """
        for row in group.rows { part += rows.markup(of: row, in: group) }
        part += "</table></article>\n"
        return part
    }

    /// A count that the script follows with what the filters show.
    private static func number(_ count: Int) -> Markup { "<span class=k>\(grouped(count))</span>" }
}
