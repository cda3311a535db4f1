import Foundation
import Postgres
import TestSupport
import Testing

/// Webhooks from files.
struct RecordTests {
    private static func updated(_ account: String, _ status: String = "AVAILABLE", id: String? = nil) -> String {
        let key = id.map { "\"event_id\":\"\($0)\"," } ?? ""
        return "{\"event\":\"mono.events.account_updated\",\(key)\"data\":{\"account\":{\"_id\":\"\(account)\"},"
            + "\"meta\":{\"data_status\":\"\(status)\"}}}"
    }

    private static func record(_ text: String, _ options: [String] = [], on stage: Stage) async throws
        -> Tool.Completion
    {
        let file = stage.folder + "/events.json"
        try Data(text.utf8).write(to: URL(filePath: file))
        // Neither Mono's key nor its address is needed.
        return try await stage.reconcile(["record", file] + options, environment: ["MONO_SECRET_KEY": ""])
    }

    @Test
    func `good lines are kept and bad ones named`() async throws {
        try await Stage.with([]) { stage in
            let lines = [
                Self.updated("one", id: "e1"), "", "{\"event\":", Self.updated("two", id: "e2"),
                "{\"event\":\"a\\u0000\"}", "{\"event\":1e400000}",
                String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000),
                "\"" + String(repeating: "x", count: 1 << 20) + "\"", Self.updated("one", id: "e1"),
                "{\"event\":\"mono.events.other\",\"data\":{}}", "[]",
            ]
            let ending = try await Self.record(lines.joined(separator: "\r\n"), on: stage)
            #expect(ending.code == 65)
            #expect(ending.complaints.count == 1)
            #expect(
                ending.errors.contains(
                    "not recorded: event 2 in line 3 (not JSON), event 6 in line 8 (no JSON object); the rest is; "
                        + "recorded, but no webhook that can be applied: event 5 in line 6 (no event name)"))
            #expect(
                ending.output
                    == "6 events recorded\n  2  applied\n  1  duplicate\n  2  ignored\n  1  rejected\n")
            #expect(try await stage.healthyAccounts() == ["one", "two"])
        }
    }

    @Test
    func `what the database refuses is named, and holds up no other`() async throws {
        try await Stage.with([]) { stage in
            try await stage.refuseCursedAccount()
            var lines = (0..<40).map { Self.updated("a\($0)", id: "e\($0)") }
            lines[6] = Self.updated("cursed", id: "e6")
            lines[30] = Self.updated("cursed", id: "e30")
            let ending = try await Self.record(lines.joined(separator: "\n"), on: stage)
            #expect(ending.code == 65)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("not recorded: event 7 in line 7 ("))
            #expect(ending.errors.contains("event 31 in line 31 ("))
            #expect(ending.errors.contains("no such customer"))
            #expect(ending.output == "38 events recorded\n  38  applied\n")
        }
    }

    @Test
    func `one document may have many lines`() async throws {
        try await Stage.with([]) { stage in
            let pretty = """

                {
                  "event": "mono.events.account_updated",
                  "data": { "account": "one",
                    "meta":
                    {}
                  }
                }
                """
            let ending = try await Self.record(pretty, ["--json"], on: stage)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output.contains("\"recorded\": 1"))
            let broken = try await Self.record("{\n  \"event\": \"x\",\n", on: stage)
            #expect(broken.code == 65)
            #expect(broken.errors.contains("event 1 in line 1 (not JSON)"))
        }
    }

    @Test
    func `arrays, pretty ones and Windows' files count like any other`() async throws {
        try await Stage.with([]) { stage in
            let text =
                "\u{FEFF}[\n" + ["one", "two"].map { Self.updated($0, id: $0) }.joined(separator: ",\n") + "]\n"
                + "[" + ["three", "four"].map { Self.updated($0, id: $0) }.joined(separator: ",") + "]\n"
                + Self.updated("five", id: "five").replacing(",", with: ",\n  ").replacing("{", with: "{\n  ")
                + Self.updated("six", id: "six")
            let ending = try await Self.record(text.replacing("\n", with: "\r\n"), on: stage)
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output == "6 events recorded\n  6  applied\n")
            #expect(try await stage.healthyAccounts() == ["one", "two", "three", "four", "five", "six"])
            // An export of somebody's own is no webhook, however many are in it.
            let wrapped = try await Self.record("{\"events\":[\(Self.updated("seven"))]}", ["--json"], on: stage)
            #expect(wrapped.code == 65)
            #expect(wrapped.errors.contains("event 1 in line 1 (no event name)"))
            let cut = try await Self.record("[\(Self.updated("eight", id: "eight")),", on: stage)
            #expect(cut.code == 65)
            #expect(cut.errors.contains("event 2 in line 1 (the array is cut off before its end)"))
            #expect(cut.output == "1 event recorded\n  1  applied\n")
        }
    }

    @Test
    func `more than one batch in order`() async throws {
        try await Stage.with([]) { stage in
            var lines = (0..<1_203).map { Self.updated("a\($0 % 7)", "PARTIAL", id: "e\($0)") }
            lines[700] = "{"
            let ending = try await Self.record(lines.joined(separator: "\n") + "\n", ["--quiet"], on: stage)
            #expect(ending.code == 65)
            #expect(ending.output.isEmpty)
            #expect(ending.errors.contains("event 701 in line 701 (not JSON)"))
            let events: Int? = try await stage.sql.value("select count(*) from mono.webhook_events")
            #expect(events == 1_202)
        }
    }

    @Test
    func `standard input may be empty, and a file must be there`() async throws {
        try await Stage.with([]) { stage in
            let nothing = try await stage.reconcile(["record", "-"])
            #expect(nothing.code == 0)
            #expect(nothing.output == "0 events recorded\n")
            let missing = try await stage.reconcile(["record", "/nowhere/events.json"])
            #expect(missing.code == 65)
            #expect(missing.errors.contains("/nowhere/events.json"))
        }
    }

    @Test
    func `a full pipe is read to its end, with the webhook role's rights`() async throws {
        try await Stage.with([]) { stage in
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            let (source, end) = (ends[0], ends[1])
            let lines = (0..<2_000).map { Self.updated("a\($0 % 50)", id: "e\($0)") + "\n" }.joined()
            try #require(lines.utf8.count > 3 * 65_536)
            let tool = try Tool(
                .reconcile, ["record"],
                environment: ["DATABASE_URL": stage.database.connectionString + " user=hook"], input: source)
            close(source)
            DispatchQueue(label: "test.input").async {
                // Fails if the program ends early, which the test sees by its answer.
                try? FileHandle(fileDescriptor: end, closeOnDealloc: true).write(contentsOf: Data(lines.utf8))
            }
            let ending = await tool.completion()
            #expect(ending.code == 0, "\(ending.errors)")
            #expect(ending.output == "2000 events recorded\n  2000  applied\n")
        }
    }
}
