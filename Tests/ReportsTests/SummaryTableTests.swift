import Reconciliation
import Testing

@testable import Reports

@Suite struct SummaryTableTests {
    @Test func `the table of a night`() {
        var night = run(
            cases(10, .recovered, institution: "GTBank") + cases(2, .providerFailed, institution: "Zenith")
                + [record("x", .providerFailed, institution: "Zenith", nights: 2)]
                + cases(3, .bankUnavailable, institution: "GTBank"))
        night.calls.details = 20
        night.calls.trigger = 16
        night.workers = 2
        #expect(
            SummaryTable.text(of: night, reportFolder: "./reports/run-42") == """
                10 of 16 accounts are back; GTBank: 3 accounts wait for the bank; Mono failed on 3 accounts.

                Accounts  Outcome           Who acts next
                       1  provider_failed   customer
                       2  provider_failed   mono
                       3  bank_unavailable  bank
                      10  recovered         nobody

                Unresolved  Of  Bank    Mostly
                         3  13  GTBank  bank_unavailable
                         3   3  Zenith  provider_failed

                Run        42, nightly, started 10 Mar 03:00 (Africa/Lagos), took 5 min 12 s, 2 workers
                API calls  36: 20 details, 16 trigger, 0 job, 0 reauth
                Report     ./reports/run-42

                """)
    }

    @Test func `a night that was cut short says what was known, what was not tried and what was left out`() {
        var night = run(
            [
                carried("a", .partial, because: .budget, institution: "GTBank"),
                carried("b", .reauthorisationRequired, because: .tooSoon, institution: "GTBank"),
                carried("c", .reauthorisationRequired, because: .budget, institution: "GTBank"),
            ] + cases(1, .recovered))
        night.notSelected = 9
        night.closing = ClosingFacts()
        night.closing?.oldestStuckSince = runStart.advanced(by: .seconds(-864_000))
        let text = SummaryTable.text(of: night)
        for line in [
            "       1  partial                  customer", "       2  reauthorisation_required  customer",
            "         3   3  GTBank  reauthorisation_required", "Not tried  3: 1 too_soon, 2 budget",
            "Left out   9 accounts were left out by the limit (the oldest of all has been stuck for 10 days)",
        ] { #expect(text.split(separator: "\n").contains { $0.split(separator: " ") == line.split(separator: " ") }) }
    }

    @Test func `an idle night is short`() {
        #expect(
            SummaryTable.text(of: run([])) == """
                Nothing is stuck.

                Run        42, nightly, started 10 Mar 03:00 (Africa/Lagos), took 5 min 12 s, 1 worker
                API calls  0: 0 details, 0 trigger, 0 job, 0 reauth

                """)
    }

    @Test func `no line is longer than 100 columns, and no bank can act on the terminal`() {
        let name = "\u{1B}[2J" + String(repeating: "Very Long Name ", count: 20)
        var all = Outcome.allCases.flatMap { cases(12_345, $0, institution: name) }
        all += (10...40).map { record("b\($0)", .bankUnavailable, institution: "Bank \($0)") }
        var night = run(all)
        night.notSelected = 1_000_000
        night.calls.details = 10_000_000
        let lines = SummaryTable.text(of: night, reportFolder: "reports/run-42").split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(lines.allSatisfy { !$0.contains("\u{1B}") && !$0.hasSuffix(" ") })
        #expect(lines.contains("and 22 more banks"))
    }

    @Test(
        arguments: zip(
            [0, 9_999, 10_000, 59_999, 60_000, 3_599_000, 3_600_000, 7_380_000],
            [
                "0.0 s", "9.9 s", "10 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 00 min", "2 h 03 min",
            ]))
    func `durations read well`(milliseconds: Int, expected: String) {
        #expect(Duration.milliseconds(milliseconds).spokenText == expected)
    }
}
