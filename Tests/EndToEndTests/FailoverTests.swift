import Postgres
import TestSupport
import Testing

/// The primary dies in mid-run and its standby is promoted.
struct FailoverTests {
    @Test
    func `a run over a failover finishes on the new primary, and triggers nothing twice`() async throws {
        let primary = try await TestCluster.start()
        let result: Result<Void, any Error>
        do {
            result = .success(try await Self.failOver(primary))
        } catch {
            result = .failure(error)
        }
        try await primary.remove()
        try result.get()
    }

    private static func failOver(_ primary: TestCluster) async throws {
        let standby = try await primary.startStandby()
        let result: Result<Void, any Error>
        do {
            let accounts = Sample.many(60, "stuck", "recovers")
            result = .success(
                try await Stage.with(accounts, cluster: primary) { try await play($0, primary, standby) })
        } catch {
            result = .failure(error)
        }
        try await standby.remove()
        try result.get()
    }

    private static func play(_ stage: Stage, _ primary: TestCluster, _ standby: TestCluster) async throws {
        // The clusters of tests acknowledge before a commit is durable; here each waits for the standby.
        try await primary.administer { (session) throws(PostgresError) in
            try session.execute("alter database \(identifier: stage.database.name) set synchronous_commit = on")
        }
        await stage.sql.close()
        let both = """
            host=127.0.0.1,127.0.0.1 port=\(primary.port),\(standby.port) dbname=\(stage.database.name) user=night \
            target_session_attrs=read-write
            """
        let options = ["--window", "15s", "--poll-first", "200ms", "--poll-max", "500ms", "--rate", "20"]
        let tools = try (1...2).map { number in
            try stage.start(
                options,
                environment: ["DATABASE_URL": both, "MONO_RECONCILE_REPORT_DIR": "\(stage.folder)/worker-\(number)"])
        }
        try await stage.until("some are triggered") { try stage.sandbox.triggers().total >= 10 }
        try await primary.stop(immediately: true)
        try await standby.promote()
        for tool in tools {
            let ending = await tool.completion()
            // What was triggered and whose answer could not be recorded in time may stay in doubt.
            #expect(ending.code == 0 || ending.code == 1, "\(ending.errors)")
        }
        let sql = Database(
            try PostgresConfiguration(
                connectionString: standby.connectionString(database: stage.database.name), applicationName: "tests"))
        let (open, lost, known): (Int?, Int?, Int?) = try await sql.run { (session) throws(PostgresError) in
            (
                try session.value("select count(*) from mono.reconciliation_runs where finished_at is null"),
                try session.value("select count(*) from mono.reconciliation_cases where outcome is null"),
                try session.value(
                    "select count(*) from mono.reconciliation_cases where outcome in ('recovered', 'still_processing')")
            )
        }
        await sql.close()
        #expect(open == 0)
        #expect(lost == 0)
        #expect((known ?? 0) > 0)
        let triggers = try stage.sandbox.calls().accounts.values.map(\.trigger)
        #expect(triggers.allSatisfy { $0 <= 1 })
        let reports = try (1...2).map { try stage.report("accounts.csv", in: "\(stage.folder)/worker-\($0)") }
        #expect(reports[0] == reports[1])
    }
}
