import Foundation
import Postgres
import Testing

extension Stage {
    /// A run as its row has it.
    struct RunRow: Equatable {
        var id: Int
        var isFinished: Bool
        var exitCode: Int?
        var calls: SandboxProcess.Kinds
        var notSelected: Int
    }

    /// All runs, oldest first.
    func runs() async throws -> [RunRow] {
        try await sql.run { (session) throws(PostgresError) in
            try session.query(
                """
                select run_id, finished_at is not null, exit_code, calls_details, calls_trigger, calls_job, calls_reauth,
                    not_selected
                from mono.reconciliation_runs order by run_id
                """
            ) { (row) throws(PostgresError) in
                RunRow(
                    id: try row.int(0), isFinished: try row.bool(1), exitCode: try row.optionalInt(2),
                    calls: SandboxProcess.Kinds(
                        details: try row.int(3), trigger: try row.int(4), job: try row.int(5), reauth: try row.int(6)),
                    notSelected: try row.int(7))
            }
        }
    }

    /// Outcomes by account of one run; "open" while there is none.
    func outcomes(ofRun run: Int = 1) async throws -> [String: String] {
        let pairs = try await sql.run { (session) throws(PostgresError) in
            try session.query(
                """
                select account_id, coalesce(outcome, 'open') from mono.reconciliation_cases where run_id = \(run)
                """
            ) { (row) throws(PostgresError) in (try row.string(0), try row.string(1)) }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// How many cases of a run have each outcome.
    func counts(ofRun run: Int = 1) async throws -> [String: Int] {
        try await outcomes(ofRun: run).values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Accounts that have their data and neither owe an event nor are flagged.
    func healthyAccounts() async throws -> Set<String> {
        let ids = try await sql.run { (session) throws(PostgresError) in
            try session.query(
                """
                select account_id from mono.accounts where data_available and awaiting_update_since is null
                    and reauthorisation_required_since is null and consecutive_failures = 0
                """
            ) { (row) throws(PostgresError) in try row.string(0) }
        }
        return Set(ids)
    }

    /// A digest of all rows of the schema with the transactions that wrote them.
    func fingerprint() async throws -> String {
        let digest: String? = try await sql.value(
            """
            select md5(concat(
                (select string_agg(concat(xmin, t), ';' order by account_id) from mono.accounts t),
                (select string_agg(concat(xmin, t), ';' order by event_key) from mono.webhook_events t),
                (select string_agg(concat(xmin, t), ';' order by run_id) from mono.reconciliation_runs t),
                (select string_agg(concat(xmin, t), ';' order by run_id, account_id) from mono.reconciliation_cases t),
                (select string_agg(concat(xmin, t), ';' order by worker) from mono.workers t),
                (select string_agg(concat(xmin, t), ';') from mono.rate t)))
            """)
        return try #require(digest)
    }

    /// The bytes of a file of a run's report.
    func report(_ file: String, ofRun run: Int = 1, in directory: String? = nil) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(directory ?? reports)/run-\(run)/\(file)"))
    }

    /// Makes the database refuse the account `cursed`, with the words "no such customer".
    func refuseCursedAccount() async throws {
        try await sql.run { (session) throws(PostgresError) in
            try session.script(
                """
                create function refuse() returns trigger language plpgsql as
                    $$ begin raise exception 'no such customer'; end $$;
                create trigger refuse before insert on mono.accounts for each row
                    when (new.account_id = 'cursed') execute function refuse();
                """)
        }
    }

    /// Waits until something is so; fails after a minute, which no machine under test needs.
    func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !isSo() {
            try #require(ContinuousClock.now < deadline, "\(what): not within a minute")
            // Long enough to leave the programs under test their processor.
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
