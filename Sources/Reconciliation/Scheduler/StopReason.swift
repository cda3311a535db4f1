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

    /// What the detail of a case that is deferred for this reason says.
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

    /// What the run's other workers are told beside the exit code; only ``init(exitCode:explanation:)`` reads it.
    package var explanation: String {
        switch self {
        case .interrupted: ""
        case .keyRefused(let why), .unreachable(let why): why
        case .tryLater(let wait): String(wait.components.seconds)
        }
    }

    /// The reason that another worker told; nil for an interruption, which concerns only the process it happened to.
    package init?(exitCode: Int, explanation: String) {
        switch exitCode {
        case 77: self = .keyRefused(explanation)
        case 69: self = .unreachable(explanation)
        case 75: self = .tryLater(.seconds(Int64(explanation) ?? 0))
        default: return nil
        }
    }
}
