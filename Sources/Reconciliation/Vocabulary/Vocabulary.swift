/// The generation of Mono's API that a run speaks.
package enum APIGeneration: String, Sendable, CaseIterable {
    /// v2: a read with `x-realtime: true` starts a job.
    case realtime
    /// v1: `POST /accounts/{id}/sync`, Mono's Manual Data Sync.
    case dataSync = "data-sync"
}

/// Why an account is in a run.
package enum Reason: String, Sendable, CaseIterable {
    /// It awaits an `account_updated` for longer than the threshold.
    case missingUpdate = "missing_update"
    /// Re-authorisation was said to be required, and that was not taken back.
    case reauthorisationRequired = "reauthorisation_required"
    /// Somebody named it with `--account`, and it is neither of the above.
    case requested
}

/// How a case ended.
///
/// Each one needs its evidence; `docs/outcomes.md` lists it.
package enum Outcome: String, Sendable, CaseIterable {
    case alreadyAvailable = "already_available"
    case recovered
    case partial
    case reauthorisationRequired = "reauthorisation_required"
    case bankUnavailable = "bank_unavailable"
    case providerFailed = "provider_failed"
    case incompleteStatement = "incomplete_statement"
    case stillProcessing = "still_processing"
    case accountNotFound = "account_not_found"
    case deferred
    case errored

    /// Everything but an account whose data is there.
    package var isUnresolved: Bool {
        switch self {
        case .alreadyAvailable, .recovered: false
        case .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed, .incompleteStatement,
            .stillProcessing, .accountNotFound, .deferred, .errored:
            true
        }
    }

    /// Whether something was found out of the account; the others say only what became of the run's own work.
    package var restsOnEvidence: Bool {
        switch self {
        case .deferred, .errored: false
        case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed,
            .incompleteStatement, .stillProcessing, .accountNotFound:
            true
        }
    }
}

extension Outcome {
    /// Whether the bank handed something out after our sync.
    package var isDeliveryOfBank: Bool {
        switch self {
        case .recovered, .partial, .incompleteStatement: true
        case .alreadyAvailable, .reauthorisationRequired, .bankUnavailable, .providerFailed, .stillProcessing,
            .accountNotFound, .deferred, .errored:
            false
        }
    }

    /// Whether it speaks against the bank: enough of them in a row, and it is down.
    package var isFailureOfBank: Bool {
        switch self {
        case .bankUnavailable, .providerFailed: true
        case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .incompleteStatement, .stillProcessing,
            .accountNotFound, .deferred, .errored:
            false
        }
    }
}

/// Who must act next.
package enum Owner: String, Sendable, CaseIterable {
    // In the order of the report: whoever can be helped soonest comes first.
    case customer, engineer, mono, bank, nobody

    /// The owner of an outcome; `nightsInARow` counts the nights since it first stood, this one included.
    ///
    /// A bank that answered for other accounts of the same night is not waited for twice.
    package init(of outcome: Outcome, nightsInARow: Int, bankAnsweredOthers: Bool = false) {
        // Re-authorising is the cheap thing to try when the same failed twice for this account alone.
        let isTwice = nightsInARow >= 2
        self =
            switch outcome {
            case .alreadyAvailable, .recovered, .stillProcessing, .deferred: .nobody
            case .partial, .reauthorisationRequired, .accountNotFound: .customer
            case .bankUnavailable: isTwice && bankAnsweredOthers ? .customer : .bank
            case .incompleteStatement: .bank
            case .providerFailed: isTwice ? .customer : .mono
            case .errored: .engineer
            }
    }
}

/// How a run came to be.
package enum RunKind: String, Sendable {
    case nightly
    case oneOff = "one_off"
}

/// Mono's `data_status`, account-wide and cumulative.
///
/// Source: docs.mono.co, account-update and realtime-data pages (2026-03-10).
package enum DataStatus: Equatable, Sendable {
    case available, partial, unavailable, failed, processing
    /// A word that no page of Mono's names.
    case unknown(String)

    /// Reads a status without regard to case.
    ///
    /// `FAILED` or `UNAVAILABLE` although balance or transactions were retrieved counts as `PARTIAL`
    /// (seen in production 2026-04-15).
    package init(_ word: String, retrieved: [String] = []) {
        let gotSomething = retrieved.contains { item in
            ["balance", "transactions"].contains(item.lowercased())
        }
        self =
            switch word.uppercased() {
            case "AVAILABLE": .available
            case "PARTIAL": .partial
            case "UNAVAILABLE": gotSomething ? .partial : .unavailable
            case "FAILED": gotSomething ? .partial : .failed
            case "PROCESSING": .processing
            default: .unknown(String(word.prefix(64)))
            }
    }

    /// Mono's own spelling.
    package var word: String {
        switch self {
        case .available: "AVAILABLE"
        case .partial: "PARTIAL"
        case .unavailable: "UNAVAILABLE"
        case .failed: "FAILED"
        case .processing: "PROCESSING"
        case .unknown(let word): word
        }
    }
}
