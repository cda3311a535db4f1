/// What the store knows of the banks: their laws of earlier nights, and what the run's other workers have seen tonight.
package struct LookMemory: Equatable, Sendable {
    /// The nights before, folded together.
    package var history: [LookKey: LookTally]
    /// Tonight's totals of the run's other workers, those included that are gone.
    package var tonight: [LookKey: LookTally]
    /// Banks whose last accounts have failed.
    package var troubles: [BankTrouble]

    package init(
        history: [LookKey: LookTally] = [:], tonight: [LookKey: LookTally] = [:], troubles: [BankTrouble] = []
    ) {
        self.history = history
        self.tonight = tonight
        self.troubles = troubles
    }
}

/// A bank of which at least ``notable`` accounts failed since it last delivered, in whatever run.
package struct BankTrouble: Equatable, Sendable {
    /// So many failures in a row are worth telling the workers.
    package static let notable = 3
    /// Failures older than this say nothing of tonight.
    package static let memory = Duration.seconds(36 * 3_600)

    /// Its name as accounts have it.
    package var bank: String
    /// Accounts that failed since the last delivery.
    package var failures: Int
    package var failingSince: Timestamp
    package var lastFailureAt: Timestamp
    /// When it last handed out anything.
    package var lastDeliveryAt: Timestamp?
    /// Probes that this run has begun.
    package var probes: Int
    /// When the last of them began.
    package var probedAt: Timestamp?

    package init(
        bank: String, failures: Int, failingSince: Timestamp, lastFailureAt: Timestamp,
        lastDeliveryAt: Timestamp? = nil, probes: Int = 0, probedAt: Timestamp? = nil
    ) {
        self.bank = bank
        self.failures = failures
        self.failingSince = failingSince
        self.lastFailureAt = lastFailureAt
        self.lastDeliveryAt = lastDeliveryAt
        self.probes = probes
        self.probedAt = probedAt
    }
}
