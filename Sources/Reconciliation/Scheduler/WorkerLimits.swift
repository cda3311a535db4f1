/// What one process holds itself to.
package struct WorkerLimits: Equatable, Sendable {
    /// API calls a second, all workers together.
    package var rate: Double
    /// Calls in flight in this process.
    package var concurrency: Int

    /// The most slots reserved at a time: half a second's worth, at least one.
    package var slotsAtATime: Int { max(1, Int((rate / 2).rounded(.up))) }
    /// The most cases claimed at a time.
    package var claimSize: Int { min(500, max(20, Int(rate * 2))) }

    package init(rate: Double, concurrency: Int) {
        self.rate = rate
        self.concurrency = concurrency
    }

    /// Calls that reading one sync's result takes: a job and the details, or the details.
    func callsASync(_ api: APIGeneration) -> Int {
        switch api {
        case .realtime: 2
        case .dataSync: 1
        }
    }

    /// The most calls in any sliding second.
    var callsASecond: Int { max(1, Int(rate.rounded(.up))) }

    /// Between two reservations.
    static let reservePause = Duration.milliseconds(500)
    /// A reservation is made early enough that no slot is missed, and no earlier.
    static let reserveLead = Duration.milliseconds(250)
    /// A slot missed by more is forfeited: late calls would crowd the second.
    static let slotTolerance = Duration.milliseconds(30)
    /// A trigger leaves within this of its intent's commit or not at all.
    package static let intentLife = Duration.seconds(10)
    /// How long a launched call may take to connect before its request leaves.
    static let connectLimit = Duration.seconds(5)
    /// After its intent's commit a request may leave within this; Mono's limit is counted from the end of it.
    package static let mayLeaveWithin = intentLife + connectLimit
    /// A trigger this long after its intent goes before due looks.
    static let intentHurry = Duration.seconds(3)
    /// Between two claims when there was nothing to claim: how late a dead worker's cases go on.
    static let claimPause = Duration.milliseconds(250)
    /// The same for a scheduler without room, which takes up syncs under way only.
    static let adoptionPause = Duration.milliseconds(500)
    /// How long results may wait to share a commit.
    static let writePause = Duration.milliseconds(200)
    /// Changed accounts that are remembered while a claim is under way; beyond it any may have changed.
    package static let changesKept = 1_000
    /// Results that do not wait for more.
    static let writeSize = 500
}

/// Why a run ends before its cases are done.
package enum StopReason: Equatable, Sendable {
    /// SIGINT or SIGTERM.
    case interrupted(signal: Int32)
    /// Mono refuses the key; the text says how that was seen.
    case keyRefused(String)
    /// Mono does not answer.
    case unreachable(String)
    /// `Retry-After` reaches beyond the window.
    case tryLater(Duration)

    /// What the open cases' detail says.
    package var detail: String {
        switch self {
        case .interrupted: "the run was interrupted"
        case .keyRefused: "the run was stopped: Mono refuses the key"
        case .unreachable: "the run was stopped: Mono could not be reached"
        case .tryLater: "the run was stopped: Mono asked to come back later"
        }
    }

    /// The process's exit code.
    package var exitCode: Int {
        switch self {
        case .interrupted(let signal): 128 + Int(signal)
        case .keyRefused: 77
        case .unreachable: 69
        case .tryLater: 75
        }
    }

    /// What the run's other workers are told beside the code.
    package var cause: String {
        switch self {
        case .interrupted: ""
        case .keyRefused(let why), .unreachable(let why): why
        case .tryLater(let wait): String(wait.components.seconds)
        }
    }

    /// The reason that another worker told; an interruption is each process's own.
    package init?(exitCode: Int, cause: String) {
        switch exitCode {
        case 77: self = .keyRefused(cause)
        case 69: self = .unreachable(cause)
        case 75: self = .tryLater(.seconds(Int64(cause) ?? 0))
        default: return nil
        }
    }
}

/// A small seeded generator (SplitMix64), so that a seed replays a night.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
