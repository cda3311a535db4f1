import Reconciliation

/// How long each bank takes, as far as it is known, and when its accounts are looked at: folded away, for the curious.
struct BankLaws {
    /// Banks with a curve; further ones are named in words.
    static let mostCurves = 12

    private static let (width, height) = (240, 56)

    /// The banks of which most is known first.
    private let laws: [BankLaw]
    private let isNightly: Bool

    init(_ run: RunRecord) {
        isNightly = run.kind == .nightly
        laws = (run.closing?.laws ?? []).sorted {
            ($1.hasShifted ? 1 : 0, $1.cases, $0.institution) < ($0.hasShifted ? 1 : 0, $0.cases, $1.institution)
        }
    }

    /// The section; nothing where nothing is known.
    var markup: Markup {
        guard isNightly, !laws.isEmpty else { return .nothing }
        let entries = laws.enumerated().map { place, law -> Markup in
            "<li>\(place < Self.mostCurves ? Self.curve(law, place) : .nothing)\(Self.sentence(law))\n"
        }
        let shifted = laws.count { $0.hasShifted }
        let news: Markup = shifted == 0 ? "" : " (\(counted(shifted, "bank")) changed tonight)"
        return """
            <section class="card wide laws"><details><summary>How long each bank takes, and when we look\(news)</summary>
            <p class=small>Each look is a paid request. The line shows how many requests for data have ended by then, the \
            ticks when we look.</p>
            <ul>\(entries)</ul></details></section>

            """
    }

    private static func sentence(_ law: BankLaw) -> Markup {
        let name = law.institution.isEmpty ? "Accounts without a bank's name" : law.institution
        var parts = ["we look after \(law.looks.map(seconds).joined(separator: ", ")) s"]
        if let most = law.mostEnd {
            parts.insert("\(percent(most.ended)) end within \(seconds(most.seconds)) s", at: 0)
        }
        if law.lateShare >= 0.01, let end = law.curve.last {
            parts.append("\(percent(law.lateShare)) take longer than \(seconds(end.seconds)) s")
        }
        parts.append("known from \(counted(law.cases, "request")) in \(counted(law.nights, "night"))")
        let changed: Markup =
            law.hasShifted ? " <b>Law changed tonight: this bank takes another time than before.</b>" : ""
        return "<p><b>\(name)</b>: \(parts.joined(separator: "; ")).\(changed)</p>"
    }

    /// The share that has ended over the time, which is drawn logarithmically as the curve's points are spaced.
    private static func curve(_ law: BankLaw, _ place: Int) -> Markup {
        guard law.curve.count > 1 else { return .nothing }
        let points = law.curve.enumerated().map { index, point in
            "\(x(Double(index), of: law.curve.count)) \(height - Int(point.ended * Double(height - 4)))"
        }
        let ticks = law.looks.map { "M\(x(position(of: $0, on: law.curve), of: law.curve.count)) \(height)v6" }
        return """
            <svg viewBox="0 0 \(width) \(height + 8)" width=\(width) height=\(height + 8) role=img \
            aria-labelledby="law-\(place)"><title id="law-\(place)">\(law.institution): requests that have ended, over \
            the time from \(seconds(law.curve[0].seconds)) to \(seconds(law.curve[law.curve.count - 1].seconds)) s</title>\
            <path d="M0 \(height)H\(width)" fill=none stroke=currentColor opacity=.4 />\
            <path d="M\(points.joined(separator: "L"))" fill=none stroke=currentColor stroke-width=2 />\
            <path d="\(ticks.joined())" fill=none stroke=currentColor stroke-width=2 /></svg>
            """
    }

    private static func x(_ position: Double, of count: Int) -> Int {
        Int(position / Double(count - 1) * Double(width))
    }

    /// Where a time lies between the curve's points.
    private static func position(of time: Double, on curve: [BankLaw.Point]) -> Double {
        guard let next = curve.firstIndex(where: { $0.seconds > time }) else { return Double(curve.count - 1) }
        guard next > 0 else { return 0 }
        let (from, to) = (curve[next - 1].seconds, curve[next].seconds)
        return Double(next - 1) + (time - from) / (to - from)
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func seconds(_ time: Double) -> String {
        let tenths = Int((time * 10).rounded())
        return time >= 10 || tenths % 10 == 0 ? "\(Int(time.rounded()))" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension RunRecord {
    /// Banks that kept failing, and how many of their customers were left for another night; nil if there is none.
    var pausedBanks: String? {
        var counts: [String: Int] = [:]
        for one in cases where one.outcome == .deferred && one.cause == .bankPaused {
            counts[one.institution ?? "", default: 0] += 1
        }
        guard !counts.isEmpty else { return nil }
        let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { bank, count in
            "\(bank.isEmpty ? "one bank" : bank) kept failing, so \(counted(count, "of its customers was", "of its customers were")) "
                + "left for another night"
        }
        return parts.prefix(5).joined(separator: "; ")
    }
}
