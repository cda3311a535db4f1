import Reconciliation

/// What happens to an account when Mono syncs it; the same ten as mono-sandbox plays.
enum AccountScript: CaseIterable {
    case available, recovers, slow, neverReady, reauthorisation, failed, partial, unavailable, incomplete, gone

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

    /// What they say once a sync has ended.
    func statusAfter(_ api: APIGeneration) -> DataStatus {
        switch self {
        case .available, .recovers, .slow: .available
        case .incomplete: api == .realtime ? .partial : .processing
        case .neverReady, .reauthorisation, .gone, .failed, .partial, .unavailable: statusBefore
        }
    }

    /// Whether a sync ends well.
    func succeeds(_ api: APIGeneration) -> Bool {
        switch self {
        case .available, .recovers, .slow, .partial: true
        case .incomplete: api == .realtime
        case .failed: api == .dataSync
        case .neverReady: api == .dataSync
        case .reauthorisation, .unavailable, .gone: false
        }
    }

    /// Whether a realtime job ever ends.
    var ends: Bool { self != .neverReady }

    static func draw(_ dice: inout Dice) -> AccountScript {
        dice.pick([
            .available, .recovers, .recovers, .recovers, .slow, .neverReady, .reauthorisation, .reauthorisation,
            .failed, .partial, .unavailable, .incomplete, .gone,
        ])
    }
}

/// What Mono can have said of an account.
enum Word: Int, CaseIterable {
    case available, partial, unavailable, failed, processing
    case reauthorise, bankError, incomplete, success, failure, unknownAccount

    init(_ status: DataStatus) {
        self =
            switch status {
            case .available: .available
            case .partial: .partial
            case .unavailable: .unavailable
            case .failed: .failed
            case .processing, .unknown: .processing
            }
    }
}

/// One sync at Mono, whoever asked for it.
struct MonoSync {
    var job: String
    var startedAt: Timestamp
    /// Nil while it runs; some never end.
    var endedAt: Timestamp?
    var succeeded = false
    var saidReauthorise = false
}

/// An account as Mono knows it: the truth.
struct MonoAccount {
    var script: AccountScript
    var status: DataStatus
    /// Whether the customer must log in again before a sync can succeed.
    var isBroken = false
    var isUnlinked = false
    /// How often it was linked: what is said of an earlier link does not arrive any more.
    var links = 0
    var syncs: [MonoSync] = []
    var count = 0
    var latency: Micros
    /// When Mono last said each thing.
    var said = [Timestamp?](repeating: nil, count: Word.allCases.count)

    mutating func say(_ word: Word, at time: Timestamp) { said[word.rawValue] = time }

    func said(_ word: Word, since: Timestamp) -> Bool { said[word.rawValue].map { $0 >= since } ?? false }

    func everSaid(_ word: Word) -> Bool { said[word.rawValue] != nil }
}
