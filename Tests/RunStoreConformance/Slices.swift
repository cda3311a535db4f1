import Reconciliation
import Testing

extension ConformanceCheck {
    /// A nightly run selects in slices as it is worked on, and loses nobody by that.
    static var slices: [Self] {
        [
            Self("a night makes its cases in slices, in one order, and each account has one") { stage in
                for number in 0..<7 { try await stage.put(.owing(number)) }
                var night = try await sliced(stage, by: 3)
                #expect(try await night.record(.numbered(2)) != nil)
                #expect(try await night.record(.numbered(3)) == nil)
                var taken: [[AccountID]] = []
                for number in 1...5 {
                    let answer = try await night.store.claim(limit: 2, number: number, of: night.run)
                    for claim in answer.claims { night.hold(claim) }
                    taken.append(answer.claims.map(\.accountID))
                    // What ended is still due, and not selected again.
                    for claim in answer.claims {
                        night[claim.accountID].apiCalls = 1
                        try await night.settle(.errored, claim.accountID)
                    }
                    #expect(answer.more == (number < 4))
                }
                #expect(taken == [[0, 1], [2, 3], [4, 5], [6], []].map { $0.map { .numbered($0) } })
                #expect(try await night.store.close(night.run) == 1)
                #expect(try await stage.notSelected(in: night.run) == 0)
            },
            Self("a night is not closed while accounts that are due have no case yet") { stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                var night = try await sliced(stage, by: 2)
                #expect(try await night.claim(limit: 2).count == 2)
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == nil)
                #expect(try await night.claim() == [.numbered(2)])
                try await night.settle(.recovered, .numbered(2))
                #expect(try await night.store.close(night.run) == 0)
            },
            Self("a joiner goes on with the slices of a worker that died") { stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                let first = try await sliced(stage, by: 1)
                try await stage.kill(first.store)
                var second = try await Hands(stage.worker(slice: 1), first.run)
                #expect(try await second.claim(limit: 1) == [.numbered(0)])
                #expect(try await second.claim(limit: 1) == [.numbered(1)])
                #expect(try await second.claim(limit: 1) == [.numbered(2)])
            },
            Self("a night that stops counts whom it did not reach, and is closed") { stage in
                for number in 0..<5 { try await stage.put(.owing(number)) }
                var night = try await sliced(stage, by: 2)
                #expect(try await night.claim(limit: 2).count == 2)
                try await night.settle(.partial, .numbered(0))
                try await night.store.deferRest(.check(.all), of: night.run)
                #expect(try await night.record(.numbered(1))?.outcome == .deferred)
                #expect(try await night.record(.numbered(2)) == nil)
                #expect(try await stage.notSelected(in: night.run) == 3)
                let claim = try await night.store.claim(limit: 9, number: 9, of: night.run)
                #expect(claim.claims.isEmpty && !claim.more)
                #expect(try await night.store.close(night.run) == 1)
            },
            Self("a worker that stops while another one lives leaves the slices to it") { stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                let first = try await sliced(stage, by: 1)
                var second = try await Hands(stage.worker(slice: 1), first.run)
                try await first.store.deferRest(.check(.asLastWorker), of: first.run)
                #expect(try await second.claim(limit: 1) == [.numbered(0)])
                #expect(try await second.claim(limit: 1) == [.numbered(1)])
            },
            Self("whoever becomes due after the night began waits for the next one") { stage in
                for number in 0..<2 { try await stage.put(.owing(number)) }
                var night = try await sliced(stage, by: 1)
                var late = StagedAccount.owing(2)
                late.debt = .seconds(300)
                try await stage.put(late)
                #expect(try await night.claim(limit: 1) == [.numbered(0)])
                #expect(try await night.claim(limit: 1) == [.numbered(1)])
                #expect(try await night.claim(limit: 1) == [])
            },
            Self("with max-calls no more are selected than can be called, over all slices") { stage in
                for number in 0..<6 { try await stage.put(.owing(number)) }
                var night = try await sliced(stage, by: 2, .check(maxCalls: 3))
                #expect(try await night.claim(limit: 2) == [0, 1].map { .numbered($0) })
                #expect(try await night.claim(limit: 2) == [.numbered(2)])
                let last = try await night.store.claim(limit: 2, number: 9, of: night.run)
                #expect(last.claims.isEmpty && !last.more)
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == 0)
                #expect(try await stage.notSelected(in: night.run) == 3)
            },
            Self("the smaller of limit and max-calls holds") { stage in
                for number in 0..<6 { try await stage.put(.owing(number)) }
                var night = try await stage.opened(.check(limit: 2, maxCalls: 4))
                #expect(try await night.claim() == [0, 1].map { .numbered($0) })
                #expect(try await stage.notSelected(in: night.run) == 4)
            },
        ]
    }

    private static func sliced(
        _ stage: Stage, by slice: Int, _ options: RunOptions = .check
    ) async throws -> Hands<Stage.Store> {
        let store = try await stage.worker(slice: slice)
        return try await Hands(store, try await store.openNightly(options))
    }
}
