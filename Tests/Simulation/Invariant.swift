/// What holds in every world, named by its breach.
package enum Invariant: String, CaseIterable, Sendable {
    case secondTrigger = "second trigger inside Mono's limit"
    case noIntent = "trigger without a committed intent"
    case openCases = "more than one open case of an account"
    case nightlies = "more than one open nightly run"
    case fence = "a case changed by a worker that does not hold it"
    case robbed = "a case taken from a worker that was well"
    case stranded = "a dead worker's case was not taken up in time"
    case settledTwice = "a case settled twice"
    case closedOpen = "a run closed with open cases"
    case leftOpen = "a case without outcome after the last run"
    case evidence = "an outcome without its evidence"
    case overwritten = "an event's effect overwritten"
    case order = "a duplicate or stale event applied"
    case deaf = "a call although an event had settled the account"
    case rate = "more calls in a second than the rate allows"
    case hold = "a call in spite of Retry-After"
    case stop = "a call although the run was stopped"
    case budget = "more calls than the budget"
    case counts = "calls counted wrongly"
    case stalled = "nothing asked of Mono after the clock was moved"
    case address = "a call of a run that belongs to another address"
    case accused = "a good key accused"
    case unlisted = "somebody of whom something is known is missing from a night's list"
    case standing = "what is known of an account was lost"
    case nights = "nights counted wrongly"
    case tooOften = "an account tried in its cool-down"
    case tooSeldom = "an account left alone although it was its turn, or something new was known"
    case unproven = "a start of a bank without a result went before others"
    case unasked = "a start of a bank that is down, which nobody granted"
    case probes = "a bank probed too often or too early"
    case putOff = "an account put off for a bank that was not down, or was not probed"
    case downCalls = "too many calls for a bank that is down"
    case learned = "what is learned of the banks is not what was seen of them"
    case unseen = "more learned of a bank than Mono was asked"
    case progress = "what the trigger answered was not made durable"
    case handBack = "a stopping worker deferred what others could do"
    case endless = "a process or run that does not end"
}

/// One breach of an ``Invariant``.
package struct Violation: Sendable, CustomStringConvertible {
    package var invariant: Invariant
    package var account: String?
    package var text: String
    /// Virtual seconds since the world began.
    package var seconds: Double

    package var description: String {
        let whose = account.map { "\($0): " } ?? ""
        return "\(invariant.rawValue): \(whose)\(text) (at \(seconds) s)"
    }
}
