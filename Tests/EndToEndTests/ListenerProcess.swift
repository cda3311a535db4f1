import Foundation
import TestSupport
import Testing

/// `mono-reconcile listen` on a free port, with the rights of the role mono_webhook and no others.
struct ListenerProcess: Sendable {
    static let secret = "wh_secret_canary_51"

    let tool: Tool
    let port: Int

    /// Starts it and returns once it listens.
    init(
        _ database: TestDatabase, _ options: [String] = [], through relay: Relay? = nil, errors: PipeText? = nil
    ) async throws {
        var environment = Self.environment(database)
        if let relay { environment["DATABASE_URL", default: ""] += " host=127.0.0.1 port=\(relay.port)" }
        tool = try Tool(
            .reconcile, ["listen", "--port", "0"] + options, environment: environment, errors: errors,
            limit: .seconds(120))
        let line = await tool.line(beginningWith: "listening on http://127.0.0.1:")
        guard let port = line?.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw ToolError(description: "it does not listen: \(await tool.completion().errors)")
        }
        self.port = port
    }

    /// Neither Mono's key nor its address is needed.
    static func environment(_ database: TestDatabase) -> [String: String] {
        ["DATABASE_URL": database.connectionString + " user=hook", "MONO_WEBHOOK_SECRET": secret]
    }

    func connect() throws -> HTTPConnection { try HTTPConnection(port: port) }

    /// Posts one event over a connection of its own.
    func post(_ body: String, secret: String? = Self.secret) async throws -> HTTPConnection.Reply? {
        try await connect().post(body, secret: secret)
    }

    /// Tells it to end and returns how it did.
    func stop(_ signal: Int32 = SIGTERM) async -> Tool.Completion {
        tool.signal(signal)
        return await tool.completion()
    }
}

/// Mono's own webhooks, as printed.
enum PrintedWebhooks {
    static let account = "6a10f0c1d2e3f4a5b6c7d801"

    static func all() throws -> [(name: String, text: String)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../WebhooksTests/Fixtures")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }
}
