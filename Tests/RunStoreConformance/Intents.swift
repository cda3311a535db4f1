import Reconciliation
import Testing

extension ConformanceCheck {
    /// Mono's limit outlives the row.
    static var replacedRows: [Self] {
        [
            Self("an account that is deleted and inserted again has no second intent inside Mono's limit") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                try await night.settle(.partial, .numbered(0))
                try await stage.remove(.numbered(0))
                try await stage.put(.owing(0))
                let store = try await stage.worker()
                var oneOff = try await Hands(store, try await store.openOneOff([.numbered(0)], .check))
                try await oneOff.claim()
                let known = try #require(try await oneOff.state(.numbered(0))?.lastSyncRequestedAt)
                #expect(known >= night[.numbered(0)].intendedAt ?? known.advanced(by: .seconds(1)))
                let result = try await oneOff.intend(.numbered(0))
                #expect(result.committed == [:] && result.refused.keys.sorted() == [.numbered(0)])
            },
            Self("an intent that was taken back does not count for a row that is inserted again") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                try await night.write(.withdrawal, .numbered(0))
                try await stage.remove(.numbered(0))
                try await stage.put(.owing(0))
                night[.numbered(0)].account = try await night.state(.numbered(0))
                night[.numbered(0)].intendedAt = nil
                #expect(try await night.intend(.numbered(0)).committed.count == 1)
            },
        ]
    }

    /// The durable note before a trigger.
    static var intents: [Self] {
        [
            Self("an intent that stands is not made anew, also when Mono's limit is over") { stage in
                var night = try await stage.night()
                try await night.intend(.numbered(0))
                let intended = try #require(night[.numbered(0)].intendedAt)
                try await stage.letLimitPass(of: .numbered(0))
                #expect(try await night.intend(.numbered(0)).committed.isEmpty)
                #expect(try await night.record(.numbered(0))?.syncIntendedAt == intended)
            },
            Self("an intent is noted on the case and on the account in one instant") { stage in
                try await stage.put(.owing(0))
                try await stage.put(.flagged(1))
                var night = try await stage.opened()
                try await night.claim()
                let owed = try await night.state(.numbered(0))?.awaitingSince
                let result = try await night.intend(.numbered(0), .numbered(1))
                #expect(result.refused == [:])
                for number in [0, 1] {
                    let at = try #require(result.committed[.numbered(number)]?.at)
                    let state = try #require(try await night.state(.numbered(number)))
                    #expect(result.committed[.numbered(number)]?.account == state)
                    #expect(state.lastSyncRequestedAt == at)
                    // What is owed is owed since before, or since now.
                    #expect(state.awaitingSince == (number == 0 ? owed : at))
                    let record = try #require(try await night.record(.numbered(number)))
                    #expect(record.syncIntendedAt == at)
                    #expect(record.hadData == true)
                }
            },
            Self("an intent notes that no data was there, and forgets nothing of the steps") { stage in
                var account = StagedAccount.owing(0)
                account.hasData = false
                try await stage.put(account)
                var night = try await stage.opened()
                try await night.claim()
                night[.numbered(0)].steps = [Step(seconds: 2, name: .details, said: "UNAVAILABLE")]
                try await night.intend(.numbered(0))
                let record = try #require(try await night.record(.numbered(0)))
                #expect(record.hadData == false)
                #expect(record.steps == night[.numbered(0)].steps)
            },
            Self("Mono's limit is kept on both sides of its end") { stage in
                for (seconds, isAllowed) in [(110, false), (121, true)] {
                    let number = isAllowed ? 1 : 0
                    try await stage.put(.owing(number))
                    let store = try await stage.worker()
                    let run = try await store.openOneOff([.numbered(number)], .check)
                    var hands = try await Hands(store, run)
                    try await hands.claim()
                    var account = StagedAccount.owing(number)
                    account.tried = .seconds(seconds)
                    try await stage.put(account)
                    hands[.numbered(number)].account = try await hands.state(.numbered(number))
                    let result = try await hands.intend(.numbered(number))
                    #expect((result.committed[.numbered(number)] != nil) == isAllowed)
                    #expect((result.refused[.numbered(number)] == nil) == isAllowed)
                    #expect((try await hands.record(.numbered(number))?.syncIntendedAt != nil) == isAllowed)
                }
            },
            Self("a refused intent brings the news, and holds no other up") { stage in
                var night = try await stage.night(2)
                try await stage.record(.good, of: .numbered(0))
                let result = try await night.intend(.numbered(0), .numbered(1))
                let news = try #require(result.refused[.numbered(0)])
                #expect(news.account?.isHealthy == true)
                #expect(news.events.map(\.kind) == [.updated(status: .available, sync: nil, job: nil)])
                #expect(result.refused.count == 1)
                #expect(Array(result.committed.keys) == [.numbered(1)])
            },
            Self("no intent is made for a case that is settled") { stage in
                var night = try await stage.night()
                try await night.settle(.deferred, .numbered(0))
                let former = night[.numbered(0)]
                let before = try await night.state(.numbered(0))
                #expect(try await night.intend(.numbered(0)) == IntentResult())
                #expect(night[.numbered(0)] == former)
                #expect(try await night.state(.numbered(0)) == before)
            },
            Self("no intent is made of an account that is unlinked, although the case knows it") { stage in
                var night = try await stage.night()
                try await stage.record(.unlinked, of: .numbered(0))
                night[.numbered(0)].account = try await night.state(.numbered(0))
                let result = try await night.intend(.numbered(0))
                #expect(result.committed == [:] && result.refused.count == 1)
            },
        ]
            + misbeliefs.map { misbelief in
                Self("no intent is made where the case is wrong about its account: \(misbelief.name)") { stage in
                    var night = try await stage.night()
                    let before = try #require(try await night.state(.numbered(0)))
                    var believed = before
                    misbelief.make(&believed)
                    night[.numbered(0)].account = believed
                    let result = try await night.intend(.numbered(0))
                    #expect(result.committed == [:])
                    #expect(result.refused.mapValues(\.account) == [.numbered(0): before])
                    #expect(try await night.state(.numbered(0)) == before)
                }
            }
            + changes.map { change in
                Self("no intent is made of an account that changed since it was read: \(change.name)") { stage in
                    var night = try await stage.night()
                    try await change.make(stage)
                    let before = try await night.state(.numbered(0))
                    let result = try await night.intend(.numbered(0))
                    #expect(result.committed == [:])
                    #expect(result.refused[.numbered(0)]?.account == before)
                    #expect(result.refused.count == 1)
                    #expect(try await night.record(.numbered(0))?.syncIntendedAt == nil)
                    #expect(try await night.state(.numbered(0)) == before)
                }
            }
    }

    /// What can happen to an account after a case has read it.
    static var changes: [(name: String, make: @Sendable (Stage) async throws -> Void)] {
        [
            ("its debt's date", { stage in try await stage.record(.reauthorised, of: .numbered(0)) }),
            ("its debt is gone", { stage in try await stage.record(.good, of: .numbered(0)) }),
            ("its flag", { stage in try await stage.record(.reauthorisationRequired, of: .numbered(0)) }),
            ("it was unlinked", { stage in try await stage.record(.unlinked, of: .numbered(0)) }),
            ("it is gone", { stage in try await stage.remove(.numbered(0)) }),
        ]
    }

    /// How what a case believes of its account can differ from the row, one fact at a time.
    static var misbeliefs: [(name: String, make: @Sendable (inout AccountState) -> Void)] {
        [
            ("the data", { $0.dataAvailable.toggle() }),
            ("the debt's date", { $0.awaitingSince = $0.awaitingSince?.advanced(by: .microseconds(1)) }),
            ("the debt", { $0.awaitingSince = nil }),
            ("the flag", { $0.flaggedSince = Timestamp(microseconds: 1) }),
            ("the link", { $0.unlinkedAt = Timestamp(microseconds: 1) }),
        ]
    }
}
