/// How a process ends that took part in a run.
package struct RunEnd: Equatable, Sendable {
    package var run: OpenRun
    /// The exit code of the contract: 0, 1, 69, 73, 75, 77, 130 or 143.
    package var exitCode: Int
    /// Why the run, or this process's part of it, ended early.
    package var stop: StopReason?
    /// Whether the run's other workers go on with it, and report it.
    package var isLeftToOthers = false
    /// Cases of accounts named that another run held, settled there.
    package var elsewhere: [CaseRecord] = []
}

/// Why a process does not take part in a run, or cannot say how it ended.
package enum RunRefusal: Equatable, Sendable {
    /// Accounts named that the store does not know; nothing was done.
    case unknownAccounts([AccountID])
    /// The open run speaks another API, or to another address.
    case otherSettings(OpenRun)
    /// Another run holds the account, and nobody works on that run.
    case heldByAbandonedRun(AccountElsewhere)
    /// The case that the process waited for is gone.
    case caseIsGone(AccountElsewhere)
    /// The process was told to end while another run held the account.
    case interrupted(AccountElsewhere, signal: Int32)
}

/// What a process tells people on its way.
package enum RunNote: Equatable, Sendable {
    /// The open run goes by other options than this process was given.
    case joinedOtherOptions(OpenRun)
    /// A run of an earlier night was brought to its end.
    case endedEarlierRun(OpenRun)
    /// The database's clock was moved by this much.
    case clockMoved(Duration)
    /// The next slot, or a hold, lay this far ahead, which cannot be meant; it is not waited for.
    case slotsPulledBack(Duration)
    /// A run that spoke another API, or to another address, was brought to its end without a call.
    case endedForeignRun(OpenRun)
}
