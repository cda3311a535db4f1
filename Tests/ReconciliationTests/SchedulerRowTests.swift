import Reconciliation
import Testing

/// Accounts whose rows cannot be written, beside others.
@Suite struct SchedulerRowTests {
    /// A night of ten of which the third has trouble.
    private static func night(_ count: Int = 10, _ fault: @escaping (Duration) -> RowFault?) -> SchedulerNight {
        var night = SchedulerNight(SchedulerNight.claims(count))
        night.rowFault = { account, at in account == Self.troubled ? fault(at) : nil }
        return night
    }

    private static let troubled = SchedulerNight.accounts(3)[2]
    private static let refused = RowFault(.refused, "no such customer (SQLSTATE P0001)")
    private static let locked = RowFault(.locked, "held by pid 7")

    @Test func `a row that is always refused is one account's error, without a sync`() throws {
        let ending = Self.night { _ in Self.refused }.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 9, .errored: 1])
        let end = try #require(ending.settlements[Self.troubled]?.first)
        #expect(end.cause == .rowRefused && end.sparesAccount && end.found == nil)
        #expect(end.detail.contains("no such customer"))
        #expect(!ending.calls.contains { $0.account == Self.troubled && $0.call == .trigger })
    }

    @Test func `a result that is refused stays with the case`() throws {
        // The intent is made in the first seconds.
        let ending = Self.night { $0 > .seconds(2) ? Self.refused : nil }.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 9, .errored: 1])
        let end = try #require(ending.settlements[Self.troubled]?.first)
        #expect(end.cause == .rowRefused && end.found?.outcome == .recovered)
        #expect(ending.calls.count { $0.account == Self.troubled && $0.call == .trigger } == 1)
    }

    @Test(arguments: [0, 2, 20]) func `a row that is locked for a while is waited for`(from: Int) {
        let ending = Self.night { $0 >= .seconds(from) && $0 < .seconds(from + 60) ? Self.locked : nil }.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 10])
        #expect(ending.calls.count { $0.call == .trigger } == 10)
    }

    @Test func `a row that stays locked is put off after one window, and all others are settled at once`() throws {
        let ending = Self.night { $0 > .seconds(2) ? Self.locked : nil }.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 9, .deferred: 1])
        let end = try #require(ending.settlements[Self.troubled]?.first)
        #expect(end.cause == .rowLocked && end.found?.outcome == .recovered && end.detail.contains("pid 7"))
        let finished = try #require(ending.finishedAt)
        #expect(finished > .seconds(300) && finished < .seconds(330))
        // Growing pauses: the store is not asked all the time.
        #expect(ending.writeTrips < 120)
    }

    @Test func `a row that is locked from the beginning has no sync, and is put off`() throws {
        let ending = Self.night { _ in Self.locked }.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 9, .deferred: 1])
        #expect(!ending.calls.contains { $0.account == Self.troubled && $0.call == .trigger })
        #expect(ending.settlements[Self.troubled]?.first?.found == nil)
    }

    @Test(arguments: [true, false]) func `the end of the work is not kept waiting`(handsBack: Bool) throws {
        var night = Self.night { $0 > .seconds(2) ? Self.locked : nil }
        let reason = StopReason.interrupted(signal: 15)
        night.happenings = [(.seconds(60), handsBack ? .handBack(reason) : .stop(reason))]
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(try #require(ending.finishedAt) < .seconds(61))
        let end = try #require(ending.settlements[Self.troubled]?.first)
        #expect(end.cause == .rowLocked && end.found?.outcome == .recovered)
    }

    @Test(arguments: [Outcome.recovered, .reauthorisationRequired])
    func `what an earlier run found out is written without a call`(outcome: Outcome) {
        var claim = SchedulerNight.claim(Self.troubled, .waitingWithData)
        claim.found = KeptResult(outcome, cause: .dataFetched)
        let ending = SchedulerNight([claim]).play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [outcome: 1])
        #expect(ending.calls == [])
    }

    @Test func `and is kept for the next run if it is refused again`() throws {
        var claim = SchedulerNight.claim(Self.troubled, .waiting)
        claim.found = KeptResult(.recovered, cause: .dataFetched, clearsFlag: true)
        var night = Self.night { _ in Self.refused }
        night.claims = [claim]
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.calls == [])
        let end = try #require(ending.settlements[Self.troubled]?.first)
        #expect(end.outcome == .errored && end.found == claim.found)
    }

    @Test func `everybody locked is everybody waited for`() {
        var night = SchedulerNight(SchedulerNight.claims(40))
        night.rowFault = { _, at in at > .seconds(5) && at < .seconds(90) ? Self.locked : nil }
        let ending = night.play()
        #expect(ending.violations == [])
        #expect(ending.outcomes == [.recovered: 40])
    }
}
