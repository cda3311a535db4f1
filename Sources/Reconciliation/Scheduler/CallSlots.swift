import DequeModule

/// The call slots that this scheduler reserved, and the pace at which it uses them.
///
/// A slot carries one call, at its time or not at all: an unused slot is forfeited and never made up.
struct CallSlots: Sendable {
    private let limits: WorkerLimits
    /// The times of the slots, first one first.
    private var reserved = Deque<Timestamp>()
    /// When the last calls left; at most a second's worth.
    private var recentCalls = Deque<Timestamp>()
    /// Whether a reservation is under way.
    private(set) var isReserving = false
    private var lastReservedAt: Timestamp?
    /// How long the last reservation took: the first slot of the next one must not have passed when its answer is here.
    private var trip = Duration.zero

    init(limits: WorkerLimits) { self.limits = limits }

    /// Slots that are reserved and neither used nor found forfeited.
    var count: Int { reserved.count }

    // MARK: Using slots

    /// When the next call may leave; nil without a slot.
    var nextCallAt: Timestamp? {
        reserved.first.map { max($0, paceEnd ?? $0) }
    }

    /// Forfeits the slots that were missed, and says whether a call may leave now.
    mutating func isOpen(at now: Timestamp) -> Bool {
        while let slot = reserved.first, slot <= now {
            guard now.since(slot) > WorkerLimits.slotTolerance else { return paceEnd.map { now >= $0 } ?? true }
            reserved.removeFirst()
        }
        return false
    }

    /// Takes the first slot, whether or not a call leaves with it.
    mutating func use() { reserved.removeFirst() }

    /// Notes a call that left, so that the next second does not get too many.
    mutating func noteCall(at now: Timestamp) {
        recentCalls.append(now)
        if recentCalls.count > limits.callsASecond { recentCalls.removeFirst() }
    }

    /// Until when the pace of the last second forbids a call: one that left late must not crowd the second after it.
    private var paceEnd: Timestamp? {
        guard recentCalls.count >= limits.callsASecond else { return nil }
        return recentCalls.first?.advanced(by: .seconds(1))
    }

    /// Forfeits the slots before a time: a hold forbids their calls.
    mutating func forfeit(before time: Timestamp) { reserved.removeAll { $0 < time } }

    /// Forfeits all slots.
    mutating func forfeitAll() { reserved.removeAll() }

    /// The clock was moved: slots reserved by the former one are forfeited, and the pace goes on.
    mutating func clockMoved(by jump: Duration) {
        reserved = []
        recentCalls = Deque(recentCalls.map { $0.advanced(by: jump) })
        lastReservedAt = lastReservedAt?.advanced(by: jump)
    }

    // MARK: Reserving slots

    /// The earliest time of the next reservation; nil: at once.
    ///
    /// Two trips to the store a second, and no earlier than the slots are needed or a hold allows.
    func nextReservation(heldUntil: Timestamp?) -> Timestamp? {
        let pause = lastReservedAt?.advanced(by: WorkerLimits.reservePause)
        let need = reserved.last?.advanced(by: .zero - WorkerLimits.reserveLead)
        return [pause, need, heldUntil].compactMap { $0 }.max()
    }

    /// Begins a reservation of slots for so many calls that have none, and has the budget pay for them.
    mutating func reserve(for calls: Int, paidBy budget: CallBudget, at now: Timestamp) -> SlotRequest {
        let wanted = min(calls, limits.slotsAtATime)
        isReserving = true
        lastReservedAt = now
        return SlotRequest(
            slots: wanted, budget: budget.toPay(forSlots: count + wanted), lead: min(trip * 1.5, .seconds(2)),
            rate: limits.rate)
    }

    /// Takes the slots that the reservation brought.
    mutating func take(_ grant: SlotGrant, at now: Timestamp) {
        isReserving = false
        if let lastReservedAt { trip = now.since(lastReservedAt) }
        for index in 0..<grant.count {
            reserved.append(grant.first.advanced(by: grant.spacing * index))
        }
    }
}
