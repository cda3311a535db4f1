import Foundation
import Postgres
import Testing

/// A time that no calendar of ours holds, in one row of `mono.accounts`: that is one account's error and nobody else's.
struct ImpossibleTimeTests {
    private static let columns = [
        "awaiting_update_since", "reauthorisation_required_since", "last_sync_requested_at", "last_tried_at",
        "connected_at", "last_event_time", "retry_after",
    ]

    /// Beside `well`, which recovers: `column-n` has the value number `n` in that column.
    private static func accounts(_ values: [String]) -> [Sample] {
        columns.flatMap { column in values.indices.map { Sample("\(column)-\($0)", "recovers") } }
            + [Sample("well", "recovers")]
    }

    @Test(arguments: [["infinity", "-infinity"], ["294276-12-31 23:59:59Z", "0001-01-01 00:00:00Z"]])
    func `a row that has one anyway is one account's error, without a call`(values: [String]) async throws {
        try await Stage.with(Self.accounts(values)) { stage in
            try await stage.dropTimeChecks()
            for column in Self.columns {
                for (index, value) in values.enumerated() {
                    try await stage.sql.execute(
                        """
                        update mono.accounts set \(identifier: column) = \(value)::timestamptz
                        where account_id = \("\(column)-\(index)")
                        """)
                }
            }
            for command in [["plan"], ["plan", "--json"], ["status"], ["status", "--json"]] {
                let ending = try await stage.reconcile(command)
                #expect(ending.code == 0, "\(command): \(ending.errors)")
            }
            let night = try await stage.reconcile(Stage.quick)
            #expect(night.code == 1, "\(night.errors)")
            let outcomes = try await stage.outcomes()
            for account in Self.accounts(values).map(\.id) {
                // What no decision rests on is no error.
                let isRead = ["awaiting", "reauthorisation", "last_sync"].contains { account.hasPrefix($0) }
                #expect(outcomes[account] == (isRead ? "errored" : "recovered"), "\(account)")
                let calls: Int? = try await stage.sql.value(
                    "select api_calls from mono.reconciliation_cases where account_id = \(account)")
                #expect((calls == 0) == isRead, "\(account)")
                let explained = try await stage.reconcile(["explain", account])
                #expect(explained.code == 0, "\(account): \(explained.errors)")
            }
            let causes = try await stage.sql.run { (session) throws(PostgresError) -> [String?] in
                try session.query("select distinct cause from mono.reconciliation_cases where outcome = 'errored'") {
                    (row) throws(PostgresError) in try row["cause"]
                }
            }
            #expect(causes == ["unreadable_account"])
            for command in [["report"], ["status"]] {
                let ending = try await stage.reconcile(command)
                #expect(ending.code == 0, "\(command): \(ending.errors)")
            }
            // Neither does it end the next night, or a run of that account.
            #expect(try await stage.reconcile(Stage.quick).code == 1)
            let oneOff = try await stage.reconcile(Stage.quick + ["--account", "awaiting_update_since-0"])
            #expect(oneOff.code == 1, "\(oneOff.errors)")
        }
    }

    @Test func `more failures than a number holds end nothing`() async throws {
        try await Stage.with([Sample("gone", "gone"), Sample("well", "recovers")]) { stage in
            try await stage.sql.execute(
                "update mono.accounts set consecutive_failures = 2147483647 where account_id = 'gone'")
            let night = try await stage.reconcile(Stage.quick)
            #expect(night.code == 0, "\(night.errors)")
            #expect(try await stage.outcomes() == ["gone": "account_not_found", "well": "recovered"])
        }
    }
}

extension Stage {
    /// As a table that was adopted before the checks were made.
    func dropTimeChecks() async throws {
        try await sql.run { (session) throws(PostgresError) in
            try session.script(
                """
                do $$
                declare name text;
                begin
                    for name in select conname from pg_constraint
                        where conrelid = 'mono.accounts'::regclass and conname like '%from_1970_to_9999'
                    loop
                        execute format('alter table mono.accounts drop constraint %I', name);
                    end loop;
                end
                $$
                """)
        }
    }
}
