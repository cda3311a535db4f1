import Reconciliation
import Testing
import Text

@testable import Reports

@Suite struct AccountsCSVTests {
    static let header =
        "run_id,account_id,customer_ref,institution,reason,stuck_since,stuck_days,outcome,what_happened,next_step,owner,"
        + "data_status_before,data_status_after,sync_requested_at,settled_at,seconds_to_settle,polls,api_calls,"
        + "nights_in_a_row,next_attempt_at,data_request_id,reauth_link,cause,tried,standing_outcome,standing_since\r\n"

    @Test func `a run without cases is a header`() {
        #expect(text(AccountsCSV.bytes(of: run([]), profile: .plain)) == Self.header)
        #expect(text(AccountsCSV.bytes(of: run([]), profile: .excel)) == "\u{FEFF}" + Self.header)
    }

    @Test func `a full row has every column in order`() {
        let row =
            "42,acc_1,'007,GTBank,reauthorisation_required,2026-03-08T02:00:00Z,2,reauthorisation_required,"
            + "Mono can reach the account at GTBank only after the customer has logged in to the bank again "
            + "(needed since 8 Mar). Known since 9 Mar (2 nights).,"
            + "\"Send the customer the link in this row, and nobody else: with it they log in to the bank again "
            + "(re-authorise).\","
            + "customer,AVAILABLE,FAILED,2026-03-10T02:00:01Z,2026-03-10T02:00:13Z,12.3,3,5,2,2026-03-11T20:00:00Z,"
            + "'12345,https://link.mono.co/x,job_said_reauthorise,true,reauthorisation_required,2026-03-09T02:00:00Z\r\n"
        #expect(text(AccountsCSV.bytes(of: run([full]), profile: .excel)) == "\u{FEFF}" + Self.header + row)
        let plain = row.replacing("'007", with: "007").replacing("'12345", with: "12345")
        #expect(text(AccountsCSV.bytes(of: run([full]), profile: .plain)) == Self.header + plain)
    }

    @Test func `what is not known is an empty cell`() {
        let bytes = AccountsCSV.bytes(of: run([record("acc", .alreadyAvailable)]), profile: .plain)
        #expect(
            text(bytes)
                == Self.header + "42,acc,,,missing_update,,,already_available,"
                + "\"Mono had the data already; only its notice to us was lost. Nothing had to be fetched again.\","
                + "Nothing to do: the statement can be used.,nobody,,,,,,0,2,1,,,,,true,,\r\n")
    }

    @Test func `rows go by owner, most nights, longest stuck with unknown ones last, and account id by bytes`() {
        func stuck(_ hours: Int, _ record: CaseRecord) -> CaseRecord {
            var record = record
            record.stuckSince = runStart.advanced(by: .seconds(-3_600 * hours))
            return record
        }
        let expected = [
            record("z", .providerFailed, institution: "Zenith", nights: 9),
            carried("y", .reauthorisationRequired, because: .keyRefused, nights: 3),
            stuck(9, record("x", .partial, institution: "Zenith")),
            stuck(8, record("b", .partial, institution: "access")),
            record("B", .accountNotFound), record("a", .partial), record("ab", .partial, institution: "Access"),
            stuck(1, record("c", .errored, institution: "Zenith", nights: 2)), stuck(99, record("0", .errored)),
            record("d", .providerFailed, institution: "Zenith"),
            record("f", .incompleteStatement, nights: 4), record("e", .bankUnavailable),
            stuck(5, carried("g", nil, because: .budget)), record("f0", .recovered),
        ]
        let order = run(expected.reversed()).accountsInReportOrder
        #expect(order == expected.map(\.accountID))
        #expect(run(expected).accountsInReportOrder == order)
    }

    @Test(arguments: zip([-5, 0, 86_399, 86_400, 172_799, 172_800] as [Int64], [0, 0, 0, 1, 1, 2] as [Int64]))
    func `stuck days are whole days of 24 hours up to the run's start`(secondsBefore: Int64, days: Int64) {
        var stuck = record("a", .partial)
        stuck.stuckSince = runStart.advanced(by: .seconds(-secondsBefore))
        #expect(stuck.stuckDays(atStart: runStart) == days)
    }

    @Test func `a microsecond less than a day is no day`() {
        var stuck = record("a", .partial)
        stuck.stuckSince = runStart.advanced(by: .seconds(-86_400) + .microseconds(1))
        #expect(stuck.stuckDays(atStart: runStart) == 0)
        stuck.stuckSince = nil
        #expect(stuck.stuckDays(atStart: runStart) == nil)
    }

    @Test(arguments: zip([-1, 0, 99, 100, 12_399, 300_000], ["0.0", "0.0", "0.0", "0.1", "12.3", "300.0"]))
    func `seconds have one digit after the point`(milliseconds: Int, expected: String) {
        #expect(Duration.milliseconds(milliseconds).tenthsText == expected)
    }

    private var full: CaseRecord {
        var full = record(
            "acc_1", .reauthorisationRequired, institution: "GTBank", reason: .reauthorisationRequired, nights: 2,
            detail: "Mono said so by event", apiCalls: 5)
        full.customerRef = "007"
        full.stuckSince = runStart.advanced(by: .seconds(-2 * 86_400))
        full.dataStatusBefore = "AVAILABLE"
        full.dataStatusAfter = "FAILED"
        full.syncIntendedAt = runStart.advanced(by: .milliseconds(1_000))
        full.settledAt = runStart.advanced(by: .milliseconds(13_350))
        full.polls = 3
        full.nextAttemptAt = runStart.advanced(by: .seconds(42 * 3600))
        full.dataRequestID = "12345"
        full.cause = .jobSaidReauthorise
        full.standing = Standing(
            outcome: .reauthorisationRequired, cause: .jobSaidReauthorise,
            since: runStart.advanced(by: .seconds(-86_400)))
        full.reauthLink = "https://link.mono.co/x"
        return full
    }
}
