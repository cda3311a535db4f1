import Reconciliation

/// The ways in which an account comes into a run.
enum Situation: String, CaseIterable, Sendable {
    /// No data yet, and an event is owed.
    case waiting
    /// Data from before, and an event is owed.
    case waitingWithData
    /// Flagged, with data from before.
    case flagged
    /// Flagged, and no data yet.
    case flaggedWithoutData
    /// Named with `--account`, and nothing is wrong.
    case requested
    /// Named with `--account`, without data, and not stuck yet.
    case requestedEmpty

    /// The ones that a nightly run selects.
    static let nightly: [Self] = [.waiting, .waitingWithData, .flagged, .flaggedWithoutData]

    var isFlagged: Bool { self == .flagged || self == .flaggedWithoutData }
    var had: Bool { self == .waitingWithData || self == .flagged || self == .requested }
    /// Whether its status is asked for before a trigger.
    var isInspected: Bool { self == .waiting || reason == .requested }
    /// Whether a look at the account's status can prove a sync of unknown fate.
    var canProve: Bool { !had && !isFlagged }

    var reason: Reason {
        switch self {
        case .waiting, .waitingWithData: .missingUpdate
        case .flagged, .flaggedWithoutData: .reauthorisationRequired
        case .requested, .requestedEmpty: .requested
        }
    }

    var row: AccountState {
        let yesterday = moment(.seconds(-86_400))
        return switch self {
        case .waiting: AccountState(awaitingSince: yesterday)
        case .waitingWithData: AccountState(dataAvailable: true, awaitingSince: yesterday)
        case .flagged: AccountState(dataAvailable: true, flaggedSince: yesterday)
        case .flaggedWithoutData: AccountState(flaggedSince: yesterday)
        case .requested: AccountState(dataAvailable: true)
        case .requestedEmpty: AccountState()
        }
    }
}

extension AccountState {
    /// What `mono.record_event` does to the row (the table of effects).
    mutating func apply(_ kind: EventNote.Kind, at now: Timestamp) {
        switch kind {
        case .updated(let status, let sync, _): applyUpdate(status, sync, at: now)
        case .reauthorisationRequired, .jobUpdate(_, .reauthorisationRequired): flaggedSince = flaggedSince ?? now
        case .reauthorised:
            awaitingSince = now
            flaggedSince = nil
        case .syncFailed: awaitingSince = awaitingSince ?? now
        case .unlinked:
            unlinkedAt = now
            dataAvailable = false
            awaitingSince = nil
            flaggedSince = nil
        case .jobUpdate(let job, _): lastSyncJobID = job
        case .other: break
        }
    }

    private mutating func applyUpdate(_ status: DataStatus?, _ sync: EventNote.SyncStatus?, at now: Timestamp) {
        dataStatus = status?.word ?? dataStatus
        switch (status, sync) {
        case (.available, nil), (.available, .successful):
            dataAvailable = true
            awaitingSince = nil
            flaggedSince = nil
        case (_, .successful):
            awaitingSince = awaitingSince ?? now
            flaggedSince = nil
        case (_, .reauthorisationRequired): flaggedSince = flaggedSince ?? now
        case (nil, nil), (.unknown, nil): break
        case (_, .failed), (_, .unknown), (_, nil): awaitingSince = awaitingSince ?? now
        }
    }
}
