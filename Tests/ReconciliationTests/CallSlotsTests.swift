import Testing

@testable import Reconciliation

/// When a call may leave, and when slots are reserved.
@Suite struct CallSlotsTests {
    private static let unlimited = CallBudget(left: nil, callsASync: 2)

    /// Slots at these times, reserved at the start with an answer without delay.
    private func slots(rate: Double, at milliseconds: Int...) -> CallSlots {
        var slots = CallSlots(limits: WorkerLimits(rate: rate, concurrency: 10))
        for time in milliseconds {
            slots.take(SlotGrant(first: ms(time), spacing: .zero, count: 1), at: storyStart)
        }
        return slots
    }

    private func ms(_ milliseconds: Double) -> Timestamp { moment(.milliseconds(milliseconds)) }
    private func ms(_ milliseconds: Int) -> Timestamp { moment(.milliseconds(milliseconds)) }

    @Test func `the slots of a grant lie its spacing apart`() {
        var slots = CallSlots(limits: WorkerLimits(rate: 10, concurrency: 10))
        slots.take(SlotGrant(first: ms(5), spacing: .milliseconds(100), count: 3), at: storyStart)
        #expect(slots.count == 3 && slots.nextCallAt == ms(5))
        slots.use()
        #expect(slots.count == 2 && slots.nextCallAt == ms(105))
    }

    @Test(arguments: zip([99.999, 100, 130, 130.001], [false, true, true, false]))
    func `a slot carries a call from its time until 30 ms later`(milliseconds: Double, isOpen: Bool) {
        var slots = slots(rate: 10, at: 100)
        #expect(slots.isOpen(at: ms(milliseconds)) == isOpen)
        // A slot that was missed is gone.
        #expect(slots.count == (milliseconds > 130 ? 0 : 1))
    }

    @Test func `missed slots make way for the one whose time it is`() {
        var slots = slots(rate: 10, at: 0, 50, 100, 200)
        #expect(slots.isOpen(at: ms(110)) == true)
        #expect(slots.count == 2 && slots.nextCallAt == ms(100))
    }

    @Test(arguments: zip([1_004.999, 1_005], [false, true]))
    func `a second after a late call no more than the rate leave`(milliseconds: Double, isOpen: Bool) {
        var slots = slots(rate: 2, at: 990)
        slots.noteCall(at: ms(5))
        #expect(slots.nextCallAt == ms(990))
        slots.noteCall(at: ms(500))
        #expect(slots.nextCallAt == ms(1_005))
        #expect(slots.isOpen(at: ms(milliseconds)) == isOpen)
        #expect(slots.count == 1)
    }

    @Test func `a hold forfeits the slots before its end, and a stop forfeits all`() {
        var slots = slots(rate: 10, at: 100, 200, 300)
        slots.forfeit(before: ms(200))
        #expect(slots.count == 2 && slots.nextCallAt == ms(200))
        slots.forfeitAll()
        #expect(slots.count == 0 && slots.nextCallAt == nil)
    }

    // MARK: Reserving

    @Test(arguments: zip([1, 4, 5, 6], [1, 4, 5, 5]))
    func `half a second's slots are reserved at most`(calls: Int, expected: Int) {
        var slots = slots(rate: 10)
        let request = slots.reserve(for: calls, paidBy: Self.unlimited, at: storyStart)
        #expect(request == SlotRequest(slots: expected, budget: 0, lead: .zero, rate: 10))
        #expect(slots.isReserving)
        slots.take(SlotGrant(first: storyStart, spacing: .zero, count: 0), at: storyStart)
        #expect(!slots.isReserving)
    }

    @Test func `the budget pays for every slot that has no paid call`() {
        var slots = slots(rate: 10, at: 100, 200)
        var budget = CallBudget(left: 10, callsASync: 2)
        budget.paid(1, left: 9)
        #expect(slots.reserve(for: 3, paidBy: budget, at: storyStart).budget == 4)
    }

    @Test(arguments: zip([0, 1_000, 1_333, 1_334], [0, 1_500, 1_999.5, 2_000]))
    func `the first slot leaves time for the trip, at most two seconds`(trip: Int, lead: Double) {
        var slots = slots(rate: 10)
        _ = slots.reserve(for: 1, paidBy: Self.unlimited, at: storyStart)
        slots.take(SlotGrant(first: ms(trip), spacing: .zero, count: 0), at: ms(trip))
        #expect(slots.reserve(for: 1, paidBy: Self.unlimited, at: ms(trip)).lead == .milliseconds(lead))
    }

    @Test func `a reservation waits for the pause, for the need, and for the hold, whichever ends last`() {
        var slots = slots(rate: 10)
        #expect(slots.nextReservation(heldUntil: nil) == nil)
        _ = slots.reserve(for: 2, paidBy: Self.unlimited, at: storyStart)
        #expect(slots.nextReservation(heldUntil: nil) == ms(500))
        slots.take(SlotGrant(first: ms(700), spacing: .milliseconds(100), count: 2), at: ms(10))
        #expect(slots.nextReservation(heldUntil: nil) == ms(550))
        #expect(slots.nextReservation(heldUntil: ms(549)) == ms(550))
        #expect(slots.nextReservation(heldUntil: ms(551)) == ms(551))
    }
}
