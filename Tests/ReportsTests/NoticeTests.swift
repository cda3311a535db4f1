import Reconciliation
import Testing

@testable import Reports

/// Causes behind many cases are told on evidence, and not on a little less of it.
@Suite struct NoticeTests {
    @Test func `a night like any other has none`() {
        var night = run(cases(30, .recovered) + cases(30, .bankUnavailable))
        night.lastEventAt = night.finishedAt
        #expect(Notice.all(of: night) == [])
        #expect(Notice.all(of: run([])) == [])
    }

    // MARK: Webhooks

    static let shares: [(brought: Int, followed: Int, isTold: Bool)] = [
        (10, 0, true), (9, 0, false), (10, 1, true), (10, 2, false), (100, 19, true), (100, 20, false), (2, 0, false),
    ]

    @Test(arguments: shares)
    func `webhooks are lost if few syncs are followed by one`(brought: Int, followed: Int, isTold: Bool) {
        var night = run(cases(3, .deferred))
        night.lastEventAt = night.finishedAt
        night.closing = ClosingFacts()
        night.closing?.syncsThatBroughtData = brought
        night.closing?.syncsFollowedByEvent = followed
        let titles = Notice.all(of: night).map(\.title)
        #expect(titles == (isTold ? ["Webhooks do not reach us: check the address and secret at Mono"] : []))
    }

    static let silences: [(owed: Int, age: Int?, isTold: Bool)] = [
        (5, 86_400, true), (5, 86_399, false), (4, 900_000, false), (5, nil, true), (4, nil, false),
    ]

    @Test(arguments: silences)
    func `webhooks are lost if none came for a day although Mono has the data`(owed: Int, age: Int?, isTold: Bool) {
        for outcome in [Outcome.recovered, .alreadyAvailable] {
            var night = run(cases(owed, outcome) + cases(50, .reauthorisationRequired))
            for index in 0..<owed { night.cases[index].settledAt = night.finishedAt?.advanced(by: .seconds(-5)) }
            night.lastEventAt = age.flatMap { night.finishedAt?.advanced(by: .seconds(-$0)) }
            let notices = Notice.all(of: night)
            #expect(notices.count == (isTold ? 1 : 0))
            #expect(notices.allSatisfy { $0.title.hasPrefix("Webhooks do not reach us") })
        }
    }

    @Test func `a sync that brought data in the last moments may still get its webhook`() {
        var night = run(cases(5, .recovered))
        for index in 0..<5 { night.cases[index].settledAt = night.finishedAt?.advanced(by: .seconds(-5)) }
        #expect(Notice.all(of: night).count == 1)
        night.cases[4].settledAt = night.finishedAt?.advanced(by: .milliseconds(-4_999))
        #expect(Notice.all(of: night) == [])
    }

    @Test func `data that nobody asked Mono about proves nothing`() {
        let repeated = (0..<9).map { record("a\($0)", .alreadyAvailable, apiCalls: 0) }
        let requested = (0..<9).map { record("b\($0)", .alreadyAvailable, reason: .requested) }
        #expect(Notice.all(of: run(repeated + requested)) == [])
    }

    // MARK: Data Sync

    static let syncs: [(errors: Int, banks: Int, other: String?, api: APIGeneration, isTold: Bool)] = [
        (5, 2, nil, .dataSync, true), (4, 2, nil, .dataSync, false), (5, 1, nil, .dataSync, false),
        (5, 2, nil, .realtime, false), (90, 9, "succeeded", .dataSync, false), (90, 9, "started", .dataSync, false),
        (90, 9, "HTTP 429", .dataSync, true),
    ]

    @Test(arguments: syncs)
    func `Data Sync may be off if every answer at several banks is SYNC_ERROR`(
        errors: Int, banks: Int, other: String?, api: APIGeneration, isTold: Bool
    ) {
        var all = (0..<errors).map { number in
            var one = record("a\(number)", .bankUnavailable, institution: "bank \(number % banks)")
            one.steps = [Step(seconds: 1, name: .trigger, said: "SYNC_ERROR")]
            return one
        }
        if let other {
            var one = record("b", .errored, institution: "bank 0")
            one.steps = [Step(seconds: 1, name: .trigger, said: other)]
            all.append(one)
        }
        var night = run(all)
        night.api = api
        night.lastEventAt = night.finishedAt
        #expect(Notice.all(of: night).map(\.title) == (isTold ? ["Data Sync may not be activated"] : []))
    }

    @Test(arguments: [("started", false), ("succeeded", false), ("failed", true), ("in_doubt", true)])
    func `a sync that worked shows that Data Sync is on, also without its steps`(answer: String, isTold: Bool) {
        var night = silentDataSync()
        var one = record("b", .recovered, institution: "bank 0")
        one.syncAnswer = answer
        night.cases.append(one)
        #expect(Notice.all(of: night).count == (isTold ? 1 : 0))
    }

    @Test func `no bank is called down while Data Sync may be off`() {
        var night = silentDataSync()
        #expect(Notice.all(of: night).map(\.title) == ["Data Sync may not be activated"])
        #expect(Tally(night).banksDown.isEmpty)
        #expect(!Headline.text(of: night).contains("down"))
        night.cases[0].syncAnswer = "started"
        #expect(Tally(night).banksDown.count == 2)
    }

    private func silentDataSync() -> RunRecord {
        var night = run(
            (0..<6).map { number in
                var one = record("a\(number)", .bankUnavailable, institution: "bank \(number % 2)")
                one.syncIntendedAt = runStart
                one.settledAt = runStart.advanced(by: .seconds(1))
                one.steps = [Step(seconds: 1, name: .trigger, said: "SYNC_ERROR")]
                return one
            })
        night.api = .dataSync
        night.lastEventAt = night.finishedAt
        return night
    }

    // MARK: The others

    @Test(arguments: [(77, "refused"), (69, "reached"), (75, "later"), (130, "interrupted"), (143, "interrupted")])
    func `a run that was stopped says why, and what that left`(code: Int, word: String) throws {
        var night = run(cases(2, .deferred))
        night.exitCode = code
        night.stopDetail = "three answers in a row"
        let notice = try #require(Notice.all(of: night).first)
        #expect(notice.title.contains(word))
        #expect(notice.evidence.contains("2 accounts were put off."))
        #expect(notice.evidence.contains("three answers in a row") == [77, 69].contains(code))
        night.cases = []
        #expect(Notice.all(of: night).first?.evidence.contains("put off") == false)
    }

    @Test(arguments: [0, 1])
    func `a run that ended by itself was not stopped`(code: Int) {
        var night = run(cases(2, .deferred))
        night.exitCode = code
        #expect(Notice.all(of: night) == [])
    }

    @Test(arguments: [(10, 10, true), (9, 0, false), (10, 11, false)])
    func `many unknown accounts hint at the key`(unknown: Int, others: Int, isTold: Bool) {
        var night = run(cases(unknown, .accountNotFound) + cases(others, .partial))
        #expect(Notice.all(of: night).count == (isTold ? 1 : 0))
        night.exitCode = 77
        #expect(Notice.all(of: night).count == 1)
    }

    @Test(arguments: [(10, 10, 2, true), (9, 0, 2, false), (10, 11, 2, false), (10, 0, 1, false)])
    func `Mono is named if half of the syncs failed at several banks`(
        failed: Int, others: Int, banks: Int, isTold: Bool
    ) {
        let all = (0..<failed + others).map { number in
            var one = record(
                "a\(number)", number < failed ? .providerFailed : .partial, institution: "\(number % banks)")
            one.syncIntendedAt = runStart
            return one
        }
        #expect(Notice.all(of: run(all)).map(\.title) == (isTold ? ["Mono itself seems to be failing"] : []))
    }

    @Test func `a budget that was used up is told from the first account on`() {
        for cause in [Cause.budget, .budgetBeforeResult] {
            let night = run([record("a", .deferred, cause), record("b", .deferred, .keyRefused)])
            #expect(Notice.all(of: night).map(\.evidence) == ["1 account was put off for it."])
        }
    }

    @Test func `what waits for nobody, and for too long, is told to an engineer`() {
        func stuck(_ id: String, _ cause: Cause, days: Int) -> CaseRecord {
            var stuck = carried(id, nil, because: cause)
            stuck.stuckSince = runStart.advanced(by: .seconds(-86_400 * days))
            return stuck
        }
        let calm = [
            record("a", .stillProcessing, nights: 2), stuck("b", .budget, days: 2), stuck("c", .keyRefused, days: 9),
            carried("d", .partial, because: .budget, nights: 9),
        ]
        #expect(Notice.overdue(run(calm)) == nil)
        let late = [record("e", .stillProcessing, nights: 3), stuck("f", .syncInDoubt, days: 3)]
        let told = Notice.overdue(run(calm + late))
        #expect(
            told?.evidence == "Mono has been fetching 1 account for 3 nights or more. "
                + "1 account has been stuck for 3 days or more, and nothing was found out.")
        #expect(told?.advice.hasSuffix("explain e.") == true)
    }
}
