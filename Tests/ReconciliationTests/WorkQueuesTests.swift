import Testing

@testable import Reconciliation

/// Where cases wait, and in which order they go on.
@Suite struct WorkQueuesTests {
    private let accounts = SchedulerNight.accounts(4)

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
        WorkQueues.Place.timer(storyStart), .reads, .triggers, .armed(committedAt: storyStart),
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
            #expect(queues.popCall(at: late) == nil)
            #expect(queues.popTriggers(atMost: 9) == [])
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
    func `reads go before triggers until an intent is three seconds old`(milliseconds: Int, isTriggerFirst: Bool) {
        var queues = WorkQueues()
        queues.file(accounts[0], .armed(committedAt: storyStart))
        queues.file(accounts[1], .reads)
        #expect(queues.hasReadyCall)
        let now = moment(.milliseconds(milliseconds))
        let order = [queues.popCall(at: now), queues.popCall(at: now), queues.popCall(at: now)]
        #expect(order == (isTriggerFirst ? [accounts[0], accounts[1], nil] : [accounts[1], accounts[0], nil]))
        #expect(!queues.hasReadyCall)
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

    @Test func `intents are asked for in the order in which the cases came, at most so many`() {
        var queues = WorkQueues()
        for account in accounts { queues.file(account, .triggers) }
        queues.file(accounts[0], .nowhere)
        #expect(queues.triggerCount == 4)
        #expect(queues.popTriggers(atMost: 0) == [])
        #expect(queues.popTriggers(atMost: -1) == [])
        #expect(queues.popTriggers(atMost: 2) == [accounts[1], accounts[2]])
        #expect(queues.popTriggers(atMost: 2) == [accounts[3]])
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
            queues.file(account, .reads)
            queues.file(account, .triggers)
            queues.file(account, .armed(committedAt: storyStart))
        }
        queues.file(accounts[0], .armed(committedAt: storyStart))
        #expect([queues.readCount, queues.triggerCount, queues.armedCount] == [2, 2, 3])
        queues.dropStale()
        #expect([queues.readCount, queues.triggerCount, queues.armedCount] == [0, 0, 2])
    }
}
