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
            #expect(json.output == "{\n  \"schema_version\": 1,\n  \"applied\": []\n}\n")
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
}
