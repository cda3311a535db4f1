package import Reconciliation

/// One webhook of Mono's, as `mono.record_event` reads it.
package struct Webhook {
    package enum Kind: Equatable {
        case connected
        case updated(DataStatus, sync: EventNote.SyncStatus?, job: String?)
        case jobUpdate(job: String, JobStatus)
        case reauthorisationRequired
        case reauthorised
        case syncFailed
        case unlinked
    }

    package var account: AccountID
    package var kind: Kind
    /// What makes two deliveries one event.
    package var number: Int
    /// Whether it carries `event_id`; without it equal payloads within a quarter of an hour are one event.
    package var hasID: Bool
    /// Mono's own `timestamp`.
    package var occurredAt: Timestamp?

    package init(account: AccountID, kind: Kind, number: Int, hasID: Bool, occurredAt: Timestamp?) {
        self.account = account
        self.kind = kind
        self.number = number
        self.hasID = hasID
        self.occurredAt = occurredAt
    }

    /// What the ledger tells a case of it.
    var noteKind: EventNote.Kind {
        switch kind {
        case .connected: .other
        case .updated(let status, let sync, let job): .updated(status: status, sync: sync, job: job)
        case .jobUpdate(let job, let status): .jobUpdate(job: job, status: status)
        case .reauthorisationRequired: .reauthorisationRequired
        case .reauthorised: .reauthorised
        case .syncFailed: .syncFailed
        case .unlinked: .unlinked
        }
    }

    var isGood: Bool {
        switch kind {
        case .updated(.available, nil, _), .updated(.available, .successful, _): true
        default: false
        }
    }

    /// The facts that it speaks of, so that no older event changes them; a debt of a link goes by the link.
    var facts: [Fact] {
        switch kind {
        case .connected: [.link]
        case .updated: isGood ? [.data, .debt, .flag, .status] : [.status] + updatedFacts
        case .jobUpdate(_, .reauthorisationRequired): [.flag, .job]
        case .jobUpdate: [.job]
        case .reauthorisationRequired: [.flag]
        case .reauthorised: [.debt, .flag]
        case .syncFailed: [.debt]
        case .unlinked: [.data, .debt, .flag, .link]
        }
    }

    /// Those of an update that is not good.
    private var updatedFacts: [Fact] {
        switch kind {
        case .updated(_, .reauthorisationRequired, _): [.flag]
        case .updated(_, .successful, _): [.debt, .flag]
        default: [.debt]
        }
    }

    /// The job that it names.
    var job: String? {
        switch kind {
        case .updated(_, _, let job): job
        case .jobUpdate(let job, _): job
        default: nil
        }
    }
}

/// What events speak of, each with a time of its own.
enum Fact: CaseIterable {
    case data, status, debt, flag, link, job

    func isSame(in one: AccountState, as other: AccountState) -> Bool {
        switch self {
        case .data: one.dataAvailable == other.dataAvailable
        case .status: one.dataStatus == other.dataStatus
        case .debt: one.awaitingSince == other.awaitingSince
        case .flag: one.flaggedSince == other.flaggedSince
        case .link: one.unlinkedAt == other.unlinkedAt
        case .job: one.lastSyncJobID == other.lastSyncJobID
        }
    }
}
