import Reconciliation
import Testing

extension ConformanceCheck {
    /// Opening and joining runs, and which accounts they take.
    static var opening: [Self] {
        [
            Self("the first worker opens the nightly run, the next one joins it with its options") { stage in
                try await stage.put(.owing(0))
                let options = RunOptions.check(limit: 7, maxCalls: 40, strict: true, force: true)
                let first = try await stage.worker().openNightly(options)
                let second = try await stage.worker().openNightly(.check)
                #expect(first.isNew && !second.isNew)
                #expect(first.kind == .nightly && second.kind == .nightly)
                #expect(second.runID == first.runID && second.startedAt == first.startedAt)
                #expect(second.options == options)
                #expect(first.budgetLeft == 40 && second.budgetLeft == 40)
                #expect(second.age >= .zero)
            },
            Self("a nightly run takes stuck and flagged accounts outside Mono's limit, on both sides of each threshold")
            {
                stage in
                for account in Self.thresholds { try await stage.put(account) }
                var night = try await stage.opened()
                #expect(Set(try await night.claim()) == Set([0, 2, 3, 6].map { .numbered($0) }))
                #expect(try await night.record(.numbered(0))?.reason == .missingUpdate)
                #expect(try await night.record(.numbered(2))?.reason == .reauthorisationRequired)
                #expect(try await night.record(.numbered(3))?.reason == .reauthorisationRequired)
            },
            Self("the date of a case is the flag's, and without a flag the debt's") { stage in
                var both = StagedAccount.owing(0)
                both.flag = .seconds(100)
                try await stage.put(both)
                try await stage.put(.owing(1))
                var night = try await stage.opened()
                try await night.claim()
                for number in [0, 1] {
                    let state = try #require(try await night.state(.numbered(number)))
                    let record = try await night.record(.numbered(number))
                    #expect(record?.stuckSince == state.flaggedSince ?? state.awaitingSince)
                }
            },
            Self("with a limit the first of the order are taken, the others are in no case") { stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                var night = try await stage.opened(.check(limit: 2))
                #expect(try await night.claim() == [.numbered(0), .numbered(1)])
                #expect(try await night.record(.numbered(2)) == nil)
            },
            Self("a one-off run names each account's reason, in the order asked") { stage in
                var well = StagedAccount(.numbered(0))
                well.hasData = true
                var fresh = StagedAccount.owing(1)
                fresh.debt = .seconds(100)
                for account in [well, fresh, .owing(2), .flagged(3)] { try await stage.put(account) }
                let store = try await stage.worker()
                let asked = [0, 2, 3, 1].map { AccountID.numbered($0) }
                var hands = try await Hands(store, try await store.openOneOff(asked, .check))
                #expect(hands.run.kind == .oneOff && hands.run.isNew)
                #expect(try await hands.claim() == asked)
                let reasons = try await [0, 1, 2, 3].asyncMap { try await hands.record(.numbered($0))?.reason }
                #expect(reasons == [.requested, .requested, .missingUpdate, .reauthorisationRequired])
                #expect(try await hands.record(.numbered(0))?.stuckSince == nil)
            },
            Self("accounts that the store does not know are named in the order asked") { stage in
                try await stage.put(.owing(1))
                let unknown = try await stage.worker().findUnknown([2, 1, 0].map { .numbered($0) })
                #expect(unknown == [.numbered(2), .numbered(0)])
            },
            Self("an account has one open case: a one-off run leaves it to the night that holds it, and finds it there")
            {
                stage in
                var night = try await stage.night(2)
                try await stage.put(.owing(2))
                let store = try await stage.worker()
                let accounts = [0, 1, 2].map { AccountID.numbered($0) }
                var oneOff = try await Hands(store, try await store.openOneOff(accounts, .check))
                #expect(try await oneOff.claim() == [.numbered(2)])
                let elsewhere = try await store.findElsewhere(accounts, than: oneOff.run.runID)
                #expect(
                    elsewhere == [
                        AccountElsewhere(account: .numbered(0), runID: night.run.runID),
                        AccountElsewhere(account: .numbered(1), runID: night.run.runID),
                    ])
                // Once its case there is settled, another run may have it.
                try await night.settle(.recovered, .numbered(0))
                let last = try await stage.worker()
                var third = try await Hands(last, try await last.openOneOff([.numbered(0)], .check))
                #expect(try await third.claim() == [.numbered(0)])
                #expect(try await night.claim() == [])
            },
            Self("a night leaves an account to the one-off run that holds it, and does not count it in its limit") {
                stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                let store = try await stage.worker()
                _ = try await store.openOneOff([.numbered(0)], .check)
                var night = try await stage.opened(.check(limit: 2))
                #expect(try await night.claim() == [.numbered(1), .numbered(2)])
            },
            Self("a one-off run is stranded once its process is gone, and not before") { stage in
                try await stage.put(.owing(0))
                let store = try await stage.worker()
                let run = try await store.openOneOff([.numbered(0)], .check)
                let finder = try await stage.worker()
                #expect(try await finder.findStranded() == [])
                try await stage.kill(store)
                let stranded = try await finder.findStranded()
                #expect(stranded.map(\.runID) == [run.runID])
                #expect(stranded.first?.kind == .oneOff && stranded.first?.isNew == false)
                #expect(stranded.first?.options == run.options)
            },
            Self("a nightly run whose processes are gone is not stranded: the next night joins it") { stage in
                let night = try await stage.night()
                try await stage.kill(night.store)
                let next = try await stage.worker()
                #expect(try await next.findStranded() == [])
                #expect(try await next.openNightly(.check).runID == night.run.runID)
            },
        ]
    }

    /// Numbers 0, 2, 3 and 6 are due.
    private static var thresholds: [StagedAccount] {
        var stuck = StagedAccount.owing(0)
        stuck.debt = .seconds(301)
        var notYet = StagedAccount.owing(1)
        notYet.debt = .seconds(290)
        var flagged = StagedAccount.flagged(2)
        flagged.flag = .zero
        var both = StagedAccount.owing(3)
        both.flag = .seconds(10)
        var unlinked = StagedAccount.owing(4)
        unlinked.unlinked = .seconds(5)
        var gone = StagedAccount.flagged(5)
        gone.unlinked = .seconds(5)
        var tried = StagedAccount.owing(6)
        tried.tried = .seconds(121)
        var justTried = StagedAccount.owing(7)
        justTried.tried = .seconds(110)
        var justTriedFlag = StagedAccount.flagged(8)
        justTriedFlag.tried = .seconds(110)
        return [
            stuck, notYet, flagged, both, unlinked, gone, tried, justTried, justTriedFlag, StagedAccount(.numbered(9)),
        ]
    }
}

extension Sequence {
    /// The values of an asynchronous function, in order.
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
