/// Why a case has its outcome: the codes of the column `cause`, from which every sentence, group and notice is made.
///
/// The free text beside it, `detail`, is for engineers; nothing reads it.
package enum Cause: String, Sendable, CaseIterable {
    // Put off.
    /// A sync was requested less than Mono's limit ago.
    case tooSoon = "too_soon"
    /// `--max-calls` was used up.
    case budget
    /// The run was stopped: Mono refuses the key.
    case keyRefused = "key_refused"
    /// The run was stopped: Mono could not be reached.
    case monoUnavailable = "mono_unavailable"
    /// The run was stopped: Mono asked to come back later.
    case tryLater = "try_later"
    /// The run was interrupted.
    case interrupted
    /// The night was over before its turn.
    case nightOver = "night_over"
}

extension StopReason {
    /// Why the run's open cases are put off.
    package var deferredCause: Cause {
        switch self {
        case .interrupted: .interrupted
        case .keyRefused: .keyRefused
        case .unreachable: .monoUnavailable
        case .tryLater: .tryLater
        }
    }
}
