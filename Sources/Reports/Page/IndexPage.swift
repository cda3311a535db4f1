import Reconciliation

/// `index.html`: the runs of a report directory, with a picture of the nights.
enum IndexPage {
    /// Folders that are named when they are left out; of the others only the number is told.
    static let mostSkippedNamed = 10

    static func markup(of contents: IndexFile.Contents) -> Markup {
        let newest = contents.runs.first { $0.kind == .nightly }
        let header: Markup
        if let newest {
            header = """
                <p class=over>mono-reconciler · newest night: \(newest.nightText), \
                \(link("run", newest, contents))</p>
                \(Page.headline(newest.headline.cut(toBytes: 600)))
                """
        } else {
            header = """
                <p class=over>mono-reconciler</p>
                <h1><b>No nightly run is reported here yet</b></h1>

                """
        }
        var main = Trend(contents.runs).markup
        if !contents.runs.isEmpty { main += table(contents) }
        return Page.document(
            title: "Reconciliation runs", header: header, main: main, footer: footer(contents), hasScript: false)
    }

    private static func table(_ contents: IndexFile.Contents) -> Markup {
        let most = contents.runs.map(\.stuck).max() ?? 1
        var rows: Markup = ""
        for run in contents.runs {
            let owners = Owner.allCases.compactMap { owner in
                run.owners[owner].map { "\(grouped($0)) \(owner.word)" }
            }.joined(separator: ", ")
            var kind: Markup = run.kind == .nightly ? "" : "<i>one-off</i>"
            if run.isOfOtherHistory { kind += "<i>other history</i>" }
            let night: Markup = "\(run.kind == .nightly ? "night of " : "" as Markup)\(run.nightText)"
            rows += """
                <tr><th scope=row>\(link("Run", run, contents))<i>\(night)</i>\(kind)\
                <td>\(run.headline.cut(toBytes: 600))<i>\(owners)</i>\
                <td class=n>\(grouped(run.stuck))<td class=n>\(grouped(run.back))<td class=n>\(grouped(run.calls))\(money(run))\
                <td class=p>\(Charts.bar(run.tones, of: most))

                """
        }
        return """
            <section class="card wide" aria-labelledby=h-runs><h2 id=h-runs>Runs</h2>
            <table class="chart runs"><caption class=hid>Runs, newest first</caption>\
            <thead><tr><th scope=col>Run<th scope=col>What it found<th scope=col class=n>Stuck\
            <th scope=col class=n>Back<th scope=col class=n>Requests<th scope=col class=p><span class=hid>Picture</span>
            <tbody>
            \(rows)</table></section>

            """
    }

    /// Below the requests: what they cost, and how many were saved.
    private static func money(_ run: RunSummary) -> Markup {
        var lines: Markup = run.cost.map { "<i>\($0)</i>" } ?? .nothing
        if let saved = run.callsSaved, saved > 0 { lines += "<i>\(grouped(saved)) saved</i>" }
        return lines
    }

    private static func link(_ word: Markup, _ run: RunSummary, _ contents: IndexFile.Contents) -> Markup {
        let text: Markup = "\(word) \(run.runID)"
        guard let file = contents.entrances[run.folder] else { return text }
        return "<a href=\"\(run.folder)/\(file)\">\(text)</a>"
    }

    private static func footer(_ contents: IndexFile.Contents) -> Markup {
        var text: Markup = ""
        if contents.older > 0 {
            let verb = contents.older == 1 ? "is" : "are"
            text += "<p>\(counted(contents.older, "older run")) in this directory \(verb) not listed.</p>\n"
        }
        if contents.runs.contains(where: \.isOfOtherHistory) {
            text += """
                <p>Other history: written by another database, or by this one before it was restored from a backup. The \
                newest run does not know these runs, and the picture leaves them out.</p>

                """
        }
        if !contents.skipped.isEmpty {
            let named = contents.skipped.prefix(mostSkippedNamed).map { "\($0.folder) (\($0.reason))" }
            let more = contents.skipped.count - named.count
            text += """
                <p>Left out: \(named.joined(separator: "; "))\(more > 0 ? " and \(grouped(more)) more" : "").</p>

                """
        }
        let zones = Set(contents.runs.compactMap(\.timeZone)).sorted { $0.precedesByBytes($1) }
        if !zones.isEmpty {
            text +=
                "<p>Days and times are those of \(zones.map { $0.cut(toBytes: 60) }.prefix(3).joined(separator: ", ")).</p>\n"
        }
        let hasMoney = contents.runs.contains { $0.cost != nil || ($0.callsSaved ?? 0) > 0 }
        text += """
            <p>Stuck: accounts that were so when the run began, those left out included. Requests: questions to Mono, \
            each of which is billed\(hasMoney ? "; below: what they cost, and how many more there would have been" : "").</p>

            """
        return text
    }
}
