import Testing

@testable import Reconciliation

/// Which cases wait for the commit of their intents.
@Suite struct IntentBatchTests {
    private let accounts = SchedulerNight.accounts(3)

    @Test func `those that were asked for wait until the answer`() {
        var batch = IntentBatch()
        #expect(!batch.isUnderWay && batch.end() == [])
        #expect(batch.nextDue == nil)
        batch.begin(Array(accounts.prefix(2)), at: storyStart)
        #expect(batch.nextDue == moment(.milliseconds(500)))
        #expect(batch.isUnderWay)
        #expect(accounts.map(batch.contains) == [true, true, false])
        #expect(batch.end() == Set(accounts.prefix(2)))
        #expect(!batch.isUnderWay && !batch.contains(accounts[0]))
    }

    @Test func `an answer does not concern a case that left meanwhile, but is waited for`() {
        var batch = IntentBatch()
        batch.begin([accounts[0]], at: storyStart)
        batch.forget(accounts[0])
        #expect(batch.isUnderWay && !batch.contains(accounts[0]))
        #expect(batch.end() == [])
    }
}
