import Reconciliation
import Text

/// `accounts.csv`: the list that support staff work down, one row a case.
enum AccountsCSV {
    /// What is handed on at a time.
    private static let pieceBytes = 1 << 18

    /// The file's bytes, handed on in pieces as its rows are formed.
    static func write(
        _ run: RunRecord, profile: CSVProfile, to take: ([UInt8]) throws(ReportError) -> Void
    ) throws(ReportError) {
        var writer = CSVWriter(profile: profile)
        writer.row(columns.map { column in .own(column.name) })
        let facts = RunFacts(run)
        for place in run.placesInReportOrder {
            let record = run.cases[place]
            let row = Row(
                run: run, record: record, owner: facts.owner(of: record), sentences: Sentences(of: record, in: facts))
            writer.row(columns.map { column in column.cell(row) })
            if writer.bytes.count >= pieceBytes { try take(writer.takeBytes()) }
        }
        try take(writer.takeBytes())
    }

    private struct Row {
        let run: RunRecord
        let record: CaseRecord
        let owner: Owner
        let sentences: Sentences
    }

    private struct Column: Sendable {
        let name: String
        let cell: @Sendable (Row) -> CSVCell

        init(_ name: String, _ cell: @escaping @Sendable (Row) -> CSVCell) {
            self.name = name
            self.cell = cell
        }
    }

    /// The contract's columns in its order.
    ///
    /// Foreign text came through Mono, the business or a bank. A sentence is foreign, since it may quote such text.
    /// Our own numbers, times and words are never guarded.
    private static let columns: [Column] = [
        Column("run_id") { .own("\($0.run.runID)") },
        Column("account_id") { .foreign($0.record.accountID) },
        Column("customer_ref") { .foreign($0.record.customerRef ?? "") },
        Column("institution") { .foreign($0.record.institution ?? "") },
        Column("reason") { .own($0.record.reason.rawValue) },
        Column("stuck_since") { .own($0.record.stuckSince?.iso8601 ?? "") },
        Column("stuck_days") { row in
            row.record.stuckDays(atStart: row.run.startedAt).map { days in .own("\(days)") } ?? .empty
        },
        Column("outcome") { .own($0.record.outcome?.rawValue ?? "") },
        Column("what_happened") { .foreign($0.sentences.whatHappened) },
        Column("next_step") { .foreign($0.sentences.nextStep) },
        Column("owner") { .own($0.owner.rawValue) },
        Column("data_status_before") { .foreign($0.record.dataStatusBefore ?? "") },
        Column("data_status_after") { .foreign($0.record.dataStatusAfter ?? "") },
        Column("sync_requested_at") { .own($0.record.syncIntendedAt?.iso8601 ?? "") },
        Column("settled_at") { .own($0.record.settledAt?.iso8601 ?? "") },
        Column("seconds_to_settle") { secondsToSettle($0.record) },
        Column("polls") { .own("\($0.record.polls)") },
        Column("api_calls") { .own("\($0.record.apiCalls)") },
        Column("nights_in_a_row") { .own("\($0.record.nightsInARow)") },
        Column("next_attempt_at") { .own($0.record.nextAttemptAt?.iso8601 ?? "") },
        Column("data_request_id") { .foreign($0.record.dataRequestID ?? "") },
        Column("reauth_link") { .foreign($0.record.reauthLink ?? "") },
        Column("cause") { .own($0.record.cause?.rawValue ?? "") },
        Column("tried") { .own($0.record.isTried ? "true" : "false") },
        Column("standing_outcome") { .own($0.record.standing?.outcome.rawValue ?? "") },
        Column("standing_since") { .own($0.record.standing?.since.iso8601 ?? "") },
    ]

    private static func secondsToSettle(_ record: CaseRecord) -> CSVCell {
        guard let asked = record.syncIntendedAt, let settled = record.settledAt else { return .empty }
        return .own(settled.since(asked).tenthsText)
    }
}
