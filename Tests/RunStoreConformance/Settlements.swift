import Reconciliation
import Testing

extension ConformanceCheck {
    /// How cases end, and when they must not.
    static var settlements: [Self] {
        told + refusals + jobs
    }

    private static var told: [Self] {
        [
            Self("an account whose row has an impossible time is in the night, is told as such, and is settled") {
                stage in
                var impossible = StagedAccount(.numbered(0))
                impossible.hasImpossibleDebt = true
                try await stage.put(impossible)
                try await stage.put(.owing(1))
                var night = try await stage.opened()
                #expect(try await night.claim() == [.numbered(0), .numbered(1)])
                let state = try #require(night[.numbered(0)].account)
                #expect(state.hasImpossibleTime && state.awaitingSince == nil)
                #expect(night[.numbered(1)].account?.hasImpossibleTime == false)
                #expect(try await night.record(.numbered(0))?.reason == .missingUpdate)
                #expect(try await night.record(.numbered(0))?.stuckSince == nil)
                let settlement = Settlement(.errored, cause: .unreadableAccount, "a check")
                let result = try await night.write(.settlement(settlement), .numbered(0), .numbered(1))
                #expect(Set(result.settled) == [.numbered(0), .numbered(1)])
                #expect(try await night.store.close(night.run) == 1)
                // Nothing was written to it.
                var next = try await stage.opened()
                try await next.claim()
                #expect(next[.numbered(0)].account == state)
            },
            Self("a settlement keeps outcome, cause, detail and what the case learned") { stage in
                var night = try await stage.night()
                night[.numbered(0)].steps = [Step(seconds: 0.25, name: .details, said: "ODD \"WORD\" \\ é")]
                night[.numbered(0)].apiCalls = 4
                night[.numbered(0)].polls = 3
                night[.numbered(0)].statusAfter = "UNAVAILABLE"
                let now = try await stage.now()
                let end = Settlement(
                    .deferred, cause: .tooSoon, "tab\tquote\" back\\slash",
                    nextAttemptAt: now.advanced(by: .seconds(90)))
                #expect(try await night.write(.settlement(end), .numbered(0)).settled == [.numbered(0)])
                let record = try #require(try await night.record(.numbered(0)))
                #expect(record.outcome == .deferred && record.cause == .tooSoon)
                #expect(record.detail == end.detail)
                #expect(record.nextAttemptAt == end.nextAttemptAt)
                #expect(record.apiCalls == 4 && record.polls == 3)
                #expect(record.steps == night[.numbered(0)].steps)
                #expect(try await night.state(.numbered(0))?.dataStatus == "UNAVAILABLE")
            },
            Self("progress keeps answer, job and counts, and moves the request's time forward only") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                let intended = try #require(night[.numbered(0)].intendedAt)
                let sent = intended.advanced(by: .seconds(4))
                for (at, expected) in [(sent, sent), (intended.advanced(by: .seconds(1)), sent)] {
                    night[.numbered(0)].progress = .started
                    night[.numbered(0)].jobID = "ours"
                    night[.numbered(0)].apiCalls = 1
                    night[.numbered(0)].sentAt = at
                    #expect(try await night.write(.progress, .numbered(0)) == WriteResult())
                    let state = try #require(try await night.state(.numbered(0)))
                    #expect(state.lastSyncJobID == "ours")
                    #expect(state.lastSyncRequestedAt == expected)
                }
                let record = try #require(try await night.record(.numbered(0)))
                #expect(record.syncAnswer == "started" && record.syncJobID == "ours" && record.apiCalls == 1)
                #expect(record.outcome == nil)
            },
            Self("a settlement moves the request's time forward only, and not at all when it withdraws its intent") {
                stage in
                for (number, isWithdrawn) in [(0, false), (1, true)] {
                    try await stage.put(.owing(number))
                    let store = try await stage.worker()
                    let run = try await store.openOneOff([.numbered(number)], .check)
                    var hands = try await Hands(store, run)
                    try await hands.claim()
                    try await hands.intend(.numbered(number))
                    let intended = try #require(hands[.numbered(number)].intendedAt)
                    let sent = intended.advanced(by: .seconds(4))
                    hands[.numbered(number)].sentAt = sent
                    try await hands.write(.end(.errored, withdrawsIntent: isWithdrawn), .numbered(number))
                    let state = try await hands.state(.numbered(number))
                    #expect(state?.lastSyncRequestedAt == (isWithdrawn ? nil : sent))
                }
            },
            Self("a flag is cleared only when told") { stage in
                for number in 0..<2 { try await stage.put(.flagged(number)) }
                var night = try await stage.opened()
                try await night.claim()
                try await night.settle(.partial, .numbered(0))
                try await night.write(.end(.partial, clearsFlag: true), .numbered(1))
                #expect(try await night.state(.numbered(0))?.flaggedSince != nil)
                #expect(try await night.state(.numbered(1))?.flaggedSince == nil)
            },
        ]
    }

    private static var refusals: [Self] {
        changes.map { change in
            Self(
                "a settlement meets an account that changed: refused with the news, then settled with it: \(change.name)"
            ) {
                stage in
                var night = try await stage.night()
                try await change.make(stage)
                let before = try await night.state(.numbered(0))
                let events = try await night.store.readNews([.numbered(0)], of: night.run)
                for outcome in Outcome.allCases {
                    let result = try await night.settle(outcome, .numbered(0))
                    #expect(result.settled == [] && result.lost == [])
                    #expect(result.refused == events)
                    #expect(try await night.state(.numbered(0)) == before)
                    #expect(try await night.record(.numbered(0))?.outcome == nil)
                }
                night[.numbered(0)].account = before
                #expect(try await night.settle(.errored, .numbered(0)).settled == [.numbered(0)])
                #expect(try await night.record(.numbered(0))?.outcome == .errored)
            }
        }
            + misbeliefs.map { misbelief in
                Self("a settlement is refused where the case is wrong about its account: \(misbelief.name)") { stage in
                    var night = try await stage.night()
                    let before = try #require(try await night.state(.numbered(0)))
                    var believed = before
                    misbelief.make(&believed)
                    night[.numbered(0)].account = believed
                    let result = try await night.settle(.recovered, .numbered(0))
                    #expect(result.settled == [] && result.lost == [])
                    #expect(result.refused.mapValues(\.account) == [.numbered(0): before])
                    #expect(try await night.state(.numbered(0)) == before)
                }
            } + [
                Self("a settlement that knows that its account is unlinked leaves the account alone") { stage in
                    var night = try await stage.night()
                    try await stage.record(.unlinked, of: .numbered(0))
                    let before = try await night.state(.numbered(0))
                    night[.numbered(0)].account = before
                    #expect(try await night.settle(.recovered, .numbered(0)).settled == [.numbered(0)])
                    #expect(try await night.state(.numbered(0)) == before)
                },
                Self("a settlement is refused where the case believes its account gone, and it is there") { stage in
                    var night = try await stage.night()
                    let before = try await night.state(.numbered(0))
                    night[.numbered(0)].account = nil
                    let result = try await night.settle(.accountNotFound, .numbered(0))
                    #expect(result.settled == [] && result.lost == [])
                    #expect(result.refused.mapValues(\.account) == [.numbered(0): before])
                    #expect(try await night.state(.numbered(0)) == before)
                },
                Self("a refused settlement holds no other up") { stage in
                    let night = try await stage.night(3)
                    try await stage.record(.good, of: .numbered(1))
                    let result = try await night.settle(.recovered, .numbered(0), .numbered(1), .numbered(2))
                    #expect(Set(result.settled) == [.numbered(0), .numbered(2)])
                    #expect(Array(result.refused.keys) == [.numbered(1)])
                },
            ]
    }

    /// `last_sync_job_id` names the job of the sync that was last requested, or none.
    private static var jobs: [Self] {
        [
            Self("a sync that ends without a job leaves no earlier one, unless it was not requested") { stage in
                for number in 0..<2 {
                    var account = StagedAccount.owing(number)
                    account.lastJob = "earlier"
                    try await stage.put(account)
                }
                var night = try await stage.opened()
                try await night.claim()
                try await night.intend(.numbered(0))
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == "earlier")
                try await night.settle(.deferred, .numbered(0), .numbered(1))
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == nil)
                #expect(try await night.state(.numbered(1))?.lastSyncJobID == "earlier")
            },
            Self("a job that an event has taught since the intent stays, whatever is written") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                try await stage.record(.jobFinished, of: .numbered(0))
                night[.numbered(0)].progress = .started
                night[.numbered(0)].jobID = "ours"
                try await night.write(.progress, .numbered(0))
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == StagedEvent.job)
                try await night.settle(.partial, .numbered(0))
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == StagedEvent.job)
                #expect(try await night.record(.numbered(0))?.syncJobID == "ours")
            },
            Self("the job of a sync that ended is its account's last") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                night[.numbered(0)].jobID = "ours"
                try await night.settle(.partial, .numbered(0))
                #expect(try await night.state(.numbered(0))?.lastSyncJobID == "ours")
            },
        ]
    }
}
