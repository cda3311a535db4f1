/// Until when `Retry-After` forbids all calls of all workers, and what the others have still to be told of it.
struct CallHold: Equatable, Sendable {
    /// The end of the hold, which may have passed; nil before the first one.
    private(set) var until: Timestamp?
    /// The end of a hold that this scheduler heard of first and has not told yet.
    private var untold: Timestamp?
    /// Messages to the store that have no answer yet.
    private var unanswered = 0

    /// Whether a message has no answer yet.
    var isBeingTold: Bool { unanswered > 0 }

    /// Extends the hold to a time, and returns by how much; nil if it does not end later than before.
    mutating func extend(to end: Timestamp, at now: Timestamp) -> Duration? {
        let from = max(until ?? now, now)
        guard end > from else { return nil }
        until = end
        return end.since(from)
    }

    /// Notes that Mono asked this scheduler for a hold; the other workers are told unless they know of a longer one.
    mutating func heard(until end: Timestamp) {
        if until.map({ end > $0 }) ?? true { untold = end }
    }

    /// Takes what the other workers are to be told now.
    mutating func takeMessage() -> Timestamp? {
        guard let message = untold else { return nil }
        untold = nil
        unanswered += 1
        return message
    }

    /// A message was answered.
    mutating func told() {
        precondition(unanswered > 0, "no hold was being told")
        unanswered -= 1
    }
}
