import Reconciliation
import Testing

extension ConformanceCheck {
    /// Who gets which cases.
    static var claims: [Self] {
        [
            Self("cases come in the run's order: never tried first, then the least recently tried, then by their id") {
                stage in
                var recent = StagedAccount.owing(0)
                recent.asked = .seconds(200)
                var longAgo = StagedAccount.owing(1)
                longAgo.asked = .seconds(90_000)
                // A sync without an answer that was put off is no try that ended.
                var requested = StagedAccount.owing(2)
                requested.tried = .seconds(150)
                for account in [recent, longAgo, .owing(3), requested] { try await stage.put(account) }
                var night = try await stage.opened()
                #expect(try await night.claim() == [2, 3, 1, 0].map { .numbered($0) })
            },
            Self("accounts that Mono did not know last time come last in a whole night, and in their turn with a limit")
            {
                stage in
                let first = try await stage.night(2)
                try await first.settle(.accountNotFound, .numbered(0))
                try await first.settle(.partial, .numbered(1))
                _ = try await first.store.close(first.run)
                // What brought no evidence changes nothing.
                var second = try await stage.opened(.check(force: true))
                try await second.claim()
                try await second.settleAll(.errored)
                _ = try await second.store.close(second.run)
                try await stage.put(.owing(2))
                var whole = try await stage.opened(.check(force: true))
                #expect(try await whole.claim() == [1, 2, 0].map { .numbered($0) })
                try await whole.settle(.errored, .numbered(0), .numbered(1), .numbered(2))
                _ = try await whole.store.close(whole.run)
                var limited = try await stage.opened(.check(limit: 5, force: true))
                #expect(try await limited.claim() == [0, 1, 2].map { .numbered($0) })
                try await limited.settle(.partial, .numbered(0))
                try await limited.settle(.errored, .numbered(1), .numbered(2))
                _ = try await limited.store.close(limited.run)
                var known = try await stage.opened(.check(force: true))
                #expect(try await known.claim() == [0, 1, 2].map { .numbered($0) })
            },
            Self("claims come in batches, and say whether cases are left that the worker does not hold") { stage in
                for number in 0..<3 { try await stage.put(.owing(number)) }
                let night = try await stage.opened()
                let first = try await night.store.claim(limit: 2, number: 1, of: night.run)
                #expect(first.claims.map(\.accountID) == [.numbered(0), .numbered(1)])
                #expect(first.more)
                let second = try await night.store.claim(limit: 2, number: 2, of: night.run)
                #expect(second.claims.map(\.accountID) == [.numbered(2)])
                #expect(!second.more)
                let third = try await night.store.claim(limit: 2, number: 3, of: night.run)
                #expect(third.claims == [] && !third.more)
            },
            Self("a living worker's cases stay its own, whoever asks") { stage in
                let one = try await stage.night(3)
                let two = try await stage.another(of: one.run)
                let claimed = try await two.store.claim(limit: 3, number: 1, of: one.run)
                #expect(claimed.claims == [] && claimed.more)
            },
            Self("a claim of one run leaves another run's cases alone") { stage in
                let night = try await stage.night(1)
                try await stage.put(.owing(1))
                let store = try await stage.worker()
                var oneOff = try await Hands(store, try await store.openOneOff([.numbered(1)], .check))
                try await stage.kill(night.store)
                #expect(try await oneOff.claim() == [.numbered(1)])
            },
            Self("a claim carries the account as it is now, and the events since the run's start in their order") {
                stage in
                try await stage.put(.owing(0))
                try await stage.record(.jobFinished, of: .numbered(0))
                var night = try await stage.opened()
                try await stage.record(.reauthorisationRequired, of: .numbered(0))
                try await stage.record(.reauthorised, of: .numbered(0))
                let claims = try await night.store.claim(limit: 1, number: 1, of: night.run).claims
                let claim = try #require(claims.first)
                night.hold(claim)
                #expect(claim.reason == .missingUpdate)
                #expect(claim.intent == nil && claim.apiCalls == 0 && claim.polls == 0 && claim.steps == [])
                #expect(claim.news.events.map(\.kind) == [.reauthorisationRequired, .reauthorised])
                #expect(claim.news.account?.awaitingSince == claim.news.events.last?.receivedAt)
                #expect(claim.news.account?.lastSyncJobID == StagedEvent.job)
                let news = try await night.store.readNews([.numbered(0)], of: night.run)
                #expect(news == [.numbered(0): claim.news])
                #expect(try await night.record(.numbered(0))?.worker != nil)
            },
            Self("an account that is gone is claimed without its row") { stage in
                try await stage.put(.owing(0))
                let night = try await stage.opened()
                try await stage.remove(.numbered(0))
                let claims = try await night.store.claim(limit: 1, number: 1, of: night.run).claims
                #expect(claims.map(\.news) == [News(account: nil)])
            },
        ]
    }

    /// Cases of workers that are gone.
    static var takeUp: [Self] {
        [
            Self("a dead worker's cases are free at once, although its lease runs on") { stage in
                let one = try await stage.night(3)
                var two = try await stage.another(of: one.run)
                try await stage.kill(one.store)
                #expect(try await two.claim().count == 3)
            },
            Self("a worker that has lost its lock is dead until it enlists again") { stage in
                let one = try await stage.night(2)
                var two = try await stage.another(of: one.run)
                try await stage.loseConnection(of: one.store)
                #expect(try await two.claim(limit: 1).count == 1)
                try await one.store.enlist(run: one.run.runID)
                #expect(try await two.claim() == [])
            },
            Self("a worker whose lease has run out is dead although its lock is held, until it enlists again") {
                stage in
                let one = try await stage.night(2)
                var two = try await stage.another(of: one.run)
                try await stage.endLease(of: one.store)
                #expect(try await two.claim(limit: 1).count == 1)
                try await one.store.enlist(run: one.run.runID)
                #expect(try await two.claim() == [])
            },
            Self("a worker that leaves hands its open cases back, and its settled ones not") { stage in
                let one = try await stage.night(3)
                try await one.settle(.partial, .numbered(0))
                var two = try await stage.another(of: one.run)
                try await one.store.leave()
                #expect(try await two.claim() == [.numbered(1), .numbered(2)])
            },
            Self("the syncs of dead workers are taken up first, whatever the limit") { stage in
                var one = try await stage.night(4)
                try await one.intend(.numbered(1), .numbered(3))
                var two = try await stage.another(of: one.run)
                try await stage.kill(one.store)
                #expect(try await two.claim(limit: 0) == [.numbered(1), .numbered(3)])
                #expect(try await two.claim(limit: 1) == [.numbered(0)])
            },
            Self("what is taken up carries the intent, its answer and the earlier owner's counts") { stage in
                var account = StagedAccount.owing(0)
                account.lastJob = "before"
                try await stage.put(account)
                var one = try await stage.opened()
                try await one.claim()
                one[.numbered(0)].steps = [Step(seconds: 1.5, name: .details, said: "a \"word\" \\ é")]
                try await one.intend(.numbered(0))
                one[.numbered(0)].progress = .started
                one[.numbered(0)].jobID = "ours"
                one[.numbered(0)].apiCalls = 2
                one[.numbered(0)].polls = 1
                try await one.write(.progress, .numbered(0))
                let two = try await stage.another(of: one.run)
                try await stage.kill(one.store)
                let claims = try await two.store.claim(limit: 0, number: 1, of: one.run).claims
                let claim = try #require(claims.first)
                let intendedAt = try #require(one[.numbered(0)].intendedAt)
                #expect(
                    claim.intent
                        == Claim.PastIntent(
                            at: intendedAt, hadData: true, answer: .started, jobID: "ours", jobBefore: "before"))
                #expect(claim.apiCalls == 2 && claim.polls == 1)
                #expect(claim.steps == one[.numbered(0)].steps)
                #expect(claim.news.account?.lastSyncJobID == "ours")
            },
        ]
    }
}
