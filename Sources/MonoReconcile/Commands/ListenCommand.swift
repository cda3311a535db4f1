import ArgumentParser
import Ledger
import Logging
import Platform
import Postgres
import Webhooks

/// `mono-reconcile listen`.
struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Receive Mono's webhooks and record them.",
        discussion: """
            POST /webhooks/mono answers 200 once the event is in the database, 401 without the right secret, 400 for \
            what is not JSON, 413 above 1 MiB, 415 for what is compressed, and 503 when it could not be recorded, so \
            that Mono sends it again. The log tells each reason once a minute. GET /healthz says that the process \
            lives, GET /readyz that an event could be recorded now.

            MONO_WEBHOOK_SECRET or MONO_WEBHOOK_SECRET_FILE holds the webhook's secret from Mono's dashboard. The \
            listener speaks plain HTTP: put it behind the proxy that has your certificate. SIGTERM ends it within 5 \
            seconds, after the requests under way. In the database it needs the role mono_webhook and no more.
            """)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The address to listen on. (default: 127.0.0.1)", valueName: "address"))
    var host: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The port; 0 takes any free one. (default: 8080)", valueName: "number"))
    var port: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: notice)", valueName: "level"))
    var logLevel: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("text or json. (default: text)", valueName: "format"))
    var logFormat: String?

    func run() async throws {
        let environment = Environment.current
        let host = try Self.host(self.host)
        let port = try Self.port(self.port)
        let logger = try logger(Reader(environment: environment))
        let connection = ConnectionSettings(environment: environment)
        let secret = try connection.webhookSecret()
        // One locked row is waited for by its whole batch, once for each halving.
        let configuration = try connection.database(statementTimeout: .seconds(5), lockTimeout: .milliseconds(200))
        let signals = SignalBox()
        StopSignals.install(lastWords: Self.lastWords, signals.raise)
        try await connection.withAdmin(configuration) { (admin) async throws(Failure) in
            try await connection.withDatabase(configuration) { (probe) async throws(Failure) in
                let recorder = EventRecorder(admin: admin, probe: LedgerAdmin(database: probe), logger: logger)
                var limits = ListenLimits()
                limits.connections = max(16, min(limits.connections, Process.raiseDescriptorLimit() - 64))
                let server = WebhookServer(
                    host: host, port: port, secret: secret, limits: limits, logger: logger,
                    queue: EventQueue(logger: logger, recorder: recorder.record), isReady: recorder.isReady)
                try await Self.serve(server, at: host, until: signals)
            }
        }
        if let signal = signals.signal { throw Failure(code: 128 + Int(signal), Self.lastWords) }
    }

    private static let lastWords = "interrupted; every event that was answered with 200 is recorded"

    private static func serve(
        _ server: WebhookServer, at host: String, until signals: SignalBox
    ) async throws(Failure) {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        signals.onStop { _ in stop.finish() }
        let shown = host.contains(":") ? "[\(host)]" : host
        do throws(ListenError) {
            try await server.run(
                onListening: { port in Terminal.print("listening on http://\(shown):\(port)", .copy) },
                until: { for await _ in stops {} })
        } catch {
            throw Failure(error.isByItself ? .internalError : .configuration, error.description)
        }
    }

    private func logger(_ reader: Reader) throws(Failure) -> Logger {
        let level: Logger.Level = try reader.choice("log-level", logLevel) ?? .notice
        let format: RunSettings.LogFormat = try reader.choice("log-format", logFormat) ?? .text
        return Logger(label: "mono-reconcile") { _ in LogLines(level: level, format: format) }
    }

    private static func host(_ option: String?) throws(Failure) -> String {
        try Setting(option: option, name: "host", environment: [:])
            .read("an address or a name", example: "0.0.0.0") { text in
                let isName = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                return isName && (1...253).contains(text.utf8.count) ? text : nil
            } ?? "127.0.0.1"
    }

    private static func port(_ option: String?) throws(Failure) -> Int {
        try Setting(option: option, name: "port", environment: [:])
            .read("a port from 0 to 65535", example: "8080") { text in
                text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text).map(Int.init) : nil
            } ?? 8_080
    }
}
