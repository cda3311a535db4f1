/// Call slots that the store reserved for one worker.
package struct SlotGrant: Equatable, Sendable {
    /// The time of the first slot.
    package var first: Timestamp
    /// The time from one slot to the next.
    package var spacing: Duration
    /// How many slots.
    package var count: Int
    /// Calls that the run's `--max-calls` paid for with this grant.
    package var paid: Int
    /// What `--max-calls` still holds; nil without it.
    package var budgetLeft: Int?
    /// `Retry-After` forbids all calls of all workers until then; nil if no hold was ever noted.
    package var heldUntil: Timestamp?
    /// How far ahead the next slot or a hold was, where that was more than can be meant; nil otherwise.
    package var pulledBack: Duration?

    package init(
        first: Timestamp, spacing: Duration, count: Int, paid: Int = 0, budgetLeft: Int? = nil,
        heldUntil: Timestamp? = nil, pulledBack: Duration? = nil
    ) {
        self.first = first
        self.spacing = spacing
        self.count = count
        self.paid = paid
        self.budgetLeft = budgetLeft
        self.heldUntil = heldUntil
        self.pulledBack = pulledBack
    }
}
