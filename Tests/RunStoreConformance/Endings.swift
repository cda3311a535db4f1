import Reconciliation
import Testing

extension ConformanceCheck {
    /// What is put off.
    static var deferring: [Self] {
        [
            Self("the rest is deferred with its cause, unless a living worker holds it") { stage in
                for number in 0..<4 { try await stage.put(.owing(number)) }
                let store = try await stage.worker()
                let run = try await store.openOneOff((0..<4).map { .numbered($0) }, .check)
                var (mine, theirs) = (try await Hands(store, run), try await stage.another(of: run))
                #expect(try await theirs.claim(limit: 1) == [.numbered(0)])
                try await mine.claim(limit: 1)
                try await store.deferRest(.check(.all, .budget), of: run)
                #expect(try await mine.record(.numbered(0))?.outcome == nil)
                for number in 1..<4 {
                    let record = try #require(try await mine.record(.numbered(number)))
                    #expect(record.outcome == .deferred && record.cause == .budget && record.detail == "a check")
                    #expect(record.nextAttemptAt == nil)
                }
                try await stage.kill(theirs.store)
                try await store.deferRest(.check(.all, .nightOver), of: run)
                #expect(try await mine.record(.numbered(0))?.cause == .nightOver)
                #expect(try await mine.record(.numbered(1))?.cause == .budget)
            },
            Self("as the last worker, nothing is deferred while another one of the run lives") { stage in
                let one = try await stage.night(2)
                let two = try await stage.another(of: one.run)
                try await one.store.deferRest(.check(.asLastWorker), of: one.run)
                #expect(try await one.record(.numbered(0))?.outcome == nil)
                try await stage.kill(two.store)
                try await one.store.deferRest(.check(.asLastWorker), of: one.run)
                #expect(try await one.record(.numbered(0))?.outcome == .deferred)
                #expect(try await one.record(.numbered(1))?.outcome == .deferred)
            },
            Self("cases with an intent can be left open for their last look") { stage in
                var night = try await stage.night(2)
                try await night.intend(.numbered(0))
                try await night.store.deferRest(.check(.untriggered), of: night.run)
                #expect(try await night.record(.numbered(0))?.outcome == nil)
                #expect(try await night.record(.numbered(1))?.outcome == .deferred)
                try await night.store.deferRest(.check(.all), of: night.run)
                #expect(try await night.record(.numbered(0))?.outcome == .deferred)
            },
            Self("a deferred case has a time of its own only while Mono's limit holds it back") { stage in
                for (number, tried) in [(0, 10), (1, 3_600)] {
                    var account = StagedAccount.owing(number)
                    account.tried = .seconds(tried)
                    try await stage.put(account)
                }
                let store = try await stage.worker()
                let run = try await store.openOneOff([.numbered(0), .numbered(1)], .check)
                let hands = try await Hands(store, run)
                try await store.deferRest(.check(.all), of: run)
                let requested = try #require(try await hands.state(.numbered(0))?.lastSyncRequestedAt)
                let next = try await hands.record(.numbered(0))?.nextAttemptAt
                #expect(next == requested.advanced(by: run.options.rules.syncLimit))
                #expect(try await hands.record(.numbered(1))?.nextAttemptAt == nil)
            },
            Self("where it is not known when the trigger left, Mono's limit counts from the last instant it may have") {
                stage in
                var night = try await stage.night(2)
                try await night.intend(.numbered(0), .numbered(1))
                let intended = try #require(night[.numbered(0)].intendedAt)
                night[.numbered(1)].progress = .started
                night[.numbered(1)].jobID = "ours"
                try await night.write(.progress, .numbered(1))
                try await night.store.deferRest(.check(.all), of: night.run)
                let limit = night.run.options.rules.syncLimit
                let last = intended.advanced(by: WorkerLimits.mayLeaveWithin)
                #expect(try await night.state(.numbered(0))?.lastSyncRequestedAt == last)
                #expect(try await night.record(.numbered(0))?.nextAttemptAt == last.advanced(by: limit))
                #expect(try await night.state(.numbered(1))?.lastSyncRequestedAt == intended)
                #expect(try await night.record(.numbered(1))?.nextAttemptAt == intended.advanced(by: limit))
                #expect(try await night.state(.numbered(1))?.lastSyncJobID == "ours")
            },
            Self("deferring a sync in doubt leaves no earlier job, unless an event has taught it since") { stage in
                for number in 0..<2 {
                    var account = StagedAccount.owing(number)
                    account.lastJob = "earlier"
                    try await stage.put(account)
                }
                var night = try await stage.opened()
                try await night.claim()
                try await night.intend(.numbered(0), .numbered(1))
                try await stage.record(.jobFinished, of: .numbered(1))
                try await night.store.deferRest(.check(.all), of: night.run)
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == nil)
                #expect(try await night.state(.numbered(1))?.lastSyncJobID == StagedEvent.job)
            },
            Self("deferring the rest leaves what the account owes as it is") { stage in
                let night = try await stage.night()
                let before = try await night.state(.numbered(0))
                try await night.store.deferRest(.check(.all), of: night.run)
                #expect(try await night.state(.numbered(0)) == before)
                #expect(try await stage.failures(of: .numbered(0)) == 0)
            },
        ]
    }

    /// Who closes the run, and with which exit code.
    static var closing: [Self] {
        races + exitCodes
    }

    private static var races: [Self] {
        [
            Self("a run with an open case is not closed, whoever holds it") { stage in
                let night = try await stage.night(2)
                #expect(try await night.store.close(night.run) == nil)
                try await night.settle(.recovered, .numbered(0))
                #expect(try await night.store.close(night.run) == nil)
                #expect(try await night.store.close(night.run, interruption: 130) == nil)
                try await night.settle(.recovered, .numbered(1))
                #expect(try await night.store.close(night.run) == 0)
            },
            Self("a run is not closed while another worker of it lives, and then by whoever is left") { stage in
                let one = try await stage.night()
                let two = try await stage.another(of: one.run)
                try await one.settleAll()
                #expect(try await one.store.close(one.run) == nil)
                #expect(try await two.store.close(one.run) == nil)
                try await stage.kill(one.store)
                #expect(try await two.store.close(one.run) == 0)
            },
            Self("whoever comes later learns the exit code of the close") { stage in
                let night = try await stage.night()
                try await night.settleAll(.errored)
                #expect(try await night.store.close(night.run) == 1)
                #expect(try await stage.worker().close(night.run, interruption: 130) == 1)
            },
            Self("a worker of another run does not hold a close up") { stage in
                let night = try await stage.night()
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                let oneOff = try await Hands(store, try await store.openOneOff([.numbered(1)], .check))
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == 0)
                #expect(try await oneOff.store.close(oneOff.run) == nil)
            },
            Self("who joins after the close opens a new night") { stage in
                let night = try await stage.opened()
                #expect(try await night.store.close(night.run) == 0)
                let next = try await stage.worker().openNightly(.check)
                #expect(next.isNew && next.runID > night.run.runID)
            },
            Self("a night without cases closes with 0") { stage in
                var night = try await stage.opened()
                #expect(try await night.claim() == [])
                #expect(try await night.store.close(night.run) == 0)
            },
            Self("the calls of a run are the sum of each worker's latest total, also of those that are gone") { stage in
                let one = try await stage.opened()
                let (two, three) = (try await stage.another(of: one.run), try await stage.another(of: one.run))
                try await one.store.tally(.details(3), of: one.run)
                try await one.store.tally(.details(5), of: one.run)
                // An older total that comes late changes nothing.
                try await one.store.tally(.details(4), of: one.run)
                _ = try await two.store.write([], calls: .details(20), of: one.run)
                try await three.store.tally(.details(100), of: one.run)
                try await stage.kill(three.store)
                try await two.store.leave()
                #expect(try await one.store.close(one.run) == 0)
                #expect(try await stage.calls(in: one.run) == 125)
            },
        ]
    }

    private static var exitCodes: [Self] {
        [false, true].flatMap { isStrict in
            Outcome.allCases.map { outcome in
                Self("\(outcome.rawValue) makes the right exit code, \(isStrict ? "strict" : "not strict")") { stage in
                    let night = try await stage.night(2, options: .check(strict: isStrict))
                    try await night.settle(.recovered, .numbered(0))
                    try await night.settle(outcome, .numbered(1))
                    let expected = outcome.failsRun(isStrict: isStrict) ? 1 : 0
                    #expect(try await night.store.close(night.run) == expected)
                }
            }
        } + [
            Self("a stop's code is the exit code, whatever the outcomes") { stage in
                let night = try await stage.night()
                try await night.settleAll(.deferred)
                try await night.store.stop(night.run, .tryLater(.seconds(900)))
                #expect(try await night.store.close(night.run) == 75)
            },
            Self("the code of an interruption is the exit code of the run that its last worker closes") { stage in
                let night = try await stage.night()
                try await night.settleAll(.deferred)
                #expect(try await night.store.close(night.run, interruption: 130) == 130)
                #expect(try await night.store.close(night.run) == 130)
            },
        ]
    }
}
