import Reconciliation
import Testing

extension ConformanceCheck {
    /// Requests that are repeated because the answer of a try was lost, which may have been committed.
    static var repeats: [Self] {
        openingAgain + claimingAgain + writingAgain
    }

    private static var openingAgain: [Self] {
        [
            Self("repeated: opening a night answers the run that the lost try has opened") { stage in
                try await stage.put(.owing(0))
                let store = try await stage.worker()
                let lost = try await store.openNightly(.check)
                let run = try await store.openNightly(.check, isRepeat: true)
                #expect(run.runID == lost.runID && run.isNew)
                #expect(try await store.claim(limit: 9, number: 1, of: run).claims.count == 1)
            },
            Self("repeated: opening a night that nothing came of opens it") { stage in
                try await stage.put(.owing(0))
                let run = try await stage.worker().openNightly(.check, isRepeat: true)
                #expect(run.isNew)
                #expect(try await stage.worker().openNightly(.check, isRepeat: true).isNew == false)
            },
            Self("repeated: opening a one-off run answers the lost one, with its cases") { stage in
                try await stage.put(.owing(0))
                let store = try await stage.worker()
                let lost = try await store.openOneOff([.numbered(0)], .check)
                let run = try await store.openOneOff([.numbered(0)], .check, isRepeat: true)
                #expect(run.runID == lost.runID && run.isNew && run.kind == .oneOff)
                #expect(try await store.findElsewhere([.numbered(0)], than: run.runID) == [])
                #expect(try await store.claim(limit: 9, number: 1, of: run).claims.count == 1)
            },
            Self("repeated: enlisting, leaving, stopping, holding and closing change nothing more") { stage in
                let night = try await stage.night()
                let (store, run) = (night.store, night.run)
                try await store.enlist(run: run.runID, isRepeat: true)
                #expect(try await store.readSigns(run: run.runID).isEnlisted)
                for _ in 0..<2 { try await store.stop(run, .keyRefused("x"), isRepeat: true) }
                let until = try await stage.now().advanced(by: .seconds(60))
                for _ in 0..<2 { try await store.hold(until: until, isRepeat: true) }
                let signs = try await store.readSigns(run: run.runID)
                #expect(signs.stop == .keyRefused("x") && signs.heldUntil == until && signs.isEnlisted)
                for _ in 0..<2 { try await store.deferRest(.check(.all), of: run, isRepeat: true) }
                #expect(try await night.record(.numbered(0))?.cause == .interrupted)
                for _ in 0..<2 { #expect(try await store.close(run, isRepeat: true) == 77) }
                for _ in 0..<2 { try await store.leave(isRepeat: true) }
            },
        ]
    }

    private static var claimingAgain: [Self] {
        [
            Self("repeated: a claim claims again what the lost answer had taken, and nothing of earlier claims") {
                stage in
                for number in 0..<4 { try await stage.put(.owing(number)) }
                let store = try await stage.worker()
                let run = try await store.openNightly(.check)
                #expect(try await store.claim(limit: 1, number: 1, of: run).claims.map(\.accountID) == [.numbered(0)])
                let lost = try await store.claim(limit: 2, number: 2, of: run)
                #expect(lost.claims.map(\.accountID) == [.numbered(1), .numbered(2)])
                let again = try await store.claim(limit: 2, number: 2, of: run, isRepeat: true)
                #expect(again.claims == lost.claims && again.more == lost.more)
                // Without a repeat nothing is freed.
                let next = try await store.claim(limit: 9, number: 3, of: run)
                #expect(next.claims.map(\.accountID) == [.numbered(3)])
                #expect(!next.more)
            },
            Self("repeated: a claim that nothing came of claims as ever") { stage in
                let night = try await stage.night(0)
                try await stage.put(.owing(0))
                let store = try await stage.worker()
                let run = try await store.openOneOff([.numbered(0)], .check)
                #expect(try await store.claim(limit: 9, number: 1, of: run, isRepeat: true).claims.count == 1)
                #expect(try await night.store.claim(limit: 9, number: 1, of: night.run).claims == [])
            },
            Self("repeated: a claim frees neither a settled case nor another worker's claim of that number") { stage in
                let one = try await stage.night(2)
                try await one.settle(.partial, .numbered(0))
                let two = try await stage.another(of: one.run)
                let again = try await two.store.claim(limit: 9, number: 1, of: one.run, isRepeat: true)
                #expect(again.claims == [] && again.more)
                let own = try await one.store.claim(limit: 9, number: 1, of: one.run, isRepeat: true)
                #expect(own.claims.map(\.accountID) == [.numbered(1)])
                #expect(try await one.record(.numbered(0))?.outcome == .partial)
            },
            Self("repeated: a tally counts the calls, and gives nothing back") { stage in
                let night = try await stage.night(options: .check(maxCalls: 9))
                _ = try await night.store.reserve(
                    SlotRequest(slots: 3, budget: 6, lead: .zero, rate: 10), of: night.run)
                try await night.store.tally(.details(2), unspent: 2, of: night.run)
                try await night.store.tally(.details(2), unspent: 2, of: night.run, isRepeat: true)
                #expect(try await stage.worker().openNightly(.check).budgetLeft == 5)
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == 0)
                #expect(try await stage.calls(in: night.run) == 2)
            },
        ]
    }

    private static var writingAgain: [Self] {
        [
            Self("repeated: a settlement counts as settled, and does nothing twice") { stage in
                let night = try await stage.night()
                let writes = [CaseWrite(night[.numbered(0)], .end(.partial))]
                #expect(try await night.store.write(writes, of: night.run).settled == [.numbered(0)])
                let (before, record) = (try await night.state(.numbered(0)), try await night.record(.numbered(0)))
                let again = try await night.store.write(writes, of: night.run, isRepeat: true)
                #expect(again.settled == [.numbered(0)])
                #expect(again.refused == [:] && again.lost == [] && again.withdrawn == [:])
                #expect(try await night.state(.numbered(0)) == before)
                #expect(try await night.record(.numbered(0)) == record)
                #expect(try await stage.failures(of: .numbered(0)) == 1)
            },
            Self("repeated: a settlement that withdrew its intent counts as settled") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                let writes = [CaseWrite(night[.numbered(0)], .end(.errored, withdrawsIntent: true))]
                #expect(try await night.store.write(writes, of: night.run).settled == [.numbered(0)])
                let before = try await night.state(.numbered(0))
                #expect(try await night.store.write(writes, of: night.run, isRepeat: true).settled == [.numbered(0)])
                #expect(try await night.state(.numbered(0)) == before)
            },
            Self("repeated: a withdrawal tells the account again") { stage in
                var night = try await stage.night()
                let before = try await night.state(.numbered(0))
                try await night.intend(.numbered(0))
                let writes = [CaseWrite(night[.numbered(0)], .withdrawal)]
                for isRepeat in [false, true] {
                    let result = try await night.store.write(writes, of: night.run, isRepeat: isRepeat)
                    #expect(result.withdrawn == [.numbered(0): before] && result.lost == [])
                }
            },
            Self("repeated: progress is noted once more, without effect") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                night[.numbered(0)].progress = .started
                night[.numbered(0)].jobID = "ours"
                let writes = [CaseWrite(night[.numbered(0)], .progress)]
                _ = try await night.store.write(writes, of: night.run)
                let (before, record) = (try await night.state(.numbered(0)), try await night.record(.numbered(0)))
                #expect(try await night.store.write(writes, of: night.run, isRepeat: true) == WriteResult())
                #expect(try await night.state(.numbered(0)) == before)
                #expect(try await night.record(.numbered(0)) == record)
            },
            Self("repeated: an intent whose answer was lost is in neither part of the answer, and its case is freed") {
                stage in
                let night = try await stage.night()
                let cases = [night[.numbered(0)]]
                #expect(try await night.store.intend(cases, of: night.run).committed.count == 1)
                #expect(try await night.store.intend(cases, of: night.run, isRepeat: true) == IntentResult())
                #expect(try await night.record(.numbered(0))?.worker == nil)
            },
            Self("repeated: an intent that nothing came of is committed") { stage in
                let night = try await stage.night()
                let result = try await night.store.intend([night[.numbered(0)]], of: night.run, isRepeat: true)
                #expect(result.committed.count == 1)
            },
        ]
    }
}
