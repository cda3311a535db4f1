import Testing

@testable import Reconciliation

/// What a worker makes of the facts that it knows of a bank.
@Suite struct LookBookTests {
    private static let accounts = (0..<300).compactMap { AccountID("acct-\($0)") }
    private let details = LookKey(api: .realtime, kind: .details, institution: "Kuda")

    private func run(patience: Duration? = .seconds(60), prices: Prices? = nil) -> OpenRun {
        var options = RunOptions.test
        options.rules.patience = patience
        options.prices = prices
        return .test(options: options)
    }

    /// A bank of which so many syncs were seen to end between eight and ten seconds.
    private func known(_ cases: Int, told: Double = 0, misses: Double = 0) -> LookMemory {
        var tally = LookTally()
        if let cell = LookCell(processingAt: .seconds(8), endedAt: .seconds(10)) { tally.cells[cell] = Double(cases) }
        tally.told = told
        tally.untold = Double(cases) - told
        tally.inspections.laterMisses = misses
        return LookMemory(history: [details: tally])
    }

    /// An account that the survey does not draw.
    private func account(in run: OpenRun) throws -> AccountID {
        try #require(Self.accounts.first { !LookSurvey.isSurveyed(account: $0, run: run.runID) })
    }

    private func advice(_ book: inout LookBook, _ run: OpenRun, isScout: Bool = false) throws -> LookAdvice {
        book.advice(for: try account(in: run), of: "Kuda", isScout: isScout)
    }

    @Test func `a bank that is known is looked at patiently, but for its scouts and the survey`() throws {
        let run = run()
        var book = LookBook(run: run, memory: known(100))
        let patient = try advice(&book, run)
        let scout = try advice(&book, run, isScout: true)
        #expect(patient.detailsPlan != scout.detailsPlan)
        let surveyed = try #require(Self.accounts.first { LookSurvey.isSurveyed(account: $0, run: run.runID) })
        #expect(book.advice(for: surveyed, of: "Kuda", isScout: false) == scout)
    }

    @Test func `the first dozen syncs of a bank belong to the survey, those seen since the last heartbeat too`() throws
    {
        let run = run()
        var book = LookBook(run: run, memory: known(11))
        let hasty = try advice(&book, run, isScout: true)
        let before = try advice(&book, run)
        let cell = try #require(LookCell(processingAt: .seconds(8), endedAt: .seconds(10)))
        book.note(LookSample(kind: .details, bank: "Kuda", cell: cell, looks: 1, plainLooks: 4))
        let after = try advice(&book, run)
        #expect(before == hasty && after != hasty)
    }

    @Test func `a bank has a result once another worker has seen an end, not while its syncs are at work`() throws {
        for (cell, banks) in [
            (LookCell(processingAt: .seconds(8), endedAt: nil), []),
            (LookCell(processingAt: .seconds(8), endedAt: .seconds(10)), ["Kuda"]),
        ] {
            var tally = LookTally()
            tally.add(try #require(cell))
            #expect(LookBook(run: run(), memory: LookMemory(tonight: [details: tally])).banksWithResult == banks)
        }
    }

    @Test func `where events tell at least half, a success waits for its event`() throws {
        let run = run()
        for (told, expects) in [(0.0, false), (49, false), (50, true), (100, true)] {
            var book = LookBook(run: run, memory: known(100, told: told))
            #expect(try advice(&book, run).expectsEvent == expects, "\(told)")
        }
    }

    @Test func `a plain schedule learns nothing and plans nothing`() throws {
        let run = run(patience: nil)
        var book = LookBook(run: run, memory: known(100, told: 100))
        let cell = try #require(LookCell(processingAt: .seconds(8), endedAt: .seconds(10)))
        book.note(LookSample(kind: .details, bank: "Kuda", cell: cell, looks: 1, plainLooks: 4))
        #expect(book.totals(with: []) == [:])
        let advice = try advice(&book, run)
        #expect(advice.plan == nil && advice.detailsPlan == nil && !advice.expectsEvent && advice.prefersDetails)
    }

    @Test(arguments: [("details=100,trigger=10,job=0,reauth=5", false), ("details=4,trigger=1,job=1,reauth=1", false)])
    func `the job is looked at where it costs no more than a quarter of the details`(
        prices: String, prefersDetails: Bool
    ) throws {
        let run = run(prices: try Prices(prices))
        var book = LookBook(run: run, memory: known(100))
        #expect(try advice(&book, run).prefersDetails == prefersDetails)
    }

    @Test func `an inspection is left out where the data is never there and the job costs nothing`() throws {
        let free = try Prices("details=100,trigger=10,job=0,reauth=5")
        for (prices, misses, skips) in [(free, 200.0, true), (free, 0, false), (nil, 200, false)] {
            let run = run(prices: prices)
            var book = LookBook(run: run, memory: known(100, misses: misses))
            var claim = SchedulerNight.claim(try account(in: run), .waiting)
            (claim.institution, claim.wasTried) = ("Kuda", true)
            let isSkipped = book.skipsInspection(claim)
            #expect(isSkipped == skips, "\(misses)")
            claim.accountID = try #require(Self.accounts.first { LookSurvey.isSurveyed(account: $0, run: run.runID) })
            let isSurveySkipped = book.skipsInspection(claim)
            #expect(!isSurveySkipped)
        }
    }

    @Test func `what other workers saw counts like our own`() throws {
        let run = run()
        let elsewhere = LookMemory(tonight: known(100).history)
        var book = LookBook(run: run, memory: elsewhere)
        #expect(book.banksWithResult == ["Kuda"])
        #expect(try advice(&book, run) != advice(&book, run, isScout: true))
        #expect(book.totals(with: []) == [:])
    }
}
