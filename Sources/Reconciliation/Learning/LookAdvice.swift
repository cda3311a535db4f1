/// How a case is to look at its sync, as the scheduler advises it.
package struct LookAdvice: Equatable, Sendable {
    /// When to look at the job, or at the details where they are all there is; nil: by the plain schedule.
    package var plan: LookPlan?
    /// When to look at the details instead of the job; nil: by the plain schedule.
    package var detailsPlan: LookPlan?
    /// The most looks, the one at the window's end included; nil: as many as the plan has.
    package var mostLooks: Int?
    /// Whether one look at the details is worth more than one at the job and one at the details.
    package var prefersDetails = false
    /// Whether events come for at least half of the bank's syncs.
    package var expectsEvent = false

    package init() {}
}

/// What one case showed of its bank.
package struct LookSample: Equatable, Sendable {
    package var kind: LookKind
    package var bank: String
    /// Between which times after the trigger the sync ended; nil: nothing new of that.
    package var cell: LookCell?
    /// Whether an event told the end; nil: it had no time to.
    package var isTold: Bool?
    /// Looks made, and looks that the plain schedule would have made.
    package var looks = 0
    package var plainLooks = 0
    /// What an inspection before the trigger found; nil: none was made.
    package var inspection: Inspection?

    /// One inspection.
    package struct Inspection: Equatable, Sendable {
        package var foundData: Bool
        /// Whether no earlier run made a call for the account.
        package var isFirstNight: Bool
    }

    /// An inspection before the trigger was answered.
    package init(_ inspection: Inspection, ofBank bank: String) {
        self.init(kind: .details, bank: bank)
        self.inspection = inspection
    }

    package init(
        kind: LookKind, bank: String, cell: LookCell? = nil, isTold: Bool? = nil, looks: Int = 0, plainLooks: Int = 0
    ) {
        self.kind = kind
        self.bank = bank
        self.cell = cell
        self.isTold = isTold
        self.looks = looks
        self.plainLooks = plainLooks
    }
}
