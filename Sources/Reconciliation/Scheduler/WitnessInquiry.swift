/// The question whether the key sees any account at all, put to accounts that should be known to Mono.
///
/// One worker of the run asks, one account after the other, until an answer says that the key works. While it is open
/// nothing else is asked of Mono.
struct WitnessInquiry: Equatable, Sendable {
    /// So many answers that say nothing (429, 5xx, no connection) end it.
    static let futileLimit = 5
    /// How long a worker waits before it looks again whether another one still asks.
    static let patience = Duration.seconds(2)

    private enum State: Equatable, Sendable {
        case idle
        /// The store is asked for witnesses.
        case finding
        /// Another worker asks.
        case elsewhere(until: Timestamp)
        /// The first of these is to be asked next.
        case ready([AccountID])
        /// The first of these is being asked.
        case asking([AccountID])
    }

    private var state = State.idle
    private var futileAnswers = 0

    /// What the inquiry came to.
    enum Finding: Equatable, Sendable {
        case open
        /// No witness is known to Mono.
        case accused
        /// Mono gave no usable answer.
        case futile
    }

    /// Whether the store's answer is awaited.
    var isFinding: Bool { state == .finding }

    /// Whether the store is to be asked for witnesses now; then its answer follows.
    mutating func begins(at now: Timestamp) -> Bool {
        switch state {
        case .idle: break
        case .elsewhere(let until) where until <= now: break
        case .elsewhere, .finding, .ready, .asking: return false
        }
        state = .finding
        return true
    }

    /// The store named these witnesses; nil: another worker asks.
    mutating func found(_ witnesses: [AccountID]?, at now: Timestamp) -> Finding {
        guard let witnesses else {
            state = .elsewhere(until: now.advanced(by: Self.patience))
            return .open
        }
        return goOn(with: witnesses)
    }

    /// When to look again whether another worker still asks; nil if none does.
    var nextLook: Timestamp? { if case .elsewhere(let until) = state { until } else { nil } }

    /// The account to be asked next, if one is.
    var next: AccountID? { if case .ready(let witnesses) = state { witnesses.first } else { nil } }

    /// The next account is being asked.
    mutating func asked() {
        if case .ready(let witnesses) = state { state = .asking(witnesses) }
    }

    /// The account was answered, and not in a way that shows that the key works.
    mutating func answered(isUnknown: Bool) -> Finding {
        guard case .asking(let witnesses) = state else { return .open }
        if isUnknown { return goOn(with: Array(witnesses.dropFirst())) }
        futileAnswers += 1
        state = .ready(witnesses)
        return futileAnswers < Self.futileLimit ? .open : .futile
    }

    /// The clock was moved: the next look is as far away as before.
    mutating func clockMoved(by jump: Duration) {
        if case .elsewhere(let until) = state { state = .elsewhere(until: until.advanced(by: jump)) }
    }

    /// Nothing is in question any more.
    ///
    /// The store's answer is awaited all the same.
    mutating func end() {
        if state != .finding { state = .idle }
    }

    private mutating func goOn(with witnesses: [AccountID]) -> Finding {
        state = witnesses.isEmpty ? .idle : .ready(witnesses)
        return witnesses.isEmpty ? .accused : .open
    }
}
