import Testing

@testable import Reconciliation

/// Where cases wait, and in which order they go on.
@Suite struct WorkQueuesTests {
    private let accounts = SchedulerNight.accounts(4)
    private let free: (BankQueues.Lane) -> BankBook.Rank = { _ in .open }

    private func call(_ queues: inout WorkQueues, startsGoFirst: Bool = true, at now: Timestamp) -> AccountID? {
        queues.popCall(startsGoFirst: startsGoFirst, at: now, free)?.account
    }

    @Test func `a timer rings at its time, the earliest first`() {
        var queues = WorkQueues()
        queues.file(accounts[0], .timer(moment(.seconds(2))))
        queues.file(accounts[1], .timer(moment(.seconds(1))))
        #expect(queues.nextTimer == moment(.seconds(1)))
        #expect(queues.popTimer(dueAt: moment(.milliseconds(999))) == nil)
        #expect(queues.popTimer(dueAt: moment(.seconds(2))) == accounts[1])
        #expect(queues.popTimer(dueAt: moment(.seconds(2))) == accounts[0])
        #expect(queues.popTimer(dueAt: moment(.seconds(2))) == nil)
    }

    @Test(arguments: [
        WorkQueues.Place.timer(storyStart), .looks, .firstLooks, .inspections(.first), .triggers(.bank("Kuda")),
        .armed(committedAt: storyStart),
    ])
    func `a case that is filed anew no longer waits where it waited`(place: WorkQueues.Place) {
        let late = moment(.seconds(60))
        for forgets in [false, true] {
            var queues = WorkQueues()
            queues.file(accounts[0], place)
            if forgets { queues.forget(accounts[0]) }
            queues.file(accounts[0], .nowhere)
            #expect(queues.popTimer(dueAt: late) == nil)
            #expect(queues.popExpired(at: late) == nil)
            let (left, trigger) = (call(&queues, at: late), queues.popTrigger(free))
            #expect(left == nil && trigger == nil)
        }
    }

    @Test func `a ticket of a case that left does not wake the case that came after it`() {
        var queues = WorkQueues()
        queues.file(accounts[0], .timer(storyStart))
        queues.forget(accounts[0])
        queues.file(accounts[0], .timer(moment(.seconds(9))))
        #expect(queues.popTimer(dueAt: moment(.seconds(1))) == nil)
        #expect(queues.popTimer(dueAt: moment(.seconds(9))) == accounts[0])
    }

    @Test(arguments: zip([2_999, 3_000], [false, true]))
    func `due looks go before triggers until an intent is three seconds old`(milliseconds: Int, isTriggerFirst: Bool) {
        var queues = WorkQueues()
        queues.file(accounts[0], .armed(committedAt: storyStart))
        queues.file(accounts[1], .looks)
        let now = moment(.milliseconds(milliseconds))
        let order = (0..<3).map { _ in call(&queues, startsGoFirst: false, at: now) }
        #expect(order == (isTriggerFirst ? [accounts[0], accounts[1], nil] : [accounts[1], accounts[0], nil]))
    }

    @Test func `looks at scouts go before all but a trigger whose intent grows old`() {
        for (milliseconds, order) in [(2_999, [1, 0, 2]), (3_000, [0, 1, 2])] {
            var queues = WorkQueues()
            queues.file(accounts[2], .looks)
            queues.file(accounts[0], .armed(committedAt: storyStart))
            queues.file(accounts[1], .firstLooks)
            #expect(queues.lookCount == 2 && queues.firstLookCount == 1)
            let now = moment(.milliseconds(milliseconds))
            let calls = (0..<3).map { _ in call(&queues, startsGoFirst: true, at: now) }
            #expect(calls == order.map { accounts[$0] })
        }
    }

    @Test(arguments: zip([true, false], [[0, 1, 2], [2, 0, 1]]))
    func `triggers and inspections go before due looks where starts go first`(startsGoFirst: Bool, order: [Int]) {
        var queues = WorkQueues()
        queues.file(accounts[2], .looks)
        queues.file(accounts[1], .inspections(.bank("Kuda")))
        queues.file(accounts[0], .armed(committedAt: storyStart))
        let calls = (0..<3).map { _ in call(&queues, startsGoFirst: startsGoFirst, at: storyStart) }
        #expect(calls == order.map { accounts[$0] })
    }

    @Test func `starts go by their banks' ranks, then in the order in which they came, and not at all while paused`() {
        var queues = WorkQueues()
        queues.file(accounts[0], .inspections(.bank("down")))
        queues.file(accounts[1], .inspections(.bank("unproven")))
        queues.file(accounts[2], .inspections(.bank("open")))
        queues.file(accounts[3], .inspections(.first))
        let rank: (BankQueues.Lane) -> BankBook.Rank = { lane in
            switch lane {
            case .first: .first
            case .bank("open"): .open
            case .bank("unproven"): .unproven
            case .bank: .paused
            }
        }
        #expect(queues.starts(rank) == (inspections: 3, triggers: 0, unproven: 1, paused: 1))
        let order = (0..<4).map { _ in queues.popCall(startsGoFirst: true, at: storyStart, rank)?.account }
        #expect(order == [accounts[3], accounts[2], accounts[1], nil])
        #expect(queues.waiting(ofBank: "down") == [accounts[0]])
        let last = call(&queues, at: storyStart)
        #expect(last == accounts[0])
    }

    @Test(arguments: zip([9_999, 10_000], [false, true]))
    func `an intent expires after ten seconds`(milliseconds: Int, isExpired: Bool) {
        var queues = WorkQueues()
        queues.file(accounts[0], .armed(committedAt: moment(.seconds(-5))))
        queues.file(accounts[1], .armed(committedAt: storyStart))
        queues.file(accounts[2], .armed(committedAt: storyStart))
        queues.file(accounts[0], .nowhere)
        let now = moment(.milliseconds(milliseconds))
        #expect(queues.popExpired(at: now) == (isExpired ? accounts[1] : nil))
        #expect(queues.nextExpiry == moment(.seconds(10)))
        #expect(queues.armedCount == (isExpired ? 1 : 2))
    }

    @Test func `intents are asked for in the order in which the cases came`() {
        var queues = WorkQueues()
        for account in accounts { queues.file(account, .triggers(.bank("Kuda"))) }
        queues.file(accounts[0], .nowhere)
        #expect(queues.starts(free).triggers == 4)
        let order = (0..<4).map { _ in queues.popTrigger(free) }
        #expect(order == [accounts[1], accounts[2], accounts[3], nil])
    }

    @Test func `parked cases come back together, in the order of their accounts`() {
        var queues = WorkQueues()
        #expect(!queues.hasParked)
        queues.file(accounts[2], .parked)
        queues.park(accounts[0])
        queues.file(accounts[1], .parked)
        queues.forget(accounts[1])
        #expect(queues.hasParked)
        #expect(queues.popParked() == [accounts[0], accounts[2]])
        #expect(!queues.hasParked && queues.popParked() == [])
    }

    @Test func `stale tickets are counted until they come to the front`() {
        var queues = WorkQueues()
        for account in accounts.prefix(2) {
            queues.file(account, .looks)
            queues.file(account, .triggers(.first))
            queues.file(account, .armed(committedAt: storyStart))
        }
        queues.file(accounts[0], .armed(committedAt: storyStart))
        #expect([queues.lookCount, queues.starts(free).triggers, queues.armedCount] == [2, 2, 3])
        queues.dropStale()
        #expect([queues.lookCount, queues.starts(free).triggers, queues.armedCount] == [0, 0, 2])
    }
}
