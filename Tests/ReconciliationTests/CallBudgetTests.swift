import Testing

@testable import Reconciliation

/// What `--max-calls` still allows, and for whom it is kept.
@Suite struct CallBudgetTests {
    private static let idle = SyncLoad(syncing: 0, armed: 0)

    @Test func `without a budget every call is allowed and nothing is counted`() {
        var budget = CallBudget(left: nil, callsASync: 2)
        budget.paid(3, left: 4)
        budget.spend()
        #expect(budget.callsLeft == nil && budget.unspent == 0)
        #expect(budget.paysForCall && budget.hasCallsLeft)
        #expect(budget.toPay(forSlots: 5) == 0)
        #expect(!budget.isScarce(under: SyncLoad(syncing: 9, armed: 9)))
        #expect(budget.syncsToBegin(under: Self.idle) == nil)
        #expect(budget.shortage(whileSyncing: 0) == .none)
    }

    @Test func `a call is allowed once it is paid for, and is spent once`() {
        var budget = CallBudget(left: 2, callsASync: 2)
        #expect(!budget.paysForCall && budget.hasCallsLeft && budget.callsLeft == 2)
        budget.paid(1, left: 1)
        #expect(budget.paysForCall && budget.unspent == 1 && budget.callsLeft == 2)
        budget.spend()
        #expect(!budget.paysForCall && budget.hasCallsLeft && budget.callsLeft == 1)
        budget.paid(1, left: 0)
        budget.spend()
        #expect(!budget.hasCallsLeft && budget.callsLeft == 0)
    }

    @Test func `other workers spend from the same budget`() {
        var budget = CallBudget(left: 10, callsASync: 2)
        budget.paid(2, left: 3)
        #expect(budget.callsLeft == 5)
        budget.paid(0, left: nil)
        #expect(budget.callsLeft == 5)
    }

    @Test(arguments: zip([0, 2, 3, 4], [3, 1, 0, 0]))
    func `only slots without a paid call are to be paid for`(unspent: Int, expected: Int) {
        var budget = CallBudget(left: 10, callsASync: 2)
        budget.paid(unspent, left: 10 - unspent)
        #expect(budget.toPay(forSlots: 3) == expected)
    }

    @Test(arguments: [(0, 0, 0), (1, 0, 2), (1, 1, 3), (3, 2, 8)])
    func `the budget is scarce when only what the syncs under way need is left`(syncing: Int, armed: Int, kept: Int) {
        let load = SyncLoad(syncing: syncing, armed: armed)
        #expect(CallBudget(left: kept, callsASync: 2).isScarce(under: load))
        #expect(!CallBudget(left: kept + 1, callsASync: 2).isScarce(under: load))
    }

    @Test(arguments: [(2, 0), (3, 1), (5, 1), (6, 2)])
    func `a sync is begun only with a call for its trigger and two for its result`(left: Int, expected: Int) {
        #expect(CallBudget(left: left, callsASync: 2).syncsToBegin(under: Self.idle) == expected)
        // One sync under way and one trigger that has not left keep three calls back.
        let load = SyncLoad(syncing: 1, armed: 1)
        #expect(CallBudget(left: left + 3, callsASync: 2).syncsToBegin(under: load) == expected)
    }

    @Test(arguments: [
        (0, 0, CallBudget.Shortage.ofCalls), (0, 1, .ofCalls), (1, 0, .ofSyncs), (2, 0, .ofSyncs), (2, 1, .none),
        (3, 0, .none),
    ])
    func `too few calls for a sync are a shortage once no sync may give calls back`(
        left: Int, syncing: Int, expected: CallBudget.Shortage
    ) {
        #expect(CallBudget(left: left, callsASync: 2).shortage(whileSyncing: syncing) == expected)
    }
}
