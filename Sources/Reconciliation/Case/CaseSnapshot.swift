/// One case as a write needs it: what is known of it, and of its account, at one instant.
package struct CaseSnapshot: Equatable, Sendable {
    package var accountID: AccountID
    /// The account as the case knows it, nil if its row is gone; a write applies only while the row is still so.
    package var account: AccountState?
    /// The commit time of the intent, if one stands: part of the fence.
    package var intendedAt: Timestamp?
    /// The latest instant at which the trigger may have left.
    package var sentAt: Timestamp?
    /// `last_sync_requested_at` before the intent, for its withdrawal.
    package var requestedBeforeIntent: Timestamp?
    /// The newest job known at the intent: it is not the intent's own.
    package var jobBefore: String?
    /// What is known of the trigger's answer.
    package var progress: SyncProgress?
    package var jobID: String?
    package var apiCalls: Int
    package var polls: Int
    package var statusBefore: String?
    package var statusAfter: String?
    /// What details answers taught.
    package var learned: Details?
    package var steps: [Step]
}

/// One case's part of a write.
package struct CaseWrite: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// What the trigger answered.
        case progress
        /// The intent did nothing at Mono and is taken back.
        case withdrawal
        case settlement(Settlement)

        /// Whether the account's row is left as it is.
        package var sparesAccount: Bool {
            switch self {
            case .settlement(let settlement): settlement.sparesAccount
            case .progress, .withdrawal: false
            }
        }
    }

    package var one: CaseSnapshot
    package var kind: Kind

    package init(_ one: CaseSnapshot, _ kind: Kind) {
        self.one = one
        self.kind = kind
    }
}

extension Case {
    /// The case as a write needs it.
    package var snapshot: CaseSnapshot {
        CaseSnapshot(
            accountID: accountID, account: account, intendedAt: intent.committedAt, sentAt: intent.sentAt,
            requestedBeforeIntent: intent.accountBefore?.lastSyncRequestedAt, jobBefore: intent.jobBefore,
            progress: intent.progress, jobID: intent.job, apiCalls: calls.made, polls: calls.looks,
            statusBefore: history.statusBefore, statusAfter: history.statusAfter, learned: history.learned,
            steps: history.steps)
    }
}
