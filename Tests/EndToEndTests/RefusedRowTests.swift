import Foundation
import Postgres
import TestSupport
import Testing

/// One account whose row the business's database refuses, locks or slows down: the others have their night.
struct RefusedRowTests {
    private static let accounts = Sample.many(8, "well", "recovers") + [Sample("odd", "recovers")]

    /// The odd one's sync takes so long that its row can be locked meanwhile.
    private static var slow: [Sample] {
        accounts.map { sample in
            var sample = sample
            if sample.id == "odd" { sample.latency = "3s" }
            return sample
        }
    }

    private static func window(_ length: String) -> [String] {
        ["--window", length, "--poll-first", "100ms", "--poll-max", "500ms", "--rate", "200"]
    }

    /// All but the odd one are settled, and the process says 1.
    private static func others(_ stage: Stage, _ ending: Tool.Completion, run: Int = 1) async throws -> [String: String]
    {
        #expect(ending.code == 1, "\(ending.errors)")
        #expect(!ending.errors.contains("the database is away"))
        var outcomes = try await stage.outcomes(ofRun: run)
        if run == 1 { #expect(outcomes.filter { $0.key != "odd" }.values.allSatisfy { $0 == "recovered" }) }
        outcomes = outcomes.filter { $0.key == "odd" }
        return outcomes
    }

    private static func odd(_ stage: Stage, _ column: String, run: Int = 1) async throws -> String {
        try await stage.sql.value(
            """
            select coalesce(c.\(identifier: column)::text, '-') from mono.reconciliation_cases c
            where account_id = 'odd' and run_id = \(run)
            """) ?? ""
    }

    @Test func `a result that a trigger refuses is kept, and the next night writes it without a call`() async throws {
        try await Stage.with(Self.accounts) { stage in
            try await stage.sql.refuse("odd", "before update of data_available on mono.accounts")
            let first = try await stage.reconcile(Stage.quick)
            // The trigger fires for the column, whether or not its value changes; an intent does not name it.
            #expect(try await Self.others(stage, first) == ["odd": "errored"])
            #expect(try await Self.odd(stage, "cause") == "row_refused")
            #expect(try await Self.odd(stage, "detail").contains("no such customer (SQLSTATE P0001)"))
            #expect(first.errors.contains("no such customer"))
            let calls = try stage.sandbox.calls().total
            try await stage.letNightPass()
            let second = try await stage.reconcile(Stage.quick)
            #expect(try await Self.others(stage, second, run: 2) == ["odd": "errored"])
            try await stage.sql.execute("drop trigger refuse on mono.accounts")
            let third = try await stage.reconcile(Stage.quick)
            #expect(third.code == 0, "\(third.errors)")
            #expect(try await stage.outcomes(ofRun: 3) == ["odd": "recovered"])
            #expect(try stage.sandbox.calls().total == calls)
            #expect(try stage.sandbox.triggers().total == 9)
        }
    }

    @Test func `no sync is asked for whose note a trigger refuses, by any worker`() async throws {
        try await Stage.with(Self.accounts) { stage in
            try await stage.sql.refuse("odd", "before update of last_sync_requested_at on mono.accounts")
            let workers = try (1...2).map { _ in try stage.start(Stage.quick) }
            for worker in workers {
                #expect(try await Self.others(stage, await worker.completion()) == ["odd": "errored"])
            }
            #expect(try await Self.odd(stage, "cause") == "row_refused")
            #expect(try await Self.odd(stage, "sync_intended_at") == "-")
            #expect(try stage.sandbox.triggers().total == 8)
        }
    }

    @Test func `a row that is locked when the result is there is waited for, by name`() async throws {
        try await Stage.with(Self.slow) { stage in
            let errors = try PipeText()
            let tool = try stage.start(Self.window("60s"), errors: errors)
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 9 }
            try await stage.sql.whileLocked("odd") {
                // The first line of the log: all lines begin with the time.
                let line = try #require(await errors.line(beginningWith: "20"))
                let pid = try await stage.lockingPID()
                #expect(line.contains("waits for a lock held by pid \(pid)"), "\(line)")
                try await stage.until("the others are settled") {
                    try await stage.counts() == ["recovered": 8, "open": 1]
                }
            }
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(try await stage.counts() == ["recovered": 9])
        }
    }

    @Test func `a row that stays locked is put off, and its result is not paid for again`() async throws {
        try await Stage.with(Self.slow) { stage in
            let tool = try stage.start(Self.window("8s"))
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 9 }
            let ending = try await stage.sql.whileLocked("odd") { await tool.completion() }
            #expect(try await Self.others(stage, ending) == ["odd": "deferred"])
            #expect(try await Self.odd(stage, "cause") == "row_locked")
            let calls = try stage.sandbox.calls().total
            try await stage.letNightPass()
            let next = try await stage.reconcile(Stage.quick)
            #expect(next.code == 0, "\(next.errors)")
            #expect(try await stage.outcomes(ofRun: 2) == ["odd": "recovered"])
            #expect(try stage.sandbox.calls().total == calls)
        }
    }

    @Test func `a row that is locked all night has no sync`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let ending = try await stage.sql.whileLocked("odd") { try await stage.reconcile(Stage.quick) }
            #expect(try await Self.others(stage, ending) == ["odd": "deferred"])
            #expect(try await Self.odd(stage, "cause") == "row_locked")
            #expect(try stage.sandbox.triggers().total == 8)
        }
    }

    @Test func `workers whose statements are serializable, cancelled and in each other's way end as ever`() async throws
    {
        try await Stage.with(Sample.many(60, "well", "recovers")) { stage in
            try await stage.sql.execute(
                """
                alter role night in database \(identifier: stage.database.name)
                set default_transaction_isolation = 'serializable'
                """)
            let workers = try (1...3).map { _ in try stage.start(Stage.quick) }
            let canceller = Task {
                while !Task.isCancelled {
                    try await stage.sql.execute(
                        """
                        select pg_cancel_backend(pid) from pg_stat_activity
                        where usename = 'night' and state = 'active' and datname = current_database()
                        """)
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            for worker in workers {
                let ending = await worker.completion()
                #expect(ending.code == 0, "\(ending.errors)")
            }
            canceller.cancel()
            // An opening that was repeated has left a number out.
            let runs = try await stage.runs()
            #expect(try await stage.counts(ofRun: runs.last?.id ?? 0) == ["recovered": 60] && runs.count == 1)
            #expect(try stage.sandbox.triggers().total == 60)
        }
    }

    @Test(arguments: ["LATIN1", "SQL_ASCII"])
    func `a database that cannot hold every name is refused by name`(encoding: String) async throws {
        let cluster = try await TestCluster.shared
        let name = "narrow_\(encoding.lowercased())"
        try await cluster.administer { (session) throws(PostgresError) in
            try session.script(
                "create database \(name) encoding '\(encoding)' template template0 lc_collate 'C' lc_ctype 'C'")
        }
        let environment = [
            "DATABASE_URL": cluster.connectionString(database: name), "MONO_SECRET_KEY": Stage.key,
            "MONO_BASE_URL": "http://127.0.0.1:9",
        ]
        let folder = try Folder.make()
        for command in [["migrate"], ["run", "--report-dir", folder], ["doctor"], ["plan"], ["status"]] {
            let ending = try await Tool.run(.reconcile, command, environment: environment)
            #expect(ending.code == 78, "\(command): \(ending.errors)")
            let told = ending.everything
            #expect(told.contains("encoding is \(encoding)") && told.contains("encoding 'UTF8'"), "\(command): \(told)")
        }
        try FileManager.default.removeItem(atPath: folder)
    }
}

extension Stage {
    /// A day passes; what was owed before is owed a day longer.
    fileprivate func letNightPass() async throws {
        try await sql.letDayPass()
        try await sql.execute(
            "update mono.accounts set awaiting_update_since = awaiting_update_since - interval '1 day'")
    }

    /// The server's process that has locked an account's row and waits.
    fileprivate func lockingPID() async throws -> Int {
        try await sql.value(
            """
            select pid from pg_stat_activity where state = 'idle in transaction' and query like '%for update%'
                and datname = current_database()
            """) ?? 0
    }
}
