import Foundation
import Postgres
import TestSupport
import Testing

/// The story of one account.
struct ExplainTests {
    @Test
    func `support reads events and runs in time order`() async throws {
        try await Stage.with([Sample("one", "recovers")]) { stage in
            try await stage.sql.execute(
                """
                select mono.record_event('{"event":"mono.events.sync_failed","data":{"account":"one"}}')
                """)
            #expect(try await stage.reconcile(Stage.quick).code == 0)
            let role = "support_\(UInt32.random(in: .min ... .max))"
            try await stage.sql.execute("create role \(identifier: role) login in role mono_support")
            let variables = [
                "DATABASE_URL": stage.database.connectionString + " user=\(role)", "MONO_SECRET_KEY": "",
            ]
            let before = try await stage.fingerprint()
            let ending = try await stage.reconcile(["explain", "one"], environment: variables)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output.contains("  data available    yes (AVAILABLE)\n"))
            let marks = ["sync_failed: applied", "nightly: missing_update since ", "trigger ", "recovered: "]
            let places = marks.map { ending.output.range(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil }, "\(ending.output)")
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
            #expect(ending.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
            #expect(!ending.output.contains("estimated"))

            #expect(ending.output.hasPrefix("Account one\nHealthy: its data is there, which came "))
            #expect(ending.output.hasSuffix("Next: Nothing to do: the statement can be used.\n"))
            // The reference of one account does as well.
            #expect(try await stage.reconcile(["explain", "ref-one"], environment: variables).output == ending.output)
            let found = try await stage.reconcile(["find", "REF-o"], environment: variables)
            #expect(found.output.hasPrefix("ref-one  one  GTBank  Healthy: its data is there"), "\(found.output)")
            let none = try await stage.reconcile(["find", "nobody"], environment: variables)
            #expect(none.code == 0 && none.output.isEmpty)
            #expect(none.errors == "mono-reconcile: no account matches \"nobody\"\n")

            let json = try await stage.reconcile(["explain", "one", "--json"], environment: variables)
            let story = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let entries = story?["entries"] as? [[String: Any]]
            #expect(story?["verdict_code"] as? String == "healthy")
            #expect(story?["schema_version"] as? Int == 1)
            #expect(entries?.first?["kind"] as? String == "event")
            #expect(entries?.last?["outcome"] as? String == "recovered", "\(json.output)")
            #expect(try await stage.fingerprint() == before)
        }
    }

    @Test
    func `an account without a row is explained, an unknown one is not`() async throws {
        try await Stage.with([]) { stage in
            try await stage.sql.execute(
                """
                select mono.record_event('{"event":"mono.events.other","data":{"account":"lost"}}')
                """)
            let lost = try await stage.reconcile(["explain", "lost"])
            #expect(lost.code == 0, "\(lost.errors)")
            #expect(lost.output.contains("Not in mono.accounts.\n"))
            #expect(lost.output.contains("event  other: ignored"))
            for unknown in ["nobody", "a/b"] {
                let ending = try await stage.reconcile(["explain", unknown])
                #expect(ending.code == 65)
                #expect(ending.complaints.count == 1)
                #expect(ending.errors.contains(unknown))
            }
        }
    }
}
