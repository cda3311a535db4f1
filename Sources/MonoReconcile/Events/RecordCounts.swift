import Reports
import Text

/// How many payloads of one `record` had which effect.
struct RecordCounts: Equatable {
    /// The effects of `mono.record_event`, in the order of the output.
    static let effects = ["applied", "stale", "duplicate", "ignored", "rejected"]
    /// At most this many payloads are named; the others are counted.
    static let mostNamed = 20

    /// Payloads that something is wrong with.
    private struct Named: Equatable {
        var count = 0
        /// The first ones.
        var words: [String] = []

        mutating func add(_ place: PayloadReader.Place, _ why: some StringProtocol) {
            count += 1
            if words.count < mostNamed { words.append("event \(place.event) in line \(place.line) (\(why))") }
        }

        var text: String {
            words.joined(separator: ", ") + (count > words.count ? " and \(count - words.count) more" : "")
        }
    }

    private var byEffect: [String: Int] = [:]
    private var refused = Named()
    private var rejected = Named()

    /// Counts a recorded payload by its effect; whatever follows a colon is a reason.
    mutating func count(_ effect: String, at place: PayloadReader.Place) {
        let parts = effect.split(separator: ":", maxSplits: 1)
        let name = String(parts.first ?? "")
        byEffect[name, default: 0] += 1
        if name == "rejected" { rejected.add(place, parts.last.map { $0.drop { $0 == " " } } ?? "") }
    }

    /// Counts a payload that could not be recorded.
    mutating func refuse(_ place: PayloadReader.Place, _ why: String) { refused.add(place, why) }

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
                ("refused", .integer(Int64(refused.count))),
            ] + effects)
        return value.description
    }

    /// One line about what was not recorded, or has no effect because it is no webhook; nil if there is nothing to say.
    var complaint: String? {
        var parts: [String] = []
        if refused.count > 0 { parts.append("not recorded: \(refused.text); the rest is") }
        if rejected.count > 0 { parts.append("recorded, but no webhook that can be applied: \(rejected.text)") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
