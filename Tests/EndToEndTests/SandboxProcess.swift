import Foundation
import Testing

/// `mono-sandbox` on a free port, with the accounts of one test.
struct SandboxProcess: Sendable {
    /// Calls by kind.
    struct Kinds: Decodable, Equatable {
        var details: Int
        var trigger: Int
        var job: Int
        var reauth = 0

        var total: Int { details + trigger + job + reauth }
    }

    /// `/_sandbox/calls`.
    struct Calls: Decodable {
        var total: Int
        var kinds: Kinds
        var accounts: [String: Kinds]
    }

    /// `/_sandbox/triggers`.
    struct Triggers: Decodable {
        var total: Int
        var insideLimit: Int

        private enum CodingKeys: String, CodingKey {
            case total
            case insideLimit = "inside_limit"
        }
    }

    let port: Int
    private let tool: Tool

    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Starts it and returns once it listens; webhooks go to a listener's port, with its secret.
    init(
        _ accounts: [Sample], key: String, folder: String, options: [String] = [],
        webhooks listener: (port: Int, secret: String)? = nil
    ) async throws {
        let scenario = "\(folder)/scenario-\(UUID().uuidString).json"
        try JSONEncoder().encode(["accounts": accounts]).write(to: URL(filePath: scenario))
        tool = try Tool(
            .sandbox,
            ["--port", "0", "--scenario", scenario] + options
                + (listener.map { ["--webhook-url", "http://127.0.0.1:\($0.port)/webhooks/mono"] } ?? []),
            environment: ["MONO_SECRET_KEY": key, "MONO_WEBHOOK_SECRET": listener?.secret ?? ""],
            limit: .seconds(300))
        let line = try #require(await tool.line(beginningWith: "listening on http://127.0.0.1:"))
        port = try #require(line.split(separator: ":").last.flatMap { Int($0) })
    }

    /// Ends it.
    func stop() async {
        tool.signal(SIGTERM)
        _ = await tool.completion()
    }

    /// Every call of the API so far.
    func calls() throws -> Calls { try page("calls") }

    /// Every sync that was asked for so far.
    func triggers() throws -> Triggers { try page("triggers") }

    /// The outcome that each stuck or flagged account must have.
    func truth(api: String, window: String) throws -> [String: String] {
        let all: [String: String?] = try page("truth?api=\(api)&window=\(window)")
        return all.compactMapValues { $0 }
    }

    /// Gives an account another script; it had its data before.
    func change(_ account: String, script: String, webhooks: String) throws {
        let scenario =
            #"{"accounts":[{"id":"\#(account)","script":"\#(script)","had_data":true,"webhooks":"\#(webhooks)"}]}"#
        _ = try loopbackPage(port: port, "/_sandbox/accounts", posting: scenario)
    }

    /// Gives known accounts another behaviour, or adds accounts.
    func change(_ accounts: [Sample]) throws {
        let scenario = try JSONEncoder().encode(["accounts": accounts])
        _ = try loopbackPage(port: port, "/_sandbox/accounts", posting: String(decoding: scenario, as: UTF8.self))
    }

    /// The customer signs in again.
    func reauthorise(_ account: String) throws {
        _ = try loopbackPage(port: port, "/_sandbox/reauthorise/\(account)", posting: "")
    }

    private func page<Value: Decodable>(_ path: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: loopbackPage(port: port, "/_sandbox/" + path))
    }
}
