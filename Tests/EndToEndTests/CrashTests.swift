import Glibc
import Postgres
import Testing

/// `kill -9` at the worst moment: the intent is committed, the request has left, no answer came.
struct CrashTests {
    /// Its sync is done before the next process can look.
    private static let hanging = {
        var hanging = Sample("hanging", "recovers", faults: [Sample.Fault("hang", on: ["trigger"])])
        hanging.latency = "1ms"
        return hanging
    }()

    @Test(arguments: ["realtime", "data-sync"])
    func `the next run takes the crashed one up and triggers nothing twice`(api: String) async throws {
        let accounts = [
            Self.hanging, Sample("flagged", "recovers", flagged: true, faults: [Sample.Fault("hang", on: ["trigger"])]),
            Sample("untouched", "recovers", faults: [Sample.Fault("503", on: ["details"], first: 3)]),
        ]
        try await Stage.with(accounts) { stage in
            let options = Stage.quick + ["--api", api]
            try await Self.crash(stage, options, whenAskedFor: ["hanging", "flagged"])

            let next = try await stage.reconcile(options)
            // Nothing tells what became of the flagged one's sync.
            #expect(next.code == 1, "\(next.errors)")
            let outcomes = try await stage.outcomes()
            #expect(outcomes == ["hanging": "recovered", "flagged": "deferred", "untouched": "recovered"])
            #expect(try await stage.runs().map(\.isFinished) == [true])
            let calls = try stage.sandbox.calls().accounts
            #expect(calls.values.map(\.trigger) == [1, 1, 1])
            #expect(try Summary(stage.report("summary.json")).selected == 3)
        }
    }

    /// A one-off run holds its account against every other run until somebody ends it.
    @Test
    func `a crashed one-off run is brought to its end by the next night`() async throws {
        try await Stage.with([Self.hanging]) { stage in
            try await Self.crash(stage, Stage.quick + ["--account", "hanging"], whenAskedFor: ["hanging"])
            let next = try await stage.reconcile(Stage.quick)
            #expect(next.code == 0, "\(next.errors)")
            #expect(try await stage.outcomes() == ["hanging": "recovered"])
            #expect(try await stage.runs().map(\.isFinished) == [true, true])
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test
    func `a run of another night is brought to its end, and a new one begins`() async throws {
        try await Stage.with([Self.hanging]) { stage in
            try await Self.crash(stage, Stage.quick, whenAskedFor: ["hanging"])
            try await stage.sql.run { (session) throws(PostgresError) in
                try session.script(
                    """
                    update mono.reconciliation_runs set started_at = started_at - interval '13 hours';
                    update mono.reconciliation_cases set sync_intended_at = sync_intended_at - interval '13 hours';
                    update mono.accounts set last_sync_requested_at = last_sync_requested_at - interval '13 hours';
                    insert into mono.accounts (account_id, connected_at) values ('new', now() - interval '1 hour');
                    """)
            }
            let next = try await stage.reconcile(Stage.quick)
            #expect(next.code == 0, "\(next.errors)")
            // Whoever finds a run open has taken a number in vain.
            let runs = try await stage.runs()
            try #require(runs.map(\.isFinished) == [true, true])
            #expect(try await stage.outcomes(ofRun: runs[0].id) == ["hanging": "recovered"])
            // The sandbox has never heard of it.
            #expect(try await stage.outcomes(ofRun: runs[1].id) == ["new": "account_not_found"])
            for run in runs { #expect(try Summary(stage.report("summary.json", ofRun: run.id)).selected == 1) }
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test
    func `an open run is joined with its own API and address only`() async throws {
        try await Stage.with([Self.hanging]) { stage in
            let working = try stage.start(Stage.quick)
            try await stage.until("the sync is asked for") {
                try stage.sandbox.calls().accounts["hanging"]?.trigger == 1
            }
            let otherAPI = try await stage.reconcile(["--api", "data-sync"])
            let otherPlace = try await stage.reconcile(environment: ["MONO_BASE_URL": stage.sandbox.baseURL + "/other"])
            for refused in [otherAPI, otherPlace] {
                #expect(refused.code == 78)
                #expect(refused.complaints.count == 1)
                #expect(refused.errors.contains("run 1 is open"))
            }
            working.signal(SIGKILL)
            #expect(await working.completion().code == -SIGKILL)
            // Other options give way to the run's, which is said once.
            let joined = try await stage.reconcile(["--window", "7m"])
            #expect(joined.code == 0, "\(joined.errors)")
            #expect(joined.complaints.count == 1)
            #expect(joined.errors.contains("that run's options"))
            #expect(try await stage.outcomes() == ["hanging": "recovered"])
        }
    }

    /// Its calls belong to an address that nobody asks any more.
    @Test(arguments: [[], ["--account", "hanging"]])
    func `a run that was stranded under another address is ended without a call, and said`(
        purpose: [String]
    ) async throws {
        try await Stage.with([Self.hanging]) { stage in
            try await Self.crash(stage, Stage.quick + purpose, whenAskedFor: ["hanging"])
            let before = try stage.sandbox.calls().accounts["hanging"]
            let next = try await stage.reconcile(
                Stage.quick, environment: ["MONO_BASE_URL": stage.sandbox.baseURL + "/other"])
            #expect(next.code == 0, "\(next.errors)")
            #expect(next.complaints.count == 1)
            #expect(next.errors.contains("run 1 was left open with --api realtime at \(stage.sandbox.baseURL)"))
            let ended = try await stage.runs()
            #expect(ended.map(\.isFinished) == [true, true])
            #expect(try await stage.outcomes(ofRun: ended[0].id) == ["hanging": "deferred"])
            let cause: String? = try await stage.sql.value("select cause from mono.reconciliation_cases")
            #expect(cause == "other_base_url")
            #expect(try stage.sandbox.calls().accounts["hanging"] == before)
        }
    }

    private static func crash(_ stage: Stage, _ options: [String], whenAskedFor accounts: [String]) async throws {
        let tool = try stage.start(options)
        try await stage.until("the syncs are asked for") {
            let calls = try stage.sandbox.calls().accounts
            return accounts.allSatisfy { calls[$0]?.trigger == 1 }
        }
        tool.signal(SIGKILL)
        #expect(await tool.completion().code == -SIGKILL)
        #expect(try await stage.runs().map(\.isFinished) == [false])
    }
}
