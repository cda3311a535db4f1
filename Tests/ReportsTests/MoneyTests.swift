import Reconciliation
import Testing

@testable import Reports

/// What a night cost, and what it did not, wherever people and programs read it.
@Suite struct MoneyTests {
    private func night(prices: String? = "details=100,trigger=10,job=0.5,reauth=5", saved: Int? = 1_234) throws
        -> RunRecord
    {
        var night = run(cases(2, .recovered))
        (night.calls.details, night.calls.trigger, night.calls.job) = (1_000, 200, 3)
        night.api = .realtime
        night.prices = try prices.map { text throws(Prices.Malformed) in try Prices(text) }
        night.closing = ClosingFacts()
        night.closing?.callsSaved = saved
        return night
    }

    @Test(arguments: [
        (0, "0 NGN"), (5, "0.05 NGN"), (100, "1 NGN"), (1_250, "12.50 NGN"), (11_380_000, "113,800 NGN"),
        (123_456_789, "1,234,567.89 NGN"),
    ])
    func `an amount reads well`(hundredths: Int, text: String) {
        #expect(Money(hundredths: hundredths).text(in: .naira) == text)
    }

    @Test func `the summary has the cost by kind, exactly`() throws {
        let summary = text(SummaryJSON.bytes(of: try night()))
        #expect(
            summary.contains(
                """
                  "cost": {
                    "details": 100000,
                    "trigger": 2000,
                    "job": 1.50,
                    "reauth": 0,
                    "total": 102001.50,
                    "currency": "NGN"
                  },
                  "calls_saved": 1234,

                """))
        let unknown = text(SummaryJSON.bytes(of: try night(prices: nil, saved: nil)))
        #expect(unknown.contains("  \"cost\": null,\n  \"calls_saved\": null,\n"))
    }

    @Test func `the table of a night tells the cost, and what was saved`() throws {
        let table = SummaryTable.text(of: try night())
        #expect(table.contains("\nAPI calls  1203: 1000 details, 200 trigger, 3 job, 0 reauth; 1,234 saved\n"))
        #expect(table.contains("\nCost       102,001.50 NGN; 617 NGN saved\n"))
        #expect(!SummaryTable.text(of: try night(prices: nil, saved: nil)).contains("Cost"))
    }

    @Test func `a look of data-sync that was saved is one at the details`() throws {
        var night = try night()
        night.api = .dataSync
        #expect(SummaryTable.text(of: night).contains("; 123,400 NGN saved\n"))
    }

    @Test(
        arguments: [
            (
                true, 1_234,
                "This run cost 102,001.50 NGN for 1,203 requests to Mono; asking at the right times saved 1,234 requests (617 NGN)"
            ),
            (true, nil, "This run cost 102,001.50 NGN for 1,203 requests to Mono"),
            (true, 0, "This run cost 102,001.50 NGN for 1,203 requests to Mono"),
            (true, -7, "This run cost 102,001.50 NGN for 1,203 requests to Mono"),
            (false, 1, "1,203 requests to Mono; asking at the right times saved 1 request"),
            (false, nil, nil),
        ] as [(Bool, Int?, String?)])
    func `the page has one quiet line of it`(hasPrices: Bool, saved: Int?, line: String?) throws {
        var night = try night(saved: saved)
        if !hasPrices { night.prices = nil }
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.problems == [])
        let lines = page.all("p").filter { $0.attributes["class"] == "facts" }.map(\.text)
        #expect(Array(lines.dropFirst()) == (line.map { [$0] } ?? []))
    }

    @Test func `the index reads it from the summaries, to the cent`() throws {
        let priced = try #require(RunSummary(SummaryJSON.bytes(of: try night())))
        #expect(priced.cost == "102,001.50 NGN")
        #expect(priced.callsSaved == 1_234)
        let other = try #require(RunSummary(SummaryJSON.bytes(of: try night(prices: nil, saved: -3))))
        #expect(other.cost == nil && other.callsSaved == -3)
        let contents = IndexFile.Contents(runs: [priced, other])
        let page = HTMLReader(IndexPage.markup(of: contents).bytes)
        #expect(page.problems == [])
        let cells = page.all("td").map(\.text).filter { $0.hasPrefix("1,203") }
        #expect(cells == ["1,203102,001.50 NGN1,234 saved", "1,203"])
        #expect(page.text.contains("below: what they cost"))
        #expect(!HTMLReader(IndexPage.markup(of: IndexFile.Contents(runs: [other])).bytes).text.contains("below:"))
    }

    @Test(arguments: [
        ("\"total\": 102001.50", "\"total\": -1"), ("\"total\": 102001.50", "\"total\": 1.234"),
        ("\"total\": 102001.50", "\"total\": 1e30"), ("\"NGN\"", "\"<b>\""),
        ("\"calls_saved\": 1234", "\"calls_saved\": 1e30"),
    ])
    func `an amount that no summary of ours has is refused`(from: String, to: String) throws {
        let good = text(SummaryJSON.bytes(of: try night()))
        #expect(good.contains(from))
        #expect(RunSummary(Array(good.replacing(from, with: to).utf8)) == nil)
    }

    @Test func `the metrics have it too, and lose it with the prices`() throws {
        func lines(_ run: RunRecord, after old: [UInt8] = []) -> [UInt8] {
            RunMetrics(endedAt: runStart, duration: .seconds(1), exitCode: 0, version: "1", run: run).bytes(after: old)
        }
        let first = lines(try night())
        for line in [
            #"mono_reconcile_cost{kind="details",currency="NGN"} 100000"#,
            #"mono_reconcile_cost{kind="job",currency="NGN"} 1.50"#, "mono_reconcile_calls_saved 1234",
        ] { #expect(text(first).split(separator: "\n").contains(Substring(line))) }
        let second = text(lines(try night(prices: nil, saved: nil), after: first))
        #expect(!second.contains("mono_reconcile_cost") && !second.contains("calls_saved"))
    }
}
