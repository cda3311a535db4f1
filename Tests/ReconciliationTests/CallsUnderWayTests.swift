import Testing

@testable import Reconciliation

/// Whose call an answer belongs to.
@Suite struct CallsUnderWayTests {
    private let accounts = SchedulerNight.accounts(4)

    @Test func `calls are numbered from zero and counted by their kind`() {
        var calls = CallsUnderWay()
        let made: [Call] = [.details, .job("a"), .trigger, .reauthLink, .details]
        let numbers = made.map { calls.start($0, of: accounts[0]) }
        #expect(numbers == [0, 1, 2, 3, 4])
        var counts = CallCounts()
        (counts.details, counts.job, counts.trigger, counts.reauth) = (2, 1, 1, 1)
        #expect(calls.counts == counts && calls.count == 5)
    }

    @Test func `an answer is its account's, and is taken once`() {
        var calls = CallsUnderWay()
        _ = calls.start(.details, of: accounts[0])
        _ = calls.start(.details, of: accounts[1])
        #expect(calls.end(2) == nil)
        let answered = calls.end(1)
        #expect(answered?.account == accounts[1] && answered?.isOfCurrentCase == true)
        #expect(calls.end(1) == nil)
        #expect(calls.count == 1 && calls.counts.total == 2)
    }

    @Test func `an answer to the call of a case that left is not for the case that came after it`() {
        var calls = CallsUnderWay()
        _ = calls.start(.details, of: accounts[0])
        calls.forget(accounts[0])
        #expect(calls.count == 1)
        _ = calls.start(.details, of: accounts[0])
        #expect(calls.end(0)?.isOfCurrentCase == false)
        #expect(calls.end(1)?.isOfCurrentCase == true)
    }

    @Test func `a late answer does not hide the call of the case that came after`() {
        var calls = CallsUnderWay()
        _ = calls.start(.details, of: accounts[0])
        calls.forget(accounts[0])
        _ = calls.start(.details, of: accounts[0])
        _ = calls.end(0)
        calls.forget(accounts[0])
        #expect(calls.end(1)?.isOfCurrentCase == false)
    }

    @Test func `a case that left after its answer leaves nothing behind`() {
        var calls = CallsUnderWay()
        _ = calls.start(.details, of: accounts[0])
        _ = calls.end(0)
        calls.forget(accounts[0])
        #expect(calls.count == 0 && calls.end(0) == nil)
    }
}
