/// Until when `Retry-After` forbids all calls of all workers, and what the others have still to be told of it.
struct CallHold: Equatable, Sendable {
    /// The end of the hold, which may have passed; nil before the first one.
    private(set) var until: Timestamp?
    /// The end of a hold that this scheduler heard of first and has not told yet.
    private var untold: Timestamp?
    /// How long Mono's `Retry-After` has held this worker since Mono last answered otherwise.
    private(set) var eaten = Duration.zero
    private var eatenSince: Timestamp?
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

    /// The clock was moved: the hold lasts as long as before.
    mutating func clockMoved(by jump: Duration) {
        until = until?.advanced(by: jump)
        untold = untold?.advanced(by: jump)
        eatenSince = eatenSince?.advanced(by: jump)
    }

    /// Notes that Mono asked this scheduler for a hold; the other workers are told unless they know of a longer one.
    mutating func heard(until end: Timestamp) {
        if until.map({ end > $0 }) ?? true { untold = end }
    }

    /// A 429 to this worker held its calls for so much longer.
    mutating func ate(_ longer: Duration, at now: Timestamp) {
        if eatenSince == nil { eatenSince = now }
        eaten += longer
    }

    /// Mono answered otherwise than by 429, to this worker or another.
    mutating func answered(at time: Timestamp) {
        guard let since = eatenSince, time >= since else { return }
        eaten = .zero
        eatenSince = nil
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
