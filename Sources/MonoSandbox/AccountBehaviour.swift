/// What happens to an account when it is synced; `Account` adds what is particular to one account.
enum AccountBehaviour: String, Sendable, CaseIterable, Codable {
    /// Mono has the data already; only the event was lost.
    case available
    /// The first fetch got nowhere (`PROCESSING`), a sync brings the data.
    case recovers
    /// Like `recovers`, but the bank takes its time (`Settings.slowLatency`).
    case slow
    /// realtime: the job stays at `processing`; data-sync: the sync is taken, the data stays at `PROCESSING`.
    case neverReady = "never_ready"
    /// realtime: the job fails and only the event says why; data-sync: the code and an event say so.
    case reauthorisation
    /// Mono's own fault: `FAILED`. data-sync has no code for it: the sync is taken, the details say so.
    case failed
    /// Only the balance comes: `PARTIAL`.
    case partial
    /// The bank is down: realtime fails the job with `UNAVAILABLE`, data-sync answers `SYNC_ERROR`.
    case unavailable
    /// data-sync answers `INCOMPLETE_STATEMENT_ERROR`; realtime has no such thing and does as for `partial`.
    case incomplete
    /// Mono knows no such account: 404 everywhere.
    case gone

    /// What the details say before any sync of an account that never had data.
    var statusBefore: DataStatus {
        switch self {
        case .available: .available
        case .recovers, .slow, .neverReady, .reauthorisation, .incomplete, .gone: .processing
        case .failed: .failed
        case .partial: .partial
        case .unavailable: .unavailable
        }
    }

    /// What the details of such an account say once a sync has ended.
    func statusAfter(_ generation: Generation) -> DataStatus {
        switch self {
        case .available, .recovers, .slow: .available
        case .incomplete: generation == .realtime ? .partial : .processing
        case .neverReady, .reauthorisation, .gone, .failed, .partial, .unavailable: statusBefore
        }
    }

    /// Whether a realtime job ends `finished`; nil when it never ends.
    var jobSucceeds: Bool? {
        switch self {
        case .available, .recovers, .slow, .partial, .incomplete: true
        case .reauthorisation, .failed, .unavailable, .gone: false
        case .neverReady: nil
        }
    }

    /// Whether a sync that ends well brings something new.
    var bringsNewData: Bool {
        switch self {
        case .recovers, .slow, .partial, .incomplete: true
        case .available, .neverReady, .reauthorisation, .failed, .unavailable, .gone: false
        }
    }
}

/// The two generations of Mono's API.
enum Generation: String, Sendable, CaseIterable {
    /// v2.
    case realtime
    /// v1.
    case dataSync = "data-sync"
}

/// Mono's `data_status`.
enum DataStatus: String, Sendable {
    case available = "AVAILABLE"
    case partial = "PARTIAL"
    case unavailable = "UNAVAILABLE"
    case failed = "FAILED"
    case processing = "PROCESSING"

    /// Mono's `retrieved_data` that goes with it.
    var retrieved: [String] {
        switch self {
        case .available: ["identity", "balance", "transactions"]
        case .partial: ["identity", "balance"]
        case .unavailable, .failed, .processing: []
        }
    }
}
