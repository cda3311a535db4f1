import Reconciliation
import Testing

@testable import Ledger
@testable import MonoReconcile

/// The screen of `status`.
struct StatusTextTests {
    private static let now = Timestamp(microseconds: 1_773_108_000_000_000)

    private static func status(_ change: (inout LedgerStatus) throws -> Void) rethrows -> LedgerStatus {
        var status = LedgerStatus(
            now: now, stuck: LedgerStatus.Count(512), flagged: LedgerStatus.Count(100_001),
            awaiting: LedgerStatus.Count(0), known: KnownAccounts(number: 612, isExact: true),
            eventsOfTheDay: LedgerStatus.Count(7))
        status.newestNightlyEnd = ago(3_600)
        try change(&status)
        return status
    }

    private static func ago(_ seconds: Int) -> Timestamp { now.advanced(by: .seconds(-seconds)) }

    private static func run(_ id: Int64, began: Int, ended: Int?, _ outcomes: [Outcome: Int]) -> LedgerStatus.Run {
        LedgerStatus.Run(
            runID: id, kind: .nightly, startedAt: ago(began), finishedAt: ended.map(ago),
            exitCode: ended.map { _ in 1 },
            calls: CallCounts(), notSelected: 0, outcomes: outcomes,
            cases: LedgerStatus.Count(outcomes.values.reduce(0, +)))
    }

    @Test func `a healthy status asks for no attention and fits the screen`() throws {
        let status = try Self.status { status in
            status.oldestStuck = OldestStuck(
                accountID: try #require(AccountID("a1")), customerRef: "LOAN-7", since: Self.ago(21 * 86_400))
            status.lastEvent = LedgerStatus.LastEvent(
                receivedAt: Self.ago(180), name: "mono.events.account_updated", effect: "applied")
            status.workList = WorkList(
                owners: [.customer: 61, .bank: 14], lastNight: 12,
                notTried: [WorkList.NotTried(cause: .limit, count: 3)])
            status.runs = [
                Self.run(12, began: 5_000, ended: 3_600, [.recovered: 412, .partial: 2, .reauthorisationRequired: 61])
            ]
        }
        #expect(StatusText.attention(status).isEmpty)
        #expect(
            StatusText.text(status, zone: .lagos) == """
                Open run    none
                Workers     none
                Accounts    612 known
                Backlog     512 stuck, more than 100000 flagged, 0 awaiting; the oldest for 21 d: LOAN-7 (a1)
                Who acts    61 customer, 14 bank
                Not tried   in run 12: 3 left out by --limit
                Last event  3 min ago: account_updated, applied; 7 in 24 h

                run    kind     started               took       code  calls   cases   back    not back
                12     nightly  2026-03-10 01:36:40   23 min     1     0       475     412     \
                61 reauthorisation_required, 2 other
                """)
    }

    @Test func `what runs cost is told where it is known`() throws {
        let prices = try Prices(Prices.example)
        let status = Self.status { status in
            status.runs = [
                Self.run(13, began: 600, ended: nil, [:]), Self.run(12, began: 5_000, ended: 3_600, [.recovered: 9]),
                Self.run(11, began: 90_000, ended: 89_000, [.recovered: 8]),
            ]
            for place in 0...1 {
                status.runs[place].calls.details = 1_138
                status.runs[place].prices = prices
            }
            status.runs[1].callsSaved = 512
        }
        let screen = StatusText.text(status, zone: .lagos)
        #expect(screen.contains("0 of 0 settled, 1138 calls, 113,800 NGN\n"))
        #expect(screen.contains(" code  calls   saved   cost          cases   back    not back\n"))
        #expect(screen.contains(" 1     1138    512     113,800 NGN   9       9       none\n"))
        #expect(screen.contains(" 1     0       -       -             8       8       none"))
        let json = StatusJSON.text(status)
        #expect(json.contains("\"total\": 113800,\n"))
        #expect(json.contains("\"calls_saved\": 512,\n") && json.contains("\"cost\": null,\n"))
    }

    @Test func `what was foretold of a run stands beside what it took`() {
        let status = Self.status { status in
            status.runs = [
                Self.run(13, began: 600, ended: nil, [:]), Self.run(12, began: 5_000, ended: 3_600, [.recovered: 9]),
                Self.run(11, began: 90_000, ended: 89_000, [.recovered: 8]),
                Self.run(10, began: 180_000, ended: 179_000, [.recovered: 7]),
            ]
            let foretold = LedgerStatus.Foretold(
                calls: Estimate(expected: 1_000, low: 900, high: 1_105), duration: .seconds(600))
            for place in 0...2 { status.runs[place].foretold = foretold }
            (status.runs[1].calls.job, status.runs[2].calls.job) = (1_081, 946)
        }
        let screen = StatusText.text(status, zone: .lagos)
        #expect(screen.contains(" code  calls   forecast      cases   back    not back\n"))
        #expect(screen.contains(" 1     1081    1000 (+8 %)   9       9       none\n"))
        #expect(screen.contains(" 1     946     1000 (-5 %)   8       8       none\n"))
        #expect(screen.contains(" 1     0       -             7       7       none"))
        let json = StatusJSON.text(status)
        #expect(json.contains("\"calls_low\": 900,") && json.contains("\"duration_seconds\": 600"))
        #expect(json.contains("\"forecast_error_percent\": 8\n") && json.contains("\"forecast\": null,\n"))
        // The open run has a forecast, and nothing yet to hold it against.
        #expect(json.contains("\"forecast_error_percent\": null\n"))
    }

    @Test func `an open run shows how far it is, and who works on it`() {
        let status = Self.status { status in
            var run = Self.run(13, began: 600, ended: nil, [.recovered: 3])
            run.cases = LedgerStatus.Count(10)
            status.runs = [run]
            status.workers = [
                LedgerStatus.LiveWorker(
                    name: "w", runID: 13, host: "night-1", pid: 42, startedAt: Self.ago(60), calls: 9)
            ]
        }
        #expect(StatusText.attention(status).isEmpty)
        #expect(
            StatusText.text(status, zone: .lagos).contains(
                "Open run    13 (nightly) for 10 min: 3 of 10 settled, 0 calls"))
        #expect(
            StatusText.text(status, zone: .lagos).contains("Workers     night-1, process 42, run 13, for 60 s, 9 calls")
        )
    }

    @Test func `what wants attention comes first, with what to do`() {
        let forsaken = Self.status { $0.runs = [Self.run(13, began: 7_200, ended: nil, [:])] }
        #expect(StatusText.text(forsaken, zone: .lagos).hasPrefix("! No process works on run 13, open for 2 h 0 min: "))
        let silent = Self.status { status in
            status.newestNightlyEnd = Self.ago(26 * 3_600 + 1)
            status.lastEvent = LedgerStatus.LastEvent(receivedAt: Self.ago(86_401), name: nil, effect: "ignored")
        }
        #expect(
            StatusText.attention(silent).map { $0.prefix(24) } == [
                "No nightly run has ended", "No webhook for 24 h 0 mi",
            ])
        let fresh = Self.status { $0.newestNightlyEnd = nil }
        #expect(StatusText.attention(fresh) == ["No nightly run has ended yet"])
        let punctual = Self.status { status in
            status.newestNightlyEnd = Self.ago(26 * 3_600)
            status.lastEvent = LedgerStatus.LastEvent(receivedAt: Self.ago(86_400), name: nil, effect: "ignored")
        }
        #expect(StatusText.attention(punctual).isEmpty)
    }

    @Test(
        arguments: [
            (-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h 0 min"),
            (172_799, "47 h 59 min"), (172_800, "2 d"),
        ])
    func `an age is as coarse as it is long`(seconds: Int, text: String) {
        #expect(StatusText.age(.seconds(seconds)) == text)
    }
}
