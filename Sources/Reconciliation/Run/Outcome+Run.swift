extension Outcome {
    /// Whether one case with this outcome makes the run's exit code 1; in a strict run, any unresolved case does.
    package func failsRun(isStrict: Bool) -> Bool {
        switch self {
        case .errored, .deferred: true
        case .alreadyAvailable, .recovered, .partial, .reauthorisationRequired, .bankUnavailable, .providerFailed,
            .incompleteStatement, .stillProcessing, .accountNotFound:
            isStrict && isUnresolved
        }
    }
}
