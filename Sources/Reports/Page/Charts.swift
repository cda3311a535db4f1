import Reconciliation

/// The pictures of outcomes and banks; each stands beside the numbers it shows.
struct Charts {
    let run: RunRecord
    let tally: Tally

    init(_ run: RunRecord) {
        self.run = run
        tally = Tally(run)
    }

    /// Banks that are shown at once, the ones with the most unresolved accounts.
    static let shownBanks = 8
    /// Banks with a row of their own; `summary.json` has the others.
    static let mostBanks = 60

    /// How all accounts stand by what is known: one bar for who must act, one for each outcome.
    var outcomes: Markup {
        guard tally.total > 0 else { return Headline.isEmpty(run) ? Self.unknown : Self.none }
        let tones = Self.tones(
            tally.outcomesByOwner.flatMap { owner, outcomes in
                outcomes.map { outcome, number in (outcome.isUnresolved ? Tone(owner) : .back, number) }
            })
        let most = tally.known.values.max() ?? 1
        var rows: Markup = ""
        for outcome in Outcome.allCases {
            guard let number = tally.known[outcome] else { continue }
            rows += """
                <tr><th scope=row>\(outcome.title)<td class=n>\(grouped(number))<td class=p>\
                \(Self.bar(parts(of: outcome), of: most))

                """
        }
        let legend = tones.map { tone, number -> Markup in
            """
            <li>\(Self.swatch(tone.name))\(grouped(number)) \(tone.title)</li>

            """
        }
        return """
            <section class=card aria-labelledby=h-out><h2 id=h-out>How \(counted(tally.total, "account")) stand\(tally.total == 1 ? "s" : "" as Markup)</h2>
            <svg class="bar stack" role=img aria-labelledby="out-t out-d"><title id=out-t>Accounts by who must act</title>\
            <desc id=out-d>\(tones.map { "\(grouped($1)) \($0.title); " as Markup })</desc>\
            \(Self.segments(tones, of: tally.total))</svg>
            <ul class=key>\(legend)</ul>
            <table class=chart><caption class=hid>Accounts by outcome</caption>\
            <thead class=hid><tr><th scope=col>Outcome<th scope=col>Accounts<th scope=col>Picture
            <tbody>\(rows)</table></section>

            """
    }

    /// One outcome's accounts by colour: who must act may depend on the nights and on the bank.
    private func parts(of outcome: Outcome) -> [(Tone, Int)] {
        Self.tones(
            tally.outcomesByOwner.map { owner, outcomes in
                (outcome.isUnresolved ? Tone(owner) : .back, outcomes[outcome, default: 0])
            })
    }

    /// What stands there when the run had no case.
    private static let none: Markup = """
        <section class="card back" aria-labelledby=h-out><h2 id=h-out>No account</h2>\
        <p><svg width=28 height=28 class=tick role=img aria-labelledby=out-t><title id=out-t>No account</title>\
        <circle cx=14 cy=14 r=12 /><path d="M8 14l4 4l8-8"/></svg> This run had no account to try.</p></section>

        """

    /// The same where nothing can be stuck, since no account was ever brought in: no sign that all is well.
    private static let unknown: Markup = """
        <section class=card aria-labelledby=h-out><h2 id=h-out>0 accounts are known</h2>\
        <p>This run had no account to try: none was ever brought into mono.accounts. The manual's page \
        adoption.md tells how they \
        get there.</p></section>

        """

    /// The banks, those with the most unresolved accounts first, and why.
    var banks: Markup {
        guard !tally.banks.isEmpty else { return .nothing }
        let sorted = tally.banks.sorted { left, right in
            if left.unresolved != right.unresolved { return left.unresolved > right.unresolved }
            return left.total == right.total ? left.name.precedesByBytes(right.name) : left.total > right.total
        }
        let most = sorted.map(\.total).max() ?? 1
        var rows: Markup = ""
        // A page that is short at first; the others are one click away, and found by searching too.
        let isLong = sorted.count > Self.shownBanks + 2
        for bank in sorted.prefix(isLong ? Self.shownBanks : sorted.count) { rows += row(bank, most: most) }
        var more: Markup = ""
        for bank in sorted.prefix(Self.mostBanks).dropFirst(Self.shownBanks) where isLong {
            more += row(bank, most: most)
        }
        let caption: Markup = "Accounts by bank and cause"
        return """
            <section class="card wide" aria-labelledby=h-bank><h2 id=h-bank>Banks, and why their accounts are stuck</h2>
            \(table(rows, caption))\
            \(isLong ? details(table(more, "\(caption), continued"), of: sorted) : .nothing)</section>

            """
    }

    private func details(_ table: Markup, of sorted: [Tally.Bank]) -> Markup {
        let left = sorted.dropFirst(Self.mostBanks)
        let unnamed: Markup =
            left.isEmpty
            ? ""
            : """
            <p class=small>\(counted(left.count, "bank")) with \
            \(counted(left.reduce(0) { $0 + $1.total }, "account")) are in summary.json only.</p>
            """
        let open = sorted.dropFirst(Self.shownBanks).reduce(0) { $0 + $1.unresolved }
        return """
            <details><summary>\(counted(sorted.count - Self.shownBanks, "more bank")), \
            \(counted(open, "account")) not back</summary>\(table)\(unnamed)</details>
            """
    }

    private func table(_ rows: Markup, _ caption: Markup) -> Markup {
        """
        <table class="chart banks"><caption class=hid>\(caption)</caption>\
        <thead><tr><th scope=col>Bank<th scope=col class=n>Accounts<th scope=col class=n>Back\
        <th scope=col class=p><span class=hid>Picture</span><th scope=col>Not back
        <tbody>\(rows)</table>
        """
    }

    private func row(_ bank: Tally.Bank, most: Int) -> Markup {
        let unresolved = Outcome.allCases.filter(\.isUnresolved).compactMap { outcome in
            bank.known[outcome].map { (outcome, $0) }
        }.sorted { left, right in left.1 > right.1 }
        let back = bank.total - bank.unresolved
        var causes: Markup = ""
        for (place, cause) in unresolved.enumerated() {
            causes += "\(place == 0 ? "" : ", " as Markup)\(grouped(cause.1)) \(cause.0.phrase)"
        }
        if let down = Headline.down(bank, of: run) { causes += " · <b>down \(down)</b>" }
        if unresolved.isEmpty { causes = "<span class=small>all back</span>" }
        let name = bank.name == Tally.unknownBank ? "(bank not known)" : bank.name.cut(toBytes: 72)
        let colours = Self.tones(unresolved.map { ($0.0.tone, $0.1) } + [(.back, back)])
        return """
            <tr><th scope=row>\(name)<td class=n>\(grouped(bank.total))<td class=n>\(grouped(back))\
            <td class=p>\
            \(Self.bar(colours, of: most))<td>\(causes)

            """
    }

    /// Counts by colour, in the colours' order, without the empty ones.
    static func tones(_ counts: [(Tone, Int)]) -> [(Tone, Int)] {
        let sums = Dictionary(counts, uniquingKeysWith: +)
        return Tone.allCases.compactMap { tone in sums[tone].flatMap { $0 > 0 ? (tone, $0) : nil } }
    }

    /// A colour in a legend.
    static func swatch(_ name: Markup) -> Markup {
        "<svg aria-hidden=true><rect width=100% height=100% rx=2 class=\(name) /></svg>"
    }

    /// A bar of parts; the numbers beside the bar say the same, so screen readers skip the bar.
    static func bar(_ parts: [(Tone, Int)], of whole: Int) -> Markup {
        "<svg class=bar aria-hidden=true>\(segments(parts, of: whole))</svg>"
    }

    /// Rectangles from the left, in per cent of the picture's width.
    private static func segments(_ parts: [(Tone, Int)], of whole: Int) -> [Markup] {
        var before = 0
        return parts.filter { $0.1 > 0 }.map { tone, number in
            defer { before += number }
            let (from, width) = (perMille(before, of: whole), perMille(number, of: whole))
            return """
                <rect x="\(from)" width="\(width)" height=100% class=\(tone.name) />
                """
        }
    }

    /// A share as `12.3%`.
    private static func perMille(_ number: Int, of whole: Int) -> Markup {
        let share = whole > 0 ? (number * 1_000 + whole / 2) / whole : 0
        return "\(share / 10).\(share % 10)%"
    }
}
