import Reconciliation

/// The nights as bars: stuck accounts by who must act, and requests to Mono below.
struct Trend {
    /// Nights that fit the picture.
    static let mostNights = 60

    private static let (left, right, width) = (48, 712, 720)
    private static let (top, floor) = (12, 122)
    private static let (callsTop, callsFloor) = (150, 200)

    /// Oldest first.
    private let nights: [RunSummary]

    init(_ runs: [RunSummary]) {
        nights = runs.filter { $0.kind == .nightly && !$0.isOfOtherHistory }
            .sorted { ($0.startedAt, $0.runID) < ($1.startedAt, $1.runID) }.suffix(Self.mostNights)
    }

    /// A card; nothing before the second night.
    var markup: Markup {
        guard nights.count >= 2, let first = nights.first, let last = nights.last else { return .nothing }
        let stuck = max(1, nights.map(\.stuck).max() ?? 1)
        let calls = max(1, nights.map(\.calls).max() ?? 1)
        let step = Double(Self.right - Self.left) / Double(nights.count)
        let bar = max(2, Int(min(26, step - 2)))
        var bars: Markup = ""
        for (place, night) in nights.enumerated() {
            let x = Self.left + Int((Double(place) + 0.5) * step) - bar / 2
            bars += self.bar(night, x: x, width: bar, stuck: stuck, calls: calls)
        }
        return """
            <section class="card wide" aria-labelledby=h-trend><h2 id=h-trend>The last \(nights.count) nights</h2>
            <div class=trend><svg viewBox="0 0 \(Self.width) 224" role=img aria-labelledby="tr-t tr-d">\
            <title id=tr-t>Stuck accounts and requests to Mono by night</title>\
            <desc id=tr-d>\(words(first, last)); the table below has the numbers.</desc>
            \(axis(Self.top, Self.floor, stuck, "accounts"))\(axis(Self.callsTop, Self.callsFloor, calls, "requests to Mono"))
            \(bars)\
            <text x="\(Self.left)" y=218>\(first.nightText)</text>\
            <text x="\(Self.right)" y=218 text-anchor=end>\(last.nightText)</text>
            </svg></div>
            <ul class=key>\(legend)</ul>
            <p class=small>\(words(first, last)).</p></section>

            """
    }

    private func words(_ first: RunSummary, _ last: RunSummary) -> String {
        "From \(first.nightText) to \(last.nightText): stuck accounts "
            + "\(grouped(first.stuck)), then \(grouped(last.stuck)); back on the night \(grouped(first.back)), then "
            + "\(grouped(last.back)); requests to Mono \(grouped(first.calls)), then \(grouped(last.calls))"
    }

    private func axis(_ top: Int, _ floor: Int, _ most: Int, _ name: Markup) -> Markup {
        """
        <path d="M\(Self.left) \(top)H\(Self.right)M\(Self.left) \(floor)H\(Self.right)"/>\
        <text x="\(Self.left - 6)" y="\(top + 4)" text-anchor=end>\(grouped(most))</text>\
        <text x="\(Self.left)" y="\(top - 3)">\(name)</text>
        """
    }

    private func bar(_ night: RunSummary, x: Int, width: Int, stuck: Int, calls: Int) -> Markup {
        var parts: Markup = """
            <g><title>Run \(night.runID), \(night.nightText): \(grouped(night.stuck)) stuck, \(grouped(night.back)) back, \
            \(counted(night.calls, "request"))</title>
            """
        var below = 0
        func height(_ number: Int) -> Int { number * (Self.floor - Self.top) / stuck }
        for (tone, number) in night.tones {
            let (from, to) = (height(below), height(below + number))
            below += number
            parts += """
                <rect x="\(x)" y="\(Self.floor - to)" width="\(width)" height="\(to - from)" class=\(tone.name) />
                """
        }
        if night.notSelected > 0 {
            let (from, to) = (height(below), height(below + night.notSelected))
            parts += """
                <rect x="\(x)" y="\(Self.floor - to)" width="\(width)" height="\(to - from)" class=out />
                """
        }
        let tall = night.calls * (Self.callsFloor - Self.callsTop) / calls
        return """
            \(parts)<rect x="\(x)" y="\(Self.callsFloor - tall)" width="\(width)" height="\(tall)" class=calls /></g>

            """
    }

    private var legend: [Markup] {
        let seen = Set(nights.flatMap { $0.tones.map(\.0) })
        var entries = Tone.allCases.filter(seen.contains).map { tone -> Markup in
            "<li>\(Charts.swatch(tone.name))\(tone.title)</li>\n"
        }
        if nights.contains(where: { $0.notSelected > 0 }) {
            entries.append("<li>\(Charts.swatch("out"))left out by the limit</li>\n")
        }
        return entries
    }
}
