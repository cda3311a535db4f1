import Glibc
import Postgres
import Testing

/// `kill -9` at the worst moment: the intent is committed, the request has left, no answer came.
struct CrashTests {
    @Test(arguments: ["realtime", "data-sync"])
    func `the next run takes the crashed one up and triggers nothing twice`(api: String) async throws {
        let accounts = [
            Sample("hanging", "recovers", faults: [Sample.Fault("hang", on: ["trigger"])]),
            Sample("flagged", "recovers", flagged: true, faults: [Sample.Fault("hang", on: ["trigger"])]),
            Sample("untouched", "recovers", faults: [Sample.Fault("503", on: ["details"], first: 1)]),
        ]
        try await Stage.with(accounts) { stage in
            let options = Stage.quick + ["--api", api]
            let tool = try stage.start(options)
            try await stage.until("both syncs are asked for") {
                let calls = try stage.sandbox.calls().accounts
                return calls["hanging"]?.trigger == 1 && calls["flagged"]?.trigger == 1
            }
            tool.signal(SIGKILL)
            #expect(await tool.ending().code == -SIGKILL)
            #expect(try await stage.runs().map(\.isFinished) == [false])

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
}
