package import Reconciliation

/// `report.html`: a run for whoever opens it in the morning, in one file that loads nothing.
///
/// Everything is there without JavaScript; a small script adds search, filters and sorting.
package enum ReportPage {
    /// The file's bytes.
    package static func bytes(of run: RunRecord) -> [UInt8] { markup(of: run).bytes }

    static func markup(of run: RunRecord) -> Markup {
        let list = CaseList(run)
        let charts = Charts(run)
        var main: Markup = ""
        for notice in Notice.all(of: run) { main += box(notice) }
        let outcomes = charts.outcomes
        let changes = changes(of: run)
        main += "<div class=two>\(outcomes)\(changes)</div>\n\(charts.banks)\(list.markup)\(BankLaws(run).markup)"
        return Page.document(
            title: "Run \(run.runID), \(day(run)): who must act", header: header(of: run, list.jumps), main: main,
            footer: footer(of: run), hasScript: !run.cases.isEmpty)
    }

    /// `27 Nov 2026`, on which the run began.
    private static func day(_ run: RunRecord) -> String {
        "\(run.startedAt.dayText(in: run.zone)) \(run.zone.local(run.startedAt).iso8601.prefix { $0 != "-" })"
    }

    private static func header(of run: RunRecord, _ jumps: Markup) -> Markup {
        let kind: Markup = run.kind == .nightly ? "Nightly" : "One-off"
        return """
            <a class=skip href="#list">To the accounts</a>
            <p class=over><a href="../index.html">All runs</a> · \(kind) run \(run.runID) · \(day(run)), \
            \(run.startedAt.clockText(in: run.zone))</p>
            \(Page.headline(Headline.text(of: run)))\
            <p class=facts>\(facts(of: run).joined(separator: " · "))</p>
            \(paused(of: run))\(money(of: run))\(jumps)
            """
    }

    /// How many are listed and left out, since when the oldest of both is stuck, and how long the run took.
    private static func facts(of run: RunRecord) -> [String] {
        var facts = [counted(run.cases.count, "account")]
        let left = run.closing?.leftOut ?? run.notSelected
        if left > 0 { facts.append("\(grouped(left)) more \(run.isLimited ? "left out by the limit" : "not reached")") }
        if let oldest = run.oldestStuckSince {
            let days = Int(max(0, run.startedAt.since(oldest).components.seconds / 86_400))
            let age = days > 0 ? " (\(counted(days, "day")))" : ""
            facts.append(
                "the longest stuck\(left > 0 ? " of all" : "") since "
                    + oldest.minuteText(in: run.zone, near: run.startedAt) + age)
        }
        if let finished = run.finishedAt { facts.append("took \(finished.since(run.startedAt).spokenText)") }
        return facts
    }

    /// Whom a bank's failures kept from being tried.
    private static func paused(of run: RunRecord) -> Markup {
        run.pausedBanks.map { "<p class=facts>\($0)</p>\n" } ?? .nothing
    }

    /// What the run cost, and what it did not.
    private static func money(of run: RunRecord) -> Markup {
        let requests = "\(counted(run.calls.total, "request")) to Mono"
        var parts = run.cost.map { ["this run cost \($0.text) for \(requests)"] } ?? []
        if let spared = run.callsSpared {
            if parts.isEmpty { parts.append(requests) }
            parts.append(
                "asking at the right times saved \(counted(spared, "request"))"
                    + (run.costSpared.map { " (\($0))" } ?? ""))
        }
        guard !parts.isEmpty else { return .nothing }
        let text = parts.joined(separator: "; ")
        return "<p class=facts>\(text.prefix(1).uppercased() + text.dropFirst())</p>\n"
    }

    private static func box(_ notice: Notice) -> Markup {
        """
        <section class=note><h2>\(notice.title)</h2><p>\(notice.evidence)</p><p><b>\(notice.advice)</b></p></section>

        """
    }

    private static func footer(of run: RunRecord) -> Markup {
        """
        <p>All times are those of \(run.zone.name). The same list for a spreadsheet: \
        <a href="accounts.csv">accounts.csv</a>; for programs: <a href="summary.json">summary.json</a>.</p>
        <p>This page names customers: share it as carefully as their data.</p>
        \(engineers(run))
        """
    }

    /// What only engineers ask for, folded away.
    private static func engineers(_ run: RunRecord) -> Markup {
        let calls = run.calls
        let event = run.lastEventAt.map { $0.minuteText(in: run.zone, near: run.startedAt) } ?? "none yet"
        let tally = Tally(run)
        let outcomes = Outcome.allCases.compactMap { outcome in
            tally.outcomes[outcome].map { "\(outcome.rawValue) \(grouped($0))" }
        }
        return """
            <details><summary>For engineers</summary>
            <p>\(counted(calls.total, "API call")) (\(grouped(calls.details)) details, \(grouped(calls.trigger)) sync, \
            \(grouped(calls.job)) job, \(grouped(calls.reauth)) re-authorisation) · \(counted(run.workers, "worker")) · \
            last webhook: \(event) · exit code \(run.exitCode)</p>
            <p>Outcomes of this run: \(outcomes.isEmpty ? "none" : outcomes.joined(separator: ", "))</p>
            <p>A whole story of one account: <code>mono-reconcile explain ACCOUNT</code></p></details>

            """
    }

    private static func changes(of run: RunRecord) -> Markup {
        guard run.kind == .nightly else { return .nothing }
        guard let changes = Changes(run) else {
            guard run.closing != nil, !run.cases.isEmpty else { return .nothing }
            return """
                <section class=card aria-labelledby=h-chg><h2 id=h-chg>Since last night</h2>\
                <p class=small>This is the first nightly run: there is nothing to compare with.</p></section>

                """
        }
        let before = changes.previous
        let unresolved = run.cases.count { $0.knownOutcome?.isUnresolved == true }
        let notTried: Markup =
            changes.notTried == 0 ? "" : "<div><dt>not tried last night<dd>\(grouped(changes.notTried))</div>"
        return """
            <section class=card aria-labelledby=h-chg><h2 id=h-chg>Since last night</h2>
            <dl class=sum><div><dt>new<dd>\(grouped(changes.new))</div>\(notTried)<div><dt>came back<dd>\
            \(grouped(changes.back + before.backSince))</div>\
            <div><dt>still the same<dd>\(grouped(changes.same))</div>\
            <div><dt>still stuck, other cause<dd>\(grouped(changes.different))</div></dl>
            \(nights(changes))
            <p class=small>Not back tonight: \(grouped(unresolved)); last night: \(grouped(before.unresolved)) \
            of \(counted(before.cases, "account")) (<a href="../run-\(before.runID)/report.html">run \(before.runID)</a>, \
            \(before.startedAt.minuteText(in: run.zone, near: run.startedAt))).</p>
            \(others(changes, notSelected: run.notSelected))</section>

            """
    }

    /// For how many nights what is known of unresolved accounts has stood.
    private static func nights(_ changes: Changes) -> Markup {
        let spans: [(title: Markup, range: ClosedRange<Int>)] = [
            ("1st night", 1...1), ("2nd night", 2...2), ("3 to 7 nights", 3...7), ("8 to 30 nights", 8...30),
            ("over 30 nights", 31...Int.max),
        ]
        let counts = spans.map { span in
            (span.title, changes.nights.reduce(0) { span.range.contains($1.key) ? $0 + $1.value : $0 })
        }
        let most = counts.map(\.1).max() ?? 0
        guard most > 0 else { return .nothing }
        let rows = counts.filter { $0.1 > 0 }.map { title, number -> Markup in
            "<tr><th scope=row>\(title)<td class=n>\(grouped(number))<td class=p>\(Charts.bar([(.nobody, number)], of: most))\n"
        }
        return """
            <table class=chart><caption class=small>How long they have stood like this</caption>\
            <thead class=hid><tr><th scope=col>Nights<th scope=col>Accounts<th scope=col>Picture
            <tbody>\(rows)</table>
            """
    }

    /// Accounts that were back last night and are stuck again, and what became of those that have no case tonight.
    private static func others(_ changes: Changes, notSelected: Int) -> Markup {
        let before = changes.previous
        var parts: [String] = []
        if changes.again > 0 {
            let verb = changes.again == 1 ? "is" : "are"
            parts.append("\(counted(changes.again, "account")) that came back last night \(verb) stuck again")
        }
        if before.backSince > 0 {
            parts.append("\(counted(before.backSince, "account")) came back without us during the day")
        }
        if before.unlinkedSince > 0 {
            parts.append("\(counted(before.unlinkedSince, "account was", "accounts were")) unlinked since")
        }
        if before.absent > 0 {
            // The run's row does not keep which of the causes applied.
            let why = notSelected > 0 ? " (left out by the limit, or not due)" : ""
            parts.append("\(counted(before.absent, "account has", "accounts have")) no case tonight\(why)")
        }
        guard !parts.isEmpty else { return .nothing }
        return "<p class=small>Also: \(parts.joined(separator: "; ")).</p>\n"
    }
}
