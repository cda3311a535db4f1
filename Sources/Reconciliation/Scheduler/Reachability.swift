/// Whether Mono can be reached at all.
struct Reachability: Equatable, Sendable {
    /// If none of so many first calls has an answer, Mono is unreachable.
    static let firstCalls = 5
    /// Later, so many calls in a row without an answer make Mono unreachable, if they took ``silence`` or longer.
    static let callsInARow = 20
    /// See ``callsInARow``.
    static let silence = Duration.seconds(30)

    private var everAnswered = false
    private var firstSilent: Set<Int> = []
    private var inARow = 0
    private var silentSince: Timestamp?

    /// The clock was moved: silence has lasted as long as before.
    mutating func clockMoved(by jump: Duration) { silentSince = silentSince?.advanced(by: jump) }

    /// Takes one call's end, and returns why Mono counts as unreachable; nil while it does not.
    ///
    /// `number` counts the calls of this process from 0.
    mutating func saw(answer: Bool, ofCall number: Int, at now: Timestamp) -> String? {
        guard !answer else {
            everAnswered = true
            inARow = 0
            silentSince = nil
            return nil
        }
        inARow += 1
        let since = silentSince ?? now
        silentSince = since
        if number < Self.firstCalls { firstSilent.insert(number) }
        if !everAnswered, firstSilent.count >= Self.firstCalls {
            return "none of the first \(Self.firstCalls) calls had an answer of Mono's"
        }
        if inARow >= Self.callsInARow, now.since(since) >= Self.silence {
            return "\(inARow) calls in a row had no answer of Mono's"
        }
        return nil
    }
}
