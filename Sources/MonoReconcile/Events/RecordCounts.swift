import Reports
import Text

/// How many payloads of one `record` had which effect.
struct RecordCounts: Equatable {
    /// The effects of `mono.record_event`, in the order of the output.
    static let effects = ["applied", "stale", "duplicate", "ignored", "rejected"]
    /// At most this many refused lines are named; the others are counted.
    static let namedLines = 20

    private var byEffect: [String: Int] = [:]
    private var refused = 0
    /// Lines named so far, in no certain order.
    private var named: [(line: Int, why: String)] = []

    static func == (left: Self, right: Self) -> Bool { left.json == right.json && left.complaint == right.complaint }

    /// Counts recorded payloads by their effects; whatever follows a colon is a reason.
    mutating func count(_ effects: [String]) {
        for effect in effects { byEffect[String(effect.prefix { $0 != ":" }), default: 0] += 1 }
    }

    /// Counts a payload that could not be recorded.
    mutating func refuse(line: Int, _ why: String) {
        refused += 1
        if named.count < Self.namedLines { named.append((line, why)) }
    }

    private var recorded: Int { byEffect.values.reduce(0, +) }

    /// For a person: the sum, and each effect that occurred.
    var text: String {
        var lines = ["\(recorded) event\(recorded == 1 ? "" : "s") recorded"]
        for effect in Self.effects {
            if let count = byEffect[effect] { lines.append("  \(count)  \(effect)") }
        }
        return lines.joined(separator: "\n")
    }

    /// For a program: every effect, zeros too.
    var json: String {
        let effects = Self.effects.map { ($0, JSONText.integer(Int64(byEffect[$0, default: 0]))) }
        let value = JSONText.object(
            [
                ("schema_version", .integer(1)), ("recorded", .integer(Int64(recorded))),
                ("refused", .integer(Int64(refused))),
            ] + effects)
        return value.description
    }

    /// One line about what was not recorded; nil if there is nothing to say.
    var complaint: String? {
        guard refused > 0 else { return nil }
        let lines = named.sorted { $0.line < $1.line }.map { "line \($0.line) (\($0.why))" }
        let more = refused > named.count ? " and \(refused - named.count) more" : ""
        return "not recorded: \(lines.joined(separator: ", "))\(more); the rest is"
    }
}
