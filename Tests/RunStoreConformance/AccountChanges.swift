import Reconciliation
import Testing

extension ConformanceCheck {
    /// What each outcome writes to its account: exactly its ``AccountChange``.
    static var accountChanges: [Self] {
        Outcome.allCases.flatMap { outcome in
            [false, true].map { clearsFlag in
                Self(
                    "\(outcome.rawValue) writes its change and nothing else\(clearsFlag ? ", and clears the flag" : "")"
                ) {
                    stage in
                    let numbers = [0, 1, 2]
                    for account in Self.kinds { try await stage.put(account) }
                    let store = try await stage.worker()
                    let run = try await store.openOneOff(numbers.map { .numbered($0) }, .check)
                    var hands = try await Hands(store, run)
                    try await hands.claim()
                    for number in numbers {
                        let id = AccountID.numbered(number)
                        let before = try #require(try await hands.state(id))
                        let failures = try await stage.failures(of: id)
                        try await hands.write(.end(outcome, clearsFlag: clearsFlag), id)
                        let after = try #require(try await hands.state(id))
                        let change = AccountChange(outcome, clearsFlag: clearsFlag)
                        Self.expect(after, isAfter: change, of: before)
                        let expected =
                            switch change.failures {
                            case .keep: failures
                            case .none: 0
                            case .oneMore: failures + 1
                            }
                        #expect(try await stage.failures(of: id) == expected)
                    }
                }
            }
        } + [
            Self("what is owed or required anew is so since the settlement") { stage in
                var well = StagedAccount(.numbered(0))
                well.hasData = true
                try await stage.put(well)
                let store = try await stage.worker()
                var hands = try await Hands(store, try await store.openOneOff([.numbered(0)], .check))
                try await hands.claim()
                let before = try await stage.now()
                try await hands.settle(.partial, .numbered(0))
                let since = try #require(try await hands.state(.numbered(0))?.awaitingSince)
                let after = try await stage.now()
                #expect(since >= before && since <= after)
            }
        ]
    }

    /// One that is flagged, one that owes, one that is well.
    private static var kinds: [StagedAccount] {
        var flagged = StagedAccount.flagged(0)
        flagged.hasData = false
        flagged.failures = 2
        flagged.status = "FAILED"
        flagged.lastJob = "earlier"
        var owing = StagedAccount.owing(1)
        owing.hasData = false
        owing.failures = 2
        owing.tried = .seconds(9_000)
        var well = StagedAccount(.numbered(2))
        well.hasData = true
        return [flagged, owing, well]
    }

    private static func expect(_ after: AccountState, isAfter change: AccountChange, of before: AccountState) {
        #expect(after.dataAvailable == before.dataAvailable || change.bringsData)
        #expect(!change.bringsData || after.dataAvailable)
        switch change.debt {
        case .keep: #expect(after.awaitingSince == before.awaitingSince)
        case .cleared: #expect(after.awaitingSince == nil)
        case .owed:
            #expect(after.awaitingSince != nil && after.awaitingSince == before.awaitingSince ?? after.awaitingSince)
        }
        switch change.flag {
        case .keep: #expect(after.flaggedSince == before.flaggedSince)
        case .cleared: #expect(after.flaggedSince == nil)
        case .raised:
            #expect(after.flaggedSince != nil && after.flaggedSince == before.flaggedSince ?? after.flaggedSince)
        }
        #expect(after.dataStatus == before.dataStatus)
        #expect(after.unlinkedAt == before.unlinkedAt)
        #expect(after.lastSyncRequestedAt == before.lastSyncRequestedAt)
        #expect(after.lastSyncJobID == before.lastSyncJobID)
    }
}
