import ArgumentParser
import AsyncHTTPClient
import Foundation
import Platform

/// `mono-sandbox serve`, the default.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Listen and answer as Mono would, until stopped.",
        discussion: """
            The accounts come from --scenario, from --accounts with --seed, or from POST /_sandbox/accounts.

            Pages of the sandbox's own, without a key:
              GET  /_sandbox/health         whether it is up
              GET  /_sandbox/calls          calls by kind, and by account
              GET  /_sandbox/calls/ID       one account's calls
              GET  /_sandbox/peak           the most API calls in any second
              GET  /_sandbox/triggers       triggers, and which came too soon
              GET  /_sandbox/truth          the outcome that a reconciler should
                                            find for each account; null for
                                            none (?api=data-sync&window=20s)
              POST /_sandbox/accounts       add or change accounts and banks (a
                                            scenario)
              POST /_sandbox/reauthorise/ID the customer signs in again
              POST /_sandbox/unlink/ID      the customer unlinks the account

            A scenario is {"accounts": [{"id": "acc-1", "script": "slow", ...}]}. Scripts: available, recovers, slow, \
            never_ready, reauthorisation, failed, partial, unavailable, incomplete, gone. Further members: had_data, \
            flagged, awaiting, can_reauthorise, institution, bank_code, customer_ref, holder, latency, webhooks \
            (drawn, sent, lost), faults [{"mode": "503", "on": ["details"], "first": 2, "rate": 1, \
            "retry_after": "2s", "retry_after_is_date": false, "takes_effect": false}].

            Beside the accounts a scenario may name "banks": [{"name": "Kuda Bank", "latency": \
            "0.95*lognormal:4s:0.5+0.05*1h", "webhook_loss": 0.2, "down": [{"from": "10s", "until": "40s"}]}]. A bank's \
            latency counts for its accounts without one of their own; webhook_loss is the share of syncs of which no \
            event arrives; while the bank is down, counted from the start, every sync that begins fails.

            Environment: MONO_SECRET_KEY is the key unless --key is given; MONO_WEBHOOK_SECRET goes into the header \
            mono-webhook-secret of every webhook.
            """)

    @OptionGroup var population: PopulationOptions
    @OptionGroup(title: "Behaviour") var behaviour: BehaviourOptions

    @Option(help: ArgumentHelp("A JSON file with accounts, their scripts, and banks.", valueName: "file"))
    var scenario: String?

    @Option(help: "The loopback address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port: UInt16 = 8089

    @Option(help: "The mono-sec-key that is accepted (default: MONO_SECRET_KEY, else test_sk_sandbox).")
    var key: String?

    @Option(help: ArgumentHelp("Where webhooks go; without it none are sent.", valueName: "url"))
    var webhookURL: String?

    @Option(help: ArgumentHelp("A file for one JSON object a call.", valueName: "file"))
    var callLog: String?

    func validate() throws {
        guard let webhookURL else { return }
        let url = URL(string: webhookURL)
        guard let scheme = url?.scheme, ["http", "https"].contains(scheme), url?.host != nil else {
            throw ValidationError("--webhook-url \(webhookURL): for example http://127.0.0.1:8080/webhooks/mono")
        }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var settings = behaviour.settings
        settings.seed = population.seed
        settings.key = key ?? environment["MONO_SECRET_KEY"] ?? settings.key
        settings.epoch = Date().timeIntervalSince1970
        settings.sendsWebhooks = webhookURL != nil
        let scenario = try scenarioRead()
        for bank in scenario?.banks ?? [] { settings.banks[bank.name] = bank }
        let generated = population.accounts.map { Population(count: $0, seed: population.seed).accounts } ?? []
        let sandbox = Sandbox(settings: settings, accounts: generated + (scenario?.accounts ?? []))
        let log = try callLog.map { try CallLog(path: $0) }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let sender = webhookURL.map { url in
            WebhookSender(client: client, url: url, secret: environment["MONO_WEBHOOK_SECRET"] ?? "")
        }
        let (stops, stop) = AsyncStream.makeStream(of: Int32.self)
        StopRequests.handle { stop.yield($0) }
        do {
            let server = try await LoopbackServer.start(
                Host(sandbox, log: log, sender: sender), at: host, port: Int(port))
            // Written at once, whatever the output is: scripts wait for this line.
            let shown = host.contains(":") ? "[\(host)]" : host
            FileHandle.standardOutput.write(Data("listening on http://\(shown):\(server.port)\n".utf8))
            for await _ in stops { break }
            try await server.stop()
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func scenarioRead() throws -> Scenario? {
        guard let scenario else { return nil }
        guard let data = FileManager.default.contents(atPath: scenario) else {
            throw ValidationError("--scenario \(scenario): cannot be read")
        }
        do {
            return try Scenario.read(Array(data))
        } catch {
            throw ValidationError("--scenario \(scenario): \(error)")
        }
    }
}
