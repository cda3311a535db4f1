import Postgres
import Testing

/// A webhook that arrives while the run waits.
struct EventTests {
    /// One look in half a minute: what ends earlier was ended by the event.
    private static let patient = ["--window", "60s", "--poll-first", "30s", "--poll-max", "30s", "--rate", "200"]

    @Test(arguments: ["realtime", "data-sync"])
    func `a good event settles the case without another call`(api: String) async throws {
        try await Stage.with([Sample("waiting", "never_ready")]) { stage in
            let tool = try stage.start(Self.patient + ["--api", api])
            // The answer is in the database: the case waits for its first look.
            try await stage.until("the sync's answer is noted") {
                let answers: Int? = try await stage.sql.value(
                    "select count(*) from mono.reconciliation_cases where sync_answer is not null")
                return answers == 1
            }
            try await Self.recordGoodEvent(stage)
            let told = ContinuousClock.now
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ContinuousClock.now - told < .seconds(15))
            #expect(try await stage.outcomes() == ["waiting": "recovered"])
            let calls = try stage.sandbox.calls().kinds
            #expect(calls.trigger == 1)
            #expect(calls.job == 0)
            // data-sync: the sync succeeded at once, and one look at the details may have come before.
            #expect(calls.details <= (api == "realtime" ? 1 : 2))
            #expect(try await stage.healthyAccounts() == ["waiting"])
        }
    }

    @Test
    func `an event before the trigger makes it unnecessary`() async throws {
        let slow = Sample(
            "waiting", "recovers", faults: [Sample.Fault("429", on: ["details"], first: 1, retryAfter: "3s")])
        try await Stage.with([slow]) { stage in
            let tool = try stage.start(Self.patient)
            try await stage.until("the inspection is told to wait") { try stage.sandbox.calls().total == 1 }
            try await Self.recordGoodEvent(stage)
            #expect(await tool.completion().code == 0)
            #expect(try await stage.outcomes() == ["waiting": "already_available"])
            #expect(try stage.sandbox.calls().total == 1)
        }
    }

    @Test
    func `an account that another run holds is waited for and reported`() async throws {
        try await Stage.with([Sample("waiting", "never_ready")]) { stage in
            let nightly = try stage.start(Self.patient)
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 1 }
            let oneOff = try stage.start(Self.patient + ["--account", "waiting"])
            try await stage.until("the one-off run is open") { try await stage.runs().count == 2 }
            try await Self.recordGoodEvent(stage)
            #expect(await nightly.completion().code == 0)
            let ending = await oneOff.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output.hasPrefix("waiting  recovered  "))
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test
    func `the wait for another run's account outlives a lost connection`() async throws {
        try await Stage.with([Sample("waiting", "never_ready")]) { stage in
            let nightly = try stage.start(Self.patient)
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 1 }
            let oneOff = try stage.start(Self.patient + ["--account", "waiting"])
            try await stage.until("the one-off run is closed") {
                try await stage.runs().dropFirst().first?.isFinished == true
            }
            // All at once, as when PostgreSQL restarts: for a moment nobody seems to work on the night.
            let ended: Int? = try await stage.sql.value(
                """
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and usename = 'night'
                """)
            #expect((ended ?? 0) >= 2)
            try await stage.until("the night's worker is back") {
                let live: Int? = try await stage.sql.value(
                    """
                    select count(*) from pg_locks l join pg_database d on d.oid = l.database
                    where l.locktype = 'advisory' and d.datname = current_database()
                    """)
                return (live ?? 0) > 0
            }
            try await Self.recordGoodEvent(stage)
            for tool in [nightly, oneOff] {
                let ending = await tool.completion()
                #expect(ending.code == 0, "\(ending.errors)")
            }
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test
    func `a long night that is still worked on is joined, not cut short`() async throws {
        try await Stage.with([Sample("waiting", "never_ready")]) { stage in
            let first = try stage.start(Self.patient)
            try await stage.until("the sync is asked for") { try stage.sandbox.triggers().total == 1 }
            try await stage.sql.execute(
                "update mono.reconciliation_runs set started_at = started_at - interval '13 hours'")
            let second = try stage.start(Self.patient)
            try await stage.until("the second is there") {
                let workers: Int? = try await stage.sql.value("select count(*) from mono.workers")
                return workers == 2
            }
            try await Self.recordGoodEvent(stage)
            for tool in [first, second] {
                let ending = await tool.completion()
                #expect(ending.code == 0, "\(ending.errors)")
            }
            #expect(try await stage.outcomes() == ["waiting": "recovered"])
            #expect(try await stage.runs().count == 1)
        }
    }

    private static func recordGoodEvent(_ stage: Stage) async throws {
        let effect: String? = try await stage.sql.value(
            """
            select mono.record_event(jsonb_build_object('event', 'mono.events.account_updated', 'data',
                jsonb_build_object('account', jsonb_build_object('_id', 'waiting'), 'meta',
                    jsonb_build_object('data_status', 'AVAILABLE', 'sync_status', 'SUCCESSFUL'))))
            """)
        #expect(effect == "applied")
    }
}
