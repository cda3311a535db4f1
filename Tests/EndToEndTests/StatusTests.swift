import Foundation
import Postgres
import TestSupport
import Testing

/// One screen of what is going on.
struct StatusTests {
    @Test
    func `support sees the last run, the backlog and the last event, and nothing is written`() async throws {
        try await Stage.with([Sample("one", "recovers"), Sample("two", "partial")]) { stage in
            #expect(try await stage.reconcile(Stage.quick).code == 0)
            try await stage.sql.execute(
                """
                select mono.record_event('{"event":"mono.events.sync_failed","data":{"account":"two"}}')
                """)
            let role = "support_\(UInt32.random(in: .min ... .max))"
            try await stage.sql.execute("create role \(identifier: role) login in role mono_support")
            let variables = [
                "DATABASE_URL": stage.database.connectionString + " user=\(role)", "MONO_SECRET_KEY": "",
            ]
            let before = try await stage.fingerprint()
            let ending = try await stage.reconcile(["status"], environment: variables)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.errors.isEmpty)
            #expect(ending.output.contains("Backlog     1 stuck, 0 flagged, 0 awaiting; the oldest for "))
            #expect(ending.output.contains("ago: sync_failed, applied; 1 in 24 h"))
            #expect(ending.output.contains("1      nightly"))
            let lines = ending.output.split(separator: "\n")
            #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 110 })

            let json = try await stage.reconcile(["status", "--json"], environment: variables)
            let status = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let run = (status?["runs"] as? [[String: Any]])?.first
            #expect((run?["outcomes"] as? [String: Int])?["recovered"] == 1)
            #expect(run?["exit_code"] as? Int == 0)
            #expect(status?["attention"] as? [String] == [])
            #expect((status?["known_accounts"] as? [String: Any])?["count"] as? Int == 2)
            #expect(try await stage.fingerprint() == before)

            let later = try await stage.reconcile(["status", "--stuck-after", "1d"], environment: variables)
            #expect(later.output.contains("Backlog     0 stuck, 0 flagged, 1 awaiting"))
        }
    }

    @Test
    func `a run under way shows its worker`() async throws {
        try await Stage.with([Sample("slow", "never_ready")]) { stage in
            let run = try stage.start(["--window", "30s", "--poll-first", "100ms"])
            try await stage.until("the run is open") { try await stage.runs().first?.isFinished == false }
            try await stage.until("its worker is seen") {
                let screen = try await stage.reconcile(["status"]).output
                return screen.contains("Open run    1 (nightly) for ") && screen.contains(", run 1, for ")
            }
            run.signal(SIGTERM)
            #expect(await run.completion().code == 143)
            #expect(try await stage.reconcile(["status"]).output.contains("Open run    none"))
        }
    }
}
