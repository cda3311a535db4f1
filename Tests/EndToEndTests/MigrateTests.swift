import Postgres
import TestSupport
import Testing

/// `mono-reconcile migrate`, and what the others do before it.
struct MigrateTests {
    private static func environment(_ database: TestDatabase) -> [String: String] {
        ["DATABASE_URL": database.connectionString, "MONO_SECRET_KEY": Stage.key]
    }

    @Test
    func `two at once apply every migration once`() async throws {
        try await Doorkeeper.shared.admitted {
            let database = try await TestCluster.shared.makeDatabase()
            let environment = Self.environment(database)
            let tools = try (0..<2).map { _ in try Tool(.reconcile, ["migrate"], environment: environment) }
            var lines: [Substring] = []
            for tool in tools {
                let ending = await tool.completion()
                #expect(ending.code == 0, "\(ending.errors)")
                lines += ending.output.split(separator: "\n")
            }
            let sql = database.connect()
            let applied: Int? = try await sql.value("select count(*) from mono.schema_migrations")
            await sql.close()
            #expect(lines.count { $0.hasPrefix("applied ") } == applied)
            #expect(lines.count { $0 == "The schema is up to date." } == 1)
            let third = try await Tool.run(.reconcile, ["migrate"], environment: environment)
            #expect(third.code == 0)
            #expect(third.output == "The schema is up to date.\n")
            let json = try await Tool.run(.reconcile, ["migrate", "--json"], environment: environment)
            #expect(json.output == "{\n  \"schema_version\": 1,\n  \"applied\": [],\n  \"left_to_do\": []\n}\n")
        }
    }

    @Test(arguments: [["run"], ["plan"], ["report"]])
    func `pending migrations end in 78`(command: [String]) async throws {
        try await Doorkeeper.shared.admitted {
            let database = try await TestCluster.shared.makeDatabase()
            let ending = try await Tool.run(.reconcile, command, environment: Self.environment(database))
            #expect(ending.code == 78)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("mono-reconcile migrate"))
        }
    }

    @Test
    func `a changed migration ends in 78`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.execute("update mono.schema_migrations set checksum = 'other' where version = 2")
            for command in ["migrate", "run"] {
                let ending = try await stage.reconcile([command])
                #expect(ending.code == 78)
                #expect(ending.errors.contains("migration 2 "))
            }
        }
    }

    @Test
    func `a user without rights over schema and roles is told what an administrator has to run`() async throws {
        try await Doorkeeper.shared.admitted {
            let cluster = try await TestCluster.start()
            let database = try await cluster.makeDatabase()
            let sql = database.connect()
            let prepare = """
                create role app login; create role other;
                create schema mono authorization other; grant usage, create on schema mono to app
                """
            try await sql.run { (session) throws(PostgresError) in try session.script(prepare) }
            let environment = ["DATABASE_URL": database.connectionString + " user=app"]
            let lines =
                ["mono_reconciler", "mono_support", "mono_webhook"].map { "create role \($0) nologin;" }
                + ["mono_reconciler", "mono_support", "mono_webhook"].map { "grant usage on schema mono to \($0);" }
            for expected in ["applied 4 (roles)", "The schema is up to date."] {
                let ending = try await Tool.run(.reconcile, ["migrate"], environment: environment)
                #expect(ending.code == 0, "\(ending.errors)")
                #expect(ending.output.split(separator: "\n").last.map(String.init) == expected)
                #expect(Array(ending.complaints.dropFirst()) == lines.map { "  \($0)" })
                #expect(ending.errors.contains("run mono-reconcile migrate again"))
            }
            try await sql.run { (session) throws(PostgresError) in try session.script(lines.joined()) }
            for _ in 1...2 {
                let ending = try await Tool.run(.reconcile, ["migrate"], environment: environment)
                #expect(ending.code == 0)
                #expect(ending.output == "The schema is up to date.\n")
                #expect(ending.errors.isEmpty)
            }
            // And now the job can work.
            try await sql.execute("create role night login in role mono_reconciler")
            let night = ["DATABASE_URL": database.connectionString + " user=night", "MONO_SECRET_KEY": Stage.key]
            let run = try await Tool.run(.reconcile, ["run", "--no-report", "--quiet"], environment: night)
            #expect(run.code == 0, "\(run.errors)")
            await sql.close()
            try await cluster.remove()
        }
    }
}
