import Testing

@testable import Reconciliation

/// What a close makes of looks, and what people are shown of a bank.
struct BankLawTests {
    private static let job = LookKey(api: .realtime, kind: .job, institution: "Kuda")
    private static let details = LookKey(api: .realtime, kind: .details, institution: "Kuda")

    private static func run(_ kind: RunKind = .nightly, patience: Duration? = .seconds(60)) -> OpenRun {
        let rules = Rules(api: .realtime, window: .seconds(300), patience: patience)
        return OpenRun(
            runID: 7, kind: kind, startedAt: Timestamp(microseconds: 1_790_000_000_000_000),
            options: RunOptions(rules: rules, baseURL: "https://x"),
            age: .zero, isNew: true)
    }

    private static func tally(_ count: Int, from: Int = 50, to: Int? = 60) -> LookTally {
        var tally = LookTally()
        for _ in 0..<count { tally.add(LookCell(from: from, to: to)) }
        return tally
    }

    @Test func `of a bank's two kinds of look the one with more cases is shown; of equals the job`() {
        for (jobs, details, expected) in [(5, 4, LookKind.job), (4, 5, .details), (5, 5, .job)] {
            let looks = ClosingLooks(
                of: Self.run(), tonight: [Self.job: Self.tally(jobs), Self.details: Self.tally(details)], before: [:])
            #expect(looks.laws.map(\.kind) == [expected])
            #expect(looks.histories.count == 2)
        }
    }

    @Test func `nights are nightly runs with a case, and a run that looked at nothing saved nothing`() {
        var inspected = LookTally()
        inspected.inspections.add(isHit: true, isFirstNight: true)
        let before = [Self.job: LookHistory(tally: Self.tally(3), nights: 4)]
        let night = ClosingLooks(of: Self.run(), tonight: [Self.job: Self.tally(2)], before: before)
        #expect(night.histories[Self.job]?.nights == 5 && night.callsSaved == nil)
        let oneOff = ClosingLooks(of: Self.run(.oneOff), tonight: [Self.job: Self.tally(2)], before: before)
        #expect(oneOff.histories[Self.job]?.nights == 4 && oneOff.laws.count == 1)
        let idle = ClosingLooks(of: Self.run(), tonight: [Self.job: inspected], before: before)
        #expect(idle.histories[Self.job]?.nights == 4 && idle.laws.isEmpty)
        #expect(ClosingLooks(of: Self.run(), tonight: [Self.job: LookTally()], before: before).histories.isEmpty)
    }

    @Test func `calls saved are those of the plain schedule beyond those made, which may be fewer than none`() {
        for (looks, plain, saved) in [(3.0, 10.0, 7), (10, 3, -7), (4, 4, 0)] {
            var tally = Self.tally(3)
            (tally.looks, tally.plainLooks) = (looks, plain)
            #expect(ClosingLooks(of: Self.run(), tonight: [Self.job: tally], before: [:]).callsSaved == saved)
        }
    }

    @Test func `a law that is another one than before is said to have changed`() {
        let before = [Self.job: LookHistory(tally: Self.tally(100, from: 10, to: 20), nights: 3)]
        let same = ClosingLooks(of: Self.run(), tonight: [Self.job: Self.tally(60, from: 10, to: 20)], before: before)
        #expect(same.laws.map(\.hasShifted) == [false])
        let other = ClosingLooks(of: Self.run(), tonight: [Self.job: Self.tally(60, from: 70, to: 80)], before: before)
        #expect(other.laws.map(\.hasShifted) == [true])
    }

    @Test func `a curve rises to the window's end, and what is late is what it does not reach`() throws {
        let tally = Self.tally(90) + Self.tally(10, from: 93, to: nil)
        let law = try #require(ClosingLooks(of: Self.run(), tonight: [Self.job: tally], before: [:]).laws.first)
        #expect(law.curve.count <= 25 && law.curve.last?.seconds == 300)
        #expect(zip(law.curve, law.curve.dropFirst()).allSatisfy { $0.ended <= $1.ended && $0.seconds < $1.seconds })
        let reached = try #require(law.curve.last?.ended)
        #expect(abs(1 - reached - law.lateShare) < 0.002 && law.lateShare > 0.05 && law.lateShare < 0.2)
        #expect(law.looks.last == 300 && (law.mostEnd?.ended == 0.9 || law.mostEnd?.ended == 0.75))
        #expect(law.toldShare == nil && law.cases == 100)
    }

    @Test(
        arguments: [
            (["details PROCESSING", "intent committed"], false), (["details 503", "details AVAILABLE"], true),
            (["intent committed", "details AVAILABLE"], nil), (["job finished"], nil), ([], nil),
            (["resume started", "details AVAILABLE"], nil),
        ] as [([String], Bool?)])
    func `an inspection is the first look at the data before the intent`(steps: [String], expected: Bool?) {
        let all = steps.map { text in
            let words = text.split(separator: " ", maxSplits: 1).map(String.init)
            return Step(seconds: 1, name: StepName(words[0]), said: words[1])
        }
        #expect(LookSurvey.inspection(fromPastSteps: all) == expected)
    }

    @Test func `past runs are folded in their order, those asked for by hand without inspections`() {
        let steps = [
            Step(seconds: 0, name: .details, said: "AVAILABLE"),
            Step(seconds: 1, name: .trigger, said: .code(.started)),
            Step(seconds: 3, name: .job, said: JobStatus.finished.word),
        ]
        var past = PastLooks(api: .realtime)
        past.add(steps, bank: "Kuda", run: 2, .nightly, isRequested: false, isFirstNight: false)
        past.add(steps, bank: "Kuda", run: 1, .nightly, isRequested: false, isFirstNight: true)
        past.add(steps, bank: nil, run: 3, .oneOff, isRequested: true, isFirstNight: true)
        let known = past.histories
        #expect(known[Self.job]?.tally.cases ?? 0 > 1.9 && known[Self.job]?.nights == 2)
        #expect(known[Self.details]?.tally.inspections.laterHits == 1)
        #expect(known[Self.details]?.nights == 0)
        let unknownBank = LookKey(api: .realtime, kind: .job, institution: "")
        #expect(known[unknownBank]?.tally.cases == 1 && known[unknownBank]?.nights == 0)
        #expect(known.count == 3)
    }
}
