import Reconciliation
import Testing

extension ConformanceCheck {
    /// What is known of an account outlives the runs that find nothing out.
    static var standings: [Self] {
        [
            Self("an unresolved outcome that rests on evidence becomes the standing; another one begins anew") {
                stage in
                try await stage.put(.owing(0))
                var first: Timestamp?
                for (outcome, isNew) in [
                    (Outcome.partial, true), (.partial, false), (.deferred, false), (.errored, false),
                    (.partial, false),
                    (.bankUnavailable, true),
                ] {
                    let before = try await stage.standing(of: .numbered(0))
                    let record = try await Self.played(outcome, on: stage)
                    let standing = try #require(try await stage.standing(of: .numbered(0)))
                    #expect(record.standing == standing)
                    #expect(standing.outcome == (outcome.restsOnEvidence ? outcome : before?.outcome))
                    #expect((standing.since != before?.since) == isNew)
                    if isNew { first = standing.since }
                    #expect(standing.since == first)
                    try await stage.letDayPass()
                    first = try await stage.standing(of: .numbered(0))?.since
                }
                #expect(try await Self.played(.recovered, on: stage).standing == nil)
                #expect(try await stage.standing(of: .numbered(0)) == nil)
            },
            Self("what is put off for a stopped run keeps its standing, and shows it") { stage in
                try await stage.put(.owing(0))
                let known = try await Self.played(.providerFailed, on: stage).standing
                let night = try await stage.opened(.check(force: true))
                try await night.store.deferRest(.check(.all, .keyRefused), of: night.run)
                let record = try #require(try await night.record(.numbered(0)))
                #expect(!record.isTried && record.standing == known && record.knownOutcome == .providerFailed)
                #expect(try await stage.standing(of: .numbered(0)) == known)
            },
            Self("data, a new link, a customer who signed in again and an unlinked account end a standing") { stage in
                for event in [StagedEvent.good, .reauthorised, .unlinked] {
                    try await stage.put(.owing(0))
                    try await Self.played(.reauthorisationRequired, on: stage)
                    try await stage.record(.reauthorisationRequired, of: .numbered(0))
                    #expect(try await stage.standing(of: .numbered(0)) != nil)
                    try await stage.record(event, of: .numbered(0))
                    #expect(try await stage.standing(of: .numbered(0)) == nil)
                    try await stage.letDayPass()
                }
            },
            Self("a row that is deleted and inserted again stands as before, unless Mono told anything since") {
                stage in
                try await stage.put(.owing(0))
                let known = try await Self.played(.partial, on: stage).standing
                try await stage.put(.owing(0))
                #expect(try await stage.standing(of: .numbered(0)) == known)
                try await stage.record(.reauthorised, of: .numbered(0))
                try await stage.put(.owing(0))
                #expect(try await stage.standing(of: .numbered(0)) == nil)
            },
            Self("nights are counted from the first to tonight, whatever ran in between") { stage in
                try await stage.put(.owing(0))
                #expect(try await Self.played(.partial, on: stage).nightsInARow == 1)
                // By day, and once more, and with nothing found out.
                for outcome in [Outcome.partial, .deferred, .errored] {
                    let record = try await Self.played(outcome, on: stage)
                    #expect(record.nightsInARow == 1 && record.outcomeBefore == nil)
                }
                for _ in 0..<3 { try await stage.letDayPass() }
                let record = try await Self.played(.deferred, on: stage)
                #expect(record.nightsInARow == 4 && record.outcomeBefore == .partial)
                #expect(try await Self.played(.bankUnavailable, on: stage).nightsInARow == 1)
                try await stage.letDayPass()
                let last = try await Self.played(.bankUnavailable, on: stage)
                #expect(last.nightsInARow == 2 && last.outcomeBefore == .bankUnavailable)
            },
            Self("a bank fails since its first failure after it last delivered") { stage in
                for number in 0..<5 {
                    var account = StagedAccount.owing(number)
                    account.institution = "Test Bank"
                    try await stage.put(account)
                }
                var night = try await stage.opened()
                try await night.claim()
                try await night.settle(.recovered, .numbered(0))
                #expect(try await stage.failingSince("Test Bank") == nil)
                try await night.settle(.bankUnavailable, .numbered(1))
                let since = try await stage.failingSince("Test Bank")
                #expect(since != nil)
                try await night.settle(.providerFailed, .numbered(2))
                #expect(try await stage.failingSince("Test Bank") == since)
                try await night.settle(.reauthorisationRequired, .numbered(3))
                #expect(try await stage.failingSince("Test Bank") == since)
                try await night.settle(.partial, .numbered(4))
                #expect(try await stage.failingSince("Test Bank") == nil)
            },
        ]
    }

    /// Who is in the list although the run did not get to the account.
    static var carrying: [Self] {
        [
            Self("with a limit, those left out of whom something is known are carried, and the night is a good one") {
                stage in
                try await Self.stood(3, on: stage)
                try await stage.put(.owing(3))
                var night = try await stage.opened(.check(limit: 1))
                let taken = try await night.claim()
                // Who was never tried comes first, and of that one nothing is known.
                #expect(taken == [.numbered(3)])
                try await night.settleAll()
                #expect(try await night.store.close(night.run) == 0)
                for number in 0..<3 {
                    let record = try #require(try await night.record(.numbered(number)))
                    #expect(record.outcome == .deferred && record.cause == .limit && !record.isTried)
                    #expect(record.knownOutcome == .bankUnavailable && record.apiCalls == 0)
                }
                #expect(try await stage.notSelected(in: night.run) == 3)
            },
            Self("a run that is stopped carries those that it had not even selected, with its cause") { stage in
                try await Self.stood(3, on: stage)
                let store = try await stage.worker(slice: 1)
                let night = try await Hands(store, try await store.openNightly(.check))
                #expect(try await night.record(.numbered(2)) == nil)
                try await store.deferRest(.check(.all, .keyRefused), of: night.run)
                for number in 0..<3 {
                    let record = try #require(try await night.record(.numbered(number)))
                    #expect(record.cause == .keyRefused && !record.isTried && record.knownOutcome == .bankUnavailable)
                }
                #expect(try await store.close(night.run) == 1)
            },
            Self("who was tried minutes before, or is in another run's hands, is carried and no failure") { stage in
                try await Self.stood(2, on: stage)
                let store = try await stage.worker()
                let other = try await store.openOneOff([.numbered(0)], .check)
                var byHand = try await Hands(store, other)
                try await byHand.claim()
                var late = StagedAccount.owing(1)
                late.tried = .seconds(20)
                try await stage.put(late)
                var night = try await stage.opened(.check(limit: 5))
                #expect(try await night.claim() == [])
                #expect(try await night.store.close(night.run) == 0)
                #expect(try await night.record(.numbered(0))?.cause == .inOtherRun)
                let record = try #require(try await night.record(.numbered(1)))
                #expect(record.cause == .tooSoon && record.nextAttemptAt != nil && !record.isTried)
            },
            Self("who is neither stuck nor flagged any more, or unlinked, is carried nowhere") { stage in
                try await Self.stood(3, on: stage)
                try await stage.record(.good, of: .numbered(0))
                try await stage.record(.unlinked, of: .numbered(1))
                let night = try await stage.opened(.check(limit: 1))
                try await night.store.deferRest(.check(.all), of: night.run)
                _ = try await night.store.close(night.run)
                #expect(try await night.record(.numbered(0)) == nil)
                #expect(try await night.record(.numbered(1)) == nil)
                #expect(try await night.record(.numbered(2)) != nil)
            },
        ]
    }

    /// One nightly run, with `--force`, in which the first account ends so, as the closed run tells it.
    @discardableResult
    private static func played(_ outcome: Outcome, on stage: Stage) async throws -> CaseRecord {
        var night = try await stage.opened(.check(force: true))
        try await night.claim()
        try await night.settle(outcome, .numbered(0))
        #expect(try await night.store.close(night.run) != nil)
        return try #require(try await night.record(.numbered(0)))
    }

    /// So many accounts of which a bank refused the data a day ago.
    private static func stood(_ count: Int, on stage: Stage) async throws {
        var night = try await stage.night(count)
        for number in 0..<count { night[.numbered(number)].apiCalls = 1 }
        try await night.settleAll(.bankUnavailable)
        #expect(try await night.store.close(night.run) == 0)
        try await stage.letDayPass()
    }
}
