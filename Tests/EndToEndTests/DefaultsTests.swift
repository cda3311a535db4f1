import Foundation
import Postgres
import TestSupport
import Testing

/// Databases as their administrators have set them.
struct DefaultsTests {
    /// Defaults that change what statements mean, or how long they or their sessions live.
    private static let hostile = [
        "default_transaction_isolation = 'repeatable read'", "default_transaction_isolation = serializable",
        "search_path = public, pg_catalog", "datestyle = 'SQL, DMY'", "intervalstyle = sql_standard",
        "timezone = 'Asia/Kathmandu'", "extra_float_digits = -15", "array_nulls = off", "exit_on_error = on",
        "statement_timeout = 5000", "lock_timeout = 1",
        "idle_session_timeout = 5000", "standard_conforming_strings = off",
        "default_transaction_deferrable = on", "transform_null_equals = on", "synchronous_commit = off",
        "plpgsql.extra_errors = 'all'", "client_encoding = latin1", "quote_all_identifiers = on",
        "client_min_messages = debug5",
    ]

    private static func set(_ settings: [String], on stage: Stage) async throws {
        try await stage.sql.run { (session) throws(PostgresError) in
            for setting in settings { try session.script("alter database \(stage.database.name) set \(setting)") }
        }
    }

    @Test
    func `several workers share a night, whatever the database's defaults are`() async throws {
        let accounts = Sample.many(30, "stuck", "recovers")
        try await Stage.with(accounts) { stage in
            try await Self.set(Self.hostile, on: stage)
            let tools = try (0..<4).map { number in
                try stage.start(
                    Stage.quick, environment: ["MONO_RECONCILE_REPORT_DIR": "\(stage.folder)/worker-\(number)"])
            }
            for tool in tools {
                let ending = await tool.completion()
                #expect(ending.code == 0, "\(ending.errors)")
                // What the server tells whoever connects is nobody's mail.
                #expect(!ending.errors.contains("DEBUG"), "\(ending.errors)")
            }
            #expect(try await stage.runs().count == 1)
            #expect(try await stage.counts() == ["recovered": 30])
            #expect(try stage.sandbox.triggers().total == 30)
            for command in [
                ["status"], ["plan"], ["explain", "stuck-1"], ["find", "stuck"], ["prune", "--keep", "90d"],
            ] {
                let ending = try await stage.reconcile(command)
                #expect(ending.code == 0, "\(command): \(ending.errors)")
                #expect(!ending.errors.contains("DEBUG"), "\(command): \(ending.errors)")
            }
        }
    }

    @Test
    func `hidden rows are no night without work`() async throws {
        try await Stage.with([Sample("stuck", "recovers")]) { stage in
            try await stage.sql.run { (session) throws(PostgresError) in
                try session.script(
                    """
                    alter table mono.accounts enable row level security;
                    create policy nobody on mono.accounts using (false)
                    """)
            }
            for command in [["run"], ["plan"], ["status"], ["doctor", "--no-call"]] {
                let ending = try await stage.reconcile(command)
                #expect(ending.code == 78, "\(command): \(ending.everything)")
                let text = command[0] == "doctor" ? ending.output : ending.errors
                #expect(text.contains("accounts"), "\(text)")
                #expect(text.contains("bypassrls"), "\(text)")
            }
            #expect(try stage.sandbox.calls().kinds.total == 0)
            let doctor = try await stage.reconcile(["doctor", "--no-call"])
            #expect(doctor.output.contains("policies hide rows of mono.accounts from night"))
        }
    }

    @Test
    func `a database that was made read-only stays so, and that is said`() async throws {
        try await Stage.with([Sample("stuck", "recovers")]) { stage in
            try await Self.set(["default_transaction_read_only = on"], on: stage)
            let run = try await stage.reconcile()
            #expect(run.code == 69)
            #expect(run.errors.contains("default_transaction_read_only"))
            #expect(try await stage.reconcile(["status"]).code == 0)
            let doctor = try await stage.reconcile(["doctor", "--no-call"])
            #expect(doctor.code == 69)
            #expect(doctor.output.contains("default_transaction_read_only is on (set by: database)"))
        }
    }
}
