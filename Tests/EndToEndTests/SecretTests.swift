import Foundation
import Postgres
import TestSupport
import Testing

/// Keys and passwords stay where they are.
struct SecretTests {
    private static let accounts = [
        Sample("recovers", "recovers"), Sample("odd", "recovers", faults: [.pageForDetails]),
        Sample("reset", "recovers", faults: [Sample.Fault("reset", on: ["details"], first: 1)]),
        Sample("doubt", "recovers", faults: [Sample.Fault("500", on: ["trigger"])]), Sample("gone", "gone"),
    ]

    @Test(arguments: ["text", "json"])
    func `the key is in no output, log, report or row`(format: String) async throws {
        try await Stage.with(Self.accounts) { stage in
            let logging = ["--log-level", "trace", "--log-format", format]
            let run = try await stage.reconcile(Stage.quick + logging)
            #expect(run.code == 1)
            // The log is on, or this test would prove nothing.
            #expect(run.complaints.count > 20)
            let one = try await stage.reconcile(Stage.quick + logging + ["--json", "--account", "gone"])
            let rows = try await stage.sql.run { (session) throws(PostgresError) in
                try session.column(
                    "select r::text || c::text from mono.reconciliation_runs r, mono.reconciliation_cases c",
                    as: String.self)
            }
            var texts = rows + [run.everything, one.everything]
            for file in try FileManager.default.subpathsOfDirectory(atPath: stage.reports) {
                let path = "\(stage.reports)/\(file)"
                if let data = FileManager.default.contents(atPath: path) {
                    texts.append(String(decoding: data, as: UTF8.self))
                }
            }
            #expect(texts.count >= rows.count + 6)
            for text in texts { #expect(!text.contains(Stage.key)) }
        }
    }

    @Test
    func `a refused key from a file is not shown`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let file = "\(stage.folder)/key"
            let canary = "test_sk_canary_0c5b"
            try Data("\(canary)\n".utf8).write(to: URL(filePath: file))
            let variables = ["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": file]
            let refused = try await stage.reconcile(
                Stage.quick + ["--log-level", "trace"], environment: variables)
            #expect(refused.code == 77)
            #expect(!refused.everything.contains(canary))
            // What is no key is not quoted either.
            try Data("\(canary) and more\n".utf8).write(to: URL(filePath: file))
            let malformed = try await stage.reconcile(environment: variables)
            #expect(malformed.code == 78)
            #expect(!malformed.everything.contains(canary))
        }
    }

    @Test
    func `the database's password is not shown`() async throws {
        let port = try freeLoopbackPort()
        for url in ["postgresql://u:canary_7f@127.0.0.1:\(port)/d", "postgresql://u:canary_7f@[/d"] {
            let ending = try await Tool.run(
                .reconcile, ["--log-level", "trace"],
                environment: ["DATABASE_URL": url, "MONO_SECRET_KEY": Stage.key])
            #expect(ending.code == 69 || ending.code == 78)
            #expect(!ending.everything.contains("canary_7f"))
        }
    }
}
