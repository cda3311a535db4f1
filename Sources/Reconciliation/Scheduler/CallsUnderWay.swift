/// The calls to Mono that have left and have no answer yet, by number; and how many have left.
struct CallsUnderWay: Equatable, Sendable {
    private struct Sent: Equatable, Sendable {
        var account: AccountID
        /// Whether the case that made the call is still the account's case here.
        var isOfCurrentCase = true
        /// Whether the account is asked for the key's sake, and not for a case.
        var isWitness = false
    }

    /// Calls that left, with and without answers.
    private(set) var counts = CallCounts()
    private var sent: [Int: Sent] = [:]
    /// The number of each case's call; a case has at most one under way.
    private var numbers: [AccountID: Int] = [:]

    /// Calls without an answer.
    var count: Int { sent.count }

    /// Counts a call that leaves now, and returns its number: how many left before it.
    mutating func start(_ call: Call, of account: AccountID) -> Int {
        let number = counts.total
        switch call {
        case .details: counts.details += 1
        case .job: counts.job += 1
        case .trigger: counts.trigger += 1
        case .reauthLink: counts.reauth += 1
        }
        sent[number] = Sent(account: account)
        numbers[account] = number
        return number
    }

    /// Counts a call to a witness that leaves now, and returns its number.
    mutating func startWitness(_ account: AccountID) -> Int {
        let number = counts.total
        counts.details += 1
        sent[number] = Sent(account: account, isOfCurrentCase: false, isWitness: true)
        return number
    }

    /// Notes that a call was answered, and returns whose call it was; nil for a number that no call under way has.
    ///
    /// The call is the current case's if the case that made it has not left meanwhile.
    mutating func end(_ number: Int) -> (account: AccountID, isOfCurrentCase: Bool, isWitness: Bool)? {
        guard let call = sent.removeValue(forKey: number) else { return nil }
        if call.isOfCurrentCase { numbers[call.account] = nil }
        return (call.account, call.isOfCurrentCase, call.isWitness)
    }

    /// The account's case left the scheduler: the answer to its call is not for the case that may come after it.
    mutating func forget(_ account: AccountID) {
        guard let number = numbers.removeValue(forKey: account) else { return }
        sent[number]?.isOfCurrentCase = false
    }
}
