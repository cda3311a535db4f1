import Reconciliation
import Text

extension BankLaw {
    /// One sentence: when its syncs are looked at, and what that rests on.
    var sentence: String {
        let times = looks.map(Self.seconds).joined(separator: ", ")
        let name = institution.isEmpty ? "Unknown bank" : institution
        guard cases > 0 else { return "\(name): looks at \(times) s; nothing is learned of it yet." }
        var facts = [
            "\(name): looks at \(times) s",
            "\(cases) case\(cases == 1 ? "" : "s"), \(nights) night\(nights == 1 ? "" : "s")",
        ]
        if let mostEnd { facts.append("\(Self.percent(mostEnd.ended)) % end by \(Self.seconds(mostEnd.seconds)) s") }
        facts.append("\(Self.percent(lateShare)) % not in the window")
        if let toldShare { facts.append("events tell \(Int((toldShare * 10).rounded())) of 10") }
        return facts.joined(separator: "; ") + "."
    }

    /// The same for a program.
    var json: JSONText {
        .object([
            ("institution", .string(institution)), ("kind", .string(kind.rawValue)),
            ("looks_ms", .array(looks.map { .integer(Self.thousandths($0)) })), ("cases", .integer(Int64(cases))),
            ("nights", .integer(Int64(nights))),
            ("most_end_percent", mostEnd.map { .integer(Int64(Self.percent($0.ended))) } ?? .null),
            ("most_end_by_ms", mostEnd.map { .integer(Self.thousandths($0.seconds)) } ?? .null),
            ("late_per_mille", .integer(Self.thousandths(lateShare))),
            ("told_per_mille", toldShare.map { .integer(Self.thousandths($0)) } ?? .null),
        ])
    }

    private static func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }

    private static func thousandths(_ number: Double) -> Int64 { Int64((number * 1_000).rounded()) }

    /// Whole seconds from ten on, tenths before.
    private static func seconds(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        guard tenths < 100, tenths % 10 != 0 else { return "\(Int(seconds.rounded()))" }
        return "\(tenths / 10).\(tenths % 10)"
    }
}
