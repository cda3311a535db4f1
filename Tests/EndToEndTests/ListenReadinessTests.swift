import Glibc
import Postgres
import TestSupport
import Testing

/// `/readyz` says 200 when an event could be recorded, and only then; a connection that was lost costs no event.
struct ListenReadinessTests {
    private static func event(_ id: String) -> String {
        "{\"event\":\"mono.events.sync_failed\",\"event_id\":\"\(id)\",\"data\":{\"account\":\"a\"}}"
    }

    /// What keeps a database from recording events, and what it is mended by.
    struct Obstacle: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var script: String
        var mending: String
    }

    static let obstacles = [
        Obstacle(
            testDescription: "a missing grant",
            script: "revoke execute on function mono.record_event(jsonb) from mono_webhook",
            mending: "grant execute on function mono.record_event(jsonb) to mono_webhook"),
        Obstacle(
            testDescription: "a trigger that refuses",
            script: """
                create function public.full() returns trigger language plpgsql as
                    $$ begin raise exception 'quota'; end $$;
                create trigger quota before insert on mono.webhook_events execute function public.full()
                """, mending: "drop trigger quota on mono.webhook_events"),
        Obstacle(
            testDescription: "a table that is not there",
            script: "alter table mono.webhook_events rename to elsewhere",
            mending: "alter table mono.elsewhere rename to webhook_events"),
        Obstacle(
            testDescription: "sessions that only read",
            script: """
                do $$ begin
                    execute format('alter database %I set default_transaction_read_only = on', current_database());
                    perform pg_terminate_backend(pid, 10000) from pg_stat_activity
                    where datname = current_database() and usename = 'hook';
                end $$
                """,
            mending: """
                set default_transaction_read_only = off;
                do $$ begin
                    execute format('alter database %I reset default_transaction_read_only', current_database());
                end $$
                """),
    ]

    @Test(arguments: obstacles)
    func `what keeps events from being recorded is not ready`(obstacle: Obstacle) async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.connect().get("/readyz")?.status == 200)
            try await stage.sql.run { (session) throws(PostgresError) in try session.script(obstacle.script) }
            try await stage.until("not ready") { try await listener.connect().get("/readyz")?.status == 503 }
            #expect(try await listener.post(Self.event("one"))?.status == 503)
            try await stage.sql.run { (session) throws(PostgresError) in try session.script(obstacle.mending) }
            try await stage.until("ready again") { try await listener.connect().get("/readyz")?.status == 200 }
            #expect(try await listener.post(Self.event("one"))?.status == 200)
            let ending = await listener.stop()
            #expect(ending.errors.contains("not ready, an event could not be recorded now: "))
            let events: Int? = try await stage.sql.value("select count(*) from mono.webhook_events")
            #expect(events == 1)
        }
    }

    @Test func `a standby that acknowledges nothing is not ready, and what it did not see is not answered with 200`()
        async throws
    {
        let own = try await TestCluster.start()
        try await Stage.with([], cluster: own) { stage in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.connect().get("/readyz")?.status == 200)
            try await own.administer { (session) throws(PostgresError) in
                try session.execute("alter system set synchronous_standby_names = 'nobody'")
                try session.execute("select pg_reload_conf()")
            }
            try await stage.until("not ready") { try await listener.connect().get("/readyz")?.status == 503 }
            // The second time it is there already, and still on one machine only.
            for _ in 1...2 { #expect(try await listener.post(Self.event("one"))?.status == 503) }
            let waiting: Int? = try await own.administer { (session) throws(PostgresError) in
                try session.value("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
            }
            #expect((waiting ?? 0) <= 2)
            try await own.administer { (session) throws(PostgresError) in
                try session.execute("alter system reset synchronous_standby_names")
                try session.execute("select pg_reload_conf()")
            }
            try await stage.until("ready again") { try await listener.connect().get("/readyz")?.status == 200 }
            #expect(try await listener.post(Self.event("one"))?.status == 200)
            let ending = await listener.stop()
            #expect(ending.errors.contains("a synchronous standby is missing"))
        }
        try await own.remove()
    }

    @Test func `a frozen backend is not ready as soon as an event hangs in it`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            #expect(try await listener.post(Self.event("one"))?.status == 200)
            let backend: Int? = try await stage.sql.value(
                """
                select pid from pg_stat_activity where datname = current_database() and usename = 'hook'
                """)
            let frozen = try #require(backend)
            kill(pid_t(frozen), SIGSTOP)
            async let hanging = listener.post(Self.event("two"))
            try await stage.until("not ready") { try await listener.connect().get("/readyz")?.status == 503 }
            #expect(try await hanging?.status == 503)
            // Its successor is another backend.
            try await stage.until("ready again") { try await listener.connect().get("/readyz")?.status == 200 }
            #expect(try await listener.post(Self.event("two"))?.status == 200)
            kill(pid_t(frozen), SIGCONT)
            _ = await listener.stop()
        }
    }

    @Test func `a connection that was cut, ended or restarted costs no event`() async throws {
        let own = try await TestCluster.start()
        try await Stage.with([], cluster: own) { stage in
            let relay = try Relay(to: own.port)
            let listener = try await ListenerProcess(stage.database, through: relay)
            let cuts: [@Sendable () async throws -> Void] = [
                { relay.breakAll() },
                {
                    try await stage.sql.execute(
                        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'hook'")
                },
                {
                    await stage.sql.close()
                    try await own.stop()
                    try await own.startServer()
                },
            ]
            for (number, cut) in cuts.enumerated() {
                #expect(try await listener.post(Self.event("before-\(number)"))?.status == 200)
                try await cut()
                #expect(try await listener.post(Self.event("after-\(number)"))?.status == 200)
            }
            _ = await listener.stop()
            relay.close()
        }
        try await own.remove()
    }

    @Test func `a run whose LISTEN is refused says what that costs, and ends well`() async throws {
        let accounts = Sample.many(3, "stuck", "recovers")
        try await Stage.with(accounts) { stage in
            let relay = try await Relay(to: TestCluster.shared.port)
            relay.misspell("listen \"", as: "lisden \"")
            let ending = try await stage.reconcile(
                Stage.quick + ["--log-level", "notice"],
                environment: [
                    "DATABASE_URL": "\(stage.database.connectionString) user=night host=127.0.0.1 port=\(relay.port)"
                ])
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(
                ending.errors.split(separator: "\n").count { $0.contains("changes of accounts are not told here") } == 1
            )
            relay.close()
        }
    }
}
