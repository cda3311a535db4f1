import Foundation
import Postgres
import TestSupport
import Testing

/// docs/examples/webhook_backend.py, run as its readers would, by a user who has the role mono_webhook and no other.
struct PythonBackendTests {
    private static let secret = "whsec_test"
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/examples/webhook_backend.py").standardizedFileURL.path

    /// The backend, listening, and the test's own look at its database.
    private struct Backend {
        let sql: Database
        let database: TestDatabase
        let tool: Tool
        let port: Int

        /// The status of the answer to a webhook.
        func post(
            _ body: String, secret: String? = PythonBackendTests.secret, path: String = "/webhooks/mono",
            length: Int? = nil
        ) async throws -> Int {
            let header = secret.map { "mono-webhook-secret: \($0)\r\n" } ?? ""
            let answer = try loopbackAnswer(
                port: port,
                Data(
                    """
                    POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\(header)\
                    Content-Length: \(length ?? body.utf8.count)\r\n\r\n\(body)
                    """.utf8))
            let words = String(decoding: answer.prefix(40), as: UTF8.self).split(separator: " ")
            return try #require(words.count > 1 ? Int(words[1]) : nil)
        }

        func withData() async throws -> [String] {
            try await sql.run { (session) throws(PostgresError) in
                try session.column("select account_id from mono.accounts where data_available order by account_id")
            }
        }

        func effects() async throws -> [String] {
            try await sql.run { (session) throws(PostgresError) in
                try session.column("select effect from mono.webhook_events order by received_at")
            }
        }
    }

    private func withBackend(_ body: (Backend) async throws -> Void) async throws {
        let module = try await Tool.run(.python, ["-c", "import psycopg2"], environment: [:])
        try #require(
            module.code == 0, "psycopg2 is missing: apt-get install python3-psycopg2, or scripts/install-packages")
        try await Doorkeeper.shared.admitted {
            let database = try await TestCluster.shared.makeDatabase(preparedAs: "python_backend") { template in
                let migration = try await Tool.run(
                    .reconcile, ["migrate"], environment: ["DATABASE_URL": template.connectionString])
                guard migration.code == 0 else { throw ToolError(description: "migrate: \(migration.errors)") }
                let sql = template.connect()
                try await sql.execute("create role python_backend login in role mono_webhook")
                await sql.close()
            }
            let tool = try Tool(
                .python, [Self.page],
                environment: [
                    "DATABASE_URL": database.connectionString + " user=python_backend", "PORT": "0",
                    "MONO_WEBHOOK_SECRET": Self.secret,
                ])
            let line = try #require(await tool.line(beginningWith: "listening on http://127.0.0.1:"))
            let port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
            let backend = Backend(sql: database.connect(), database: database, tool: tool, port: port)
            try await body(backend)
            await backend.sql.close()
            tool.signal(SIGTERM)
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(!ending.everything.contains("CANARY"))
        }
    }

    private static func updated(_ account: String, _ rest: String = "") -> String {
        #"{"event":"mono.events.account_updated","data":{"account":{"_id":"\#(account)","name":"CANARY"},"#
            + #""meta":{"data_status":"AVAILABLE"\#(rest)}}}"#
    }

    @Test
    func `an event has its effect, a second one none, and an unknown one is answered 200 as well`() async throws {
        try await withBackend { (backend) async throws in
            #expect(try await backend.post(Self.updated("one")) == 200)
            #expect(try await backend.post(Self.updated("one")) == 200)
            #expect(try await backend.post(#"{"event":"mono.events.account_income"}"#) == 200)
            #expect(try await backend.post("[]") == 200)
            #expect(
                try await backend.effects() == ["applied", "ignored", "rejected: the payload is not a JSON object"])
            #expect(try await backend.withData() == ["one"])
        }
    }

    @Test
    func `what is not Mono's is refused, and nothing is recorded`() async throws {
        try await withBackend { (backend) async throws in
            #expect(try await backend.post(Self.updated("one"), secret: "whsec_tesT") == 401)
            #expect(try await backend.post(Self.updated("one"), secret: "") == 401)
            #expect(try await backend.post(Self.updated("one"), secret: nil) == 401)
            #expect(try await backend.post("{") == 400)
            #expect(try await backend.post("") == 400)
            #expect(try await backend.post(String(repeating: "[", count: 100_000)) == 400)
            #expect(try await backend.post("", length: 1 << 20 + 1) == 413)
            #expect(try await backend.post("{}", path: "/") == 404)
            #expect(try await backend.effects() == [])
        }
    }

    @Test
    func `what jsonb cannot hold is left out, so that the event is not sent for ever`() async throws {
        try await withBackend { (backend) async throws in
            let odd = #","ref":"a\u0000\ud800b","has_new_data":1e400000"#
            #expect(try await backend.post(Self.updated("odd", odd)) == 200)
            #expect(try await backend.withData() == ["odd"])
        }
    }

    @Test
    func `deep nesting and endless digits cost an event nothing else`() async throws {
        try await withBackend { (backend) async throws in
            let nested = String(repeating: #"{"a":["#, count: 350) + String(repeating: "]}", count: 350)
            #expect(try await backend.post(Self.updated("deep", #","x":\#(nested)"#)) == 200)
            let digits = String(repeating: "9", count: 5_000)
            #expect(try await backend.post(Self.updated("long", #","x":\#(digits)"#)) == 200)
            #expect(try await backend.withData() == ["deep", "long"])
            // What differs only in what was left out is another event.
            #expect(try await backend.post(Self.updated("long", #","x":1\#(digits)"#)) == 200)
            #expect(try await backend.effects() == ["applied", "applied", "applied"])
        }
    }

    @Test
    func `without the database it answers 503, and then takes what is sent again`() async throws {
        try await withBackend { (backend) async throws in
            let name = backend.database.name
            try await TestCluster.shared.administer { (session) throws(PostgresError) in
                try session.execute("alter database \(identifier: name) allow_connections false")
            }
            #expect(try await backend.post(Self.updated("one")) == 503)
            try await TestCluster.shared.administer { (session) throws(PostgresError) in
                try session.execute("alter database \(identifier: name) allow_connections true")
            }
            #expect(try await backend.post(Self.updated("one")) == 200)
            #expect(try await backend.effects() == ["applied"])
        }
    }
}
