import Foundation
import Postgres
import TestSupport
import Testing

/// `doctor`, with each problem that a loopback allows provoked for real.
struct DoctorTests {
    /// A check as `--json` tells it.
    private struct Check: Decodable {
        var check: String
        var verdict: String
        var said: String
        var mend: String?
    }

    private struct Diagnosis: Decodable {
        var exitCode: Int32
        var checks: [Check]

        private enum CodingKeys: String, CodingKey {
            case exitCode = "exit_code"
            case checks
        }

        subscript(_ name: String) -> Check? { checks.first { $0.check == name } }
        var problems: [String] { checks.filter { $0.verdict == "problem" }.map(\.check) }
    }

    /// Where nothing is installed, so that the machine's own files do not count.
    private func examine(
        _ stage: Stage, _ options: [String] = [], _ variables: [String: String] = [:]
    ) async throws -> Diagnosis {
        var arguments = ["doctor", "--json"] + options
        if !options.contains("--schedule") {
            try Data("15 2 * * * x mono-reconcile run\n".utf8).write(to: URL(filePath: "\(stage.folder)/crontab"))
            arguments += ["--schedule", "\(stage.folder)/crontab"]
        }
        if !options.contains("--environment-file") {
            try secret("\(stage.folder)/environment", mode: 0o640)
            arguments += ["--environment-file", "\(stage.folder)/environment"]
        }
        let ending = try await stage.reconcile(arguments, environment: variables)
        let diagnosis = try JSONDecoder().decode(Diagnosis.self, from: Data(ending.output.utf8))
        #expect(ending.code == diagnosis.exitCode)
        #expect(ending.complaints.count == (ending.code == 0 ? 0 : 1))
        for name in diagnosis.problems { #expect(ending.errors.contains(name)) }
        for check in diagnosis.checks where check.verdict == "problem" { #expect(check.mend?.isEmpty == false) }
        return diagnosis
    }

    private func secret(_ path: String, mode: Int, _ text: String = "x") throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private static let all = [
        "settings", "environment_file", "webhook_secret", "database", "database_tls", "pooling", "session",
        "row_security", "schema", "grants", "clock", "time_zone", "slot_time", "hold_time", "lease_time", "sync_time",
        "accounts", "limit", "mono_key",
        "report_directory", "schedule", "mailer",
    ]

    @Test
    func `a healthy installation has no problem, is asked one call, and nothing is changed`() async throws {
        try await Stage.with([.healthy("healthy")]) { stage in
            let before = try await stage.fingerprint()
            let diagnosis = try await examine(stage)
            #expect(diagnosis.problems == [])
            #expect(diagnosis.exitCode == 0)
            #expect(diagnosis.checks.map(\.check) == Self.all)
            #expect(diagnosis["webhook_secret"]?.verdict == "hint")
            #expect(try stage.sandbox.calls().total == 1)
            let silent = try await examine(
                stage, ["--no-call"],
                ["MONO_WEBHOOK_SECRET": "wh", "MONO_RECONCILE_PING_URL": "https://hc.example.com/x"])
            #expect(silent.checks.allSatisfy { $0.verdict == "ok" })
            #expect(try stage.sandbox.calls().total == 1)
            #expect(try await stage.fingerprint() == before)
            #expect(!FileManager.default.fileExists(atPath: stage.reports))
        }
    }

    @Test
    func `without a database the rest is still checked`() async throws {
        try await Stage.with([]) { stage in
            let nowhere = "host=127.0.0.1 port=\(try freeLoopbackPort()) user=nobody dbname=nothing"
            let diagnosis = try await examine(stage, [], ["DATABASE_URL": nowhere])
            #expect(diagnosis.exitCode == 69)
            #expect(diagnosis.problems == ["database"])
            #expect(diagnosis.checks.map(\.check) == Self.all)
            let unchecked = diagnosis.checks.filter { $0.verdict == "not_checked" }.map(\.check)
            let times = ["time_zone", "slot_time", "hold_time", "lease_time", "sync_time", "accounts", "limit"]
            #expect(
                unchecked == ["database_tls", "pooling", "session", "row_security", "schema", "grants", "clock"] + times
            )
            #expect(diagnosis["mono_key"]?.verdict == "ok")
            let malformed = try await examine(stage, [], ["DATABASE_URL": "nonsense"])
            #expect(malformed.exitCode == 78)
            #expect(malformed.problems == ["database"])
        }
    }

    @Test
    func `a key that is wrong, missing or of no use, and a Mono that is away`() async throws {
        try await Stage.with([]) { stage in
            let nowhere = "http://127.0.0.1:\(try freeLoopbackPort())"
            for (variables, code) in [
                (["MONO_SECRET_KEY": "test_sk_other"], 77), (["MONO_SECRET_KEY": ""], 78),
                (["MONO_SECRET_KEY": "a b"], 78), (["MONO_BASE_URL": "http://example.com"], 78),
                (["MONO_BASE_URL": nowhere], 69), (["MONO_BASE_URL": "https://api.withmono.com/v2"], 78),
            ] as [([String: String], Int32)] {
                let diagnosis = try await examine(stage, [], variables)
                #expect(diagnosis.exitCode == code)
                #expect(diagnosis.problems == ["mono_key"])
            }
            let everything = try await examine(
                stage, [], ["MONO_SECRET_KEY": "test_sk_other", "DATABASE_URL": "nonsense", "MONO_RECONCILE_RATE": "x"])
            #expect(everything.exitCode == 77)
            #expect(everything.problems == ["settings", "database", "mono_key"])
            #expect(everything["report_directory"]?.verdict == "not_checked")
        }
    }

    @Test
    func `missing grants and changed or pending migrations`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.execute("revoke update on mono.rate from mono_reconciler")
            let lacking = try await examine(stage, ["--no-call"])
            #expect(lacking.exitCode == 78)
            #expect(lacking.problems == ["grants"])
            #expect(lacking["grants"]?.said == "night lacks update on mono.rate")
            try await stage.sql.execute("grant update on mono.rate to mono_reconciler")
            let webhook = stage.database.connectionString + " user=hook"
            #expect(try await examine(stage, ["--no-call"], ["DATABASE_URL": webhook]).problems == ["grants"])

            try await stage.sql.execute(
                "update mono.schema_migrations set checksum = repeat('0', 64) where version = 2")
            let changed = try await examine(stage, ["--no-call"])
            #expect(changed.problems == ["schema"])
            try await stage.sql.execute("delete from mono.schema_migrations where version >= 2")
            let pending = try await examine(stage, ["--no-call"])
            #expect(pending.problems == ["schema"])
            #expect(pending["schema"]?.mend?.contains("mono-reconcile migrate") == true)
            try await stage.sql.execute("drop schema mono cascade")
            let none = try await examine(stage, ["--no-call"])
            #expect(none.problems == ["schema", "grants"])
            #expect(none["clock"]?.verdict == "ok")
        }
    }

    @Test
    func `times in the future, each with what mends it`() async throws {
        try await Stage.with([Sample("stuck", "recovers"), Sample("flagged", "available", flagged: true)]) { stage in
            // As far ahead as can be meant.
            try await stage.sql.execute(
                "update mono.rate set next_slot_at = now() + interval '50 s', hold_until = now() + interval '59 min'")
            try await stage.sql.execute(
                "insert into mono.workers (worker, lock_key, lease_until) values ('w', 1, now() + interval '50 s')")
            try await stage.sql.execute("update mono.accounts set last_sync_requested_at = now() + interval '50 s'")
            #expect(try await examine(stage, ["--no-call"]).problems == [])
            try await stage.sql.execute(
                "update mono.rate set next_slot_at = now() + interval '70 s', hold_until = now() + interval '61 min'")
            try await stage.sql.execute("update mono.workers set lease_until = now() + interval '70 s'")
            try await stage.sql.execute("update mono.accounts set last_sync_requested_at = now() + interval '1 hour'")
            let diagnosis = try await examine(stage, ["--no-call"])
            #expect(diagnosis.problems == ["slot_time", "hold_time", "lease_time", "sync_time"])
            #expect(diagnosis["sync_time"]?.said.contains("2 accounts, for instance flagged") == true)
            for check in diagnosis.checks where check.verdict == "problem" {
                #expect(check.mend?.contains("update mono.") == true)
            }
            try await stage.sql.execute("revoke select on mono.workers from mono_reconciler")
            #expect(try await examine(stage, ["--no-call"])["lease_time"]?.verdict == "not_checked")
        }
    }

    @Test
    func `a superuser, and a zone that is known to nobody`() async throws {
        try await Stage.with([]) { stage in
            let superuser = ["DATABASE_URL": stage.database.connectionString]
            let diagnosis = try await examine(stage, ["--no-call"], superuser)
            #expect(diagnosis["grants"]?.verdict == "hint")
            #expect(diagnosis["grants"]?.said.contains("superuser") == true)
            #expect(diagnosis.problems == [])
            let known = try await examine(stage, ["--no-call"], ["MONO_RECONCILE_TIME_ZONE": "UTC"])
            #expect(known["time_zone"]?.said.hasPrefix("UTC, ") == true)
            let unknown = try await examine(stage, ["--no-call"], ["MONO_RECONCILE_TIME_ZONE": "Africa/Atlantis"])
            #expect(unknown.problems == ["settings"])
        }
    }

    @Test
    func `a standby takes no writes`() async throws {
        try await Stage.with([]) { stage in
            let url = stage.database.connectionString + " user=night options='-c default_transaction_read_only=on'"
            let diagnosis = try await examine(stage, ["--no-call"], ["DATABASE_URL": url])
            #expect(diagnosis.problems == ["database"])
            #expect(diagnosis.exitCode == 69)
        }
    }

    @Test
    func `files that everybody can read`() async throws {
        try await Stage.with([]) { stage in
            let (open, key) = ("\(stage.folder)/open", "\(stage.folder)/key")
            try secret(open, mode: 0o644)
            try secret(key, mode: 0o604, Stage.key)
            let variables = ["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": key]
            let diagnosis = try await examine(stage, ["--environment-file", open], variables)
            #expect(diagnosis.problems == ["environment_file", "key_file"])
            #expect(diagnosis.exitCode == 78)
            #expect(diagnosis["mono_key"]?.verdict == "ok")
            try secret(open, mode: 0o640)
            try secret(key, mode: 0o600, Stage.key)
            #expect(try await examine(stage, ["--environment-file", open], variables).problems == [])
            let gone = try await examine(stage, ["--environment-file", "\(stage.folder)/gone"])
            #expect(gone.problems == ["environment_file"])
        }
    }

    @Test
    func `a report directory that cannot be written to`() async throws {
        try await Stage.with([]) { stage in
            let file = "\(stage.folder)/file"
            try secret(file, mode: 0o644)
            for place in [file, "\(file)/reports"] {
                let diagnosis = try await examine(stage, ["--no-call"], ["MONO_RECONCILE_REPORT_DIR": place])
                #expect(diagnosis.problems == ["report_directory"], "\(place)")
                #expect(diagnosis.exitCode == 78)
            }
            let none = try await examine(
                stage, ["--no-call"], ["MONO_RECONCILE_REPORT_DIR": file, "MONO_RECONCILE_NO_REPORT": "true"])
            #expect(none.problems == [])
            try FileManager.default.createDirectory(atPath: stage.reports, withIntermediateDirectories: true)
            #expect(try await examine(stage, ["--no-call"])["report_directory"]?.said.contains("written to") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: stage.reports) == [])
        }
    }

    @Test
    func `a start around midnight, a crontab that is not there, and a misspelt variable`() async throws {
        try await Stage.with([]) { stage in
            for (text, verdict) in [
                ("30 0 * * * x TZ=UTC mono-reconcile run", "problem"), ("* * * * * x mono-reconcile", "problem"),
                (#"15 * * * * x [ "$(TZ=WAT-1 date +\%H)" != 02 ] || exec mono-reconcile-nightly"#, "ok"),
                ("nothing", "hint"),
            ] {
                try Data("CRON_TZ=UTC\n\(text)\n".utf8).write(to: URL(filePath: "\(stage.folder)/tab"))
                let diagnosis = try await examine(stage, ["--no-call", "--schedule", "\(stage.folder)/tab"])
                #expect(diagnosis["schedule"]?.verdict == verdict, "\(text)")
            }
            let gone = try await examine(stage, ["--no-call", "--schedule", "\(stage.folder)/gone"])
            #expect(gone.problems == ["schedule"])
            let misspelt = try await examine(stage, ["--no-call"], ["MONO_RECONCILE_RAET": "5"])
            #expect(misspelt["settings"]?.verdict == "hint")
            #expect(misspelt.exitCode == 0)
        }
    }

    @Test
    func `the screen has a line for each check, and what mends a problem`() async throws {
        try await Stage.with([]) { stage in
            let ending = try await stage.reconcile(["doctor"], environment: ["MONO_SECRET_KEY": "test_sk_other"])
            #expect(ending.code == 77)
            #expect(ending.output.contains("\nproblem      mono_key          Mono refuses the key (HTTP 401)\n"))
            #expect(ending.output.contains("mend: check MONO_SECRET_KEY\n"))
            #expect(!ending.everything.contains("test_sk_other"))
        }
    }
}
