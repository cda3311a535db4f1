/// How a scheduler puts a case off: the one place that says why.
extension Case {
    /// Puts off what is not known, because the run ends early.
    mutating func putOff(because reason: StopReason, at now: Timestamp) {
        abandon(cause: reason.deferredCause, reason.detail, at: now)
    }

    /// Puts off what was concluded from an answer that says more of the key than of the account.
    mutating func disbelieve(because reason: StopReason, at now: Timestamp) {
        overrule(cause: reason.deferredCause, reason.detail, at: now)
    }

    /// Puts off what only a call could tell, because `--max-calls` allows no call for this case any more.
    mutating func runDry(at now: Timestamp) {
        starve(cause: .budget, "the budget of API calls was used up", at: now)
    }

    /// Puts off what waited for a bank that is paused.
    mutating func waitInVain(at now: Timestamp) {
        abandon(cause: .bankPaused, "its bank kept failing, and nothing but this bank was left to do", at: now)
    }
}
