@testable import MonoSandbox

/// A sandbox without a server or a clock: each request is given its time in seconds, and nothing waits.
struct SandboxDriver {
    var sandbox: Sandbox

    /// Accounts whose syncs take four seconds, and events that follow a second later.
    init(_ accounts: [Account], change: (inout Settings) -> Void = { _ in }) {
        var settings = Settings()
        settings.latency = .fixed(4)
        settings.slowLatency = .fixed(20)
        settings.webhookDelay = 1
        settings.sendsWebhooks = true
        change(&settings)
        sandbox = Sandbox(settings: settings, accounts: accounts)
    }

    /// One account, `acc`.
    init(_ behaviour: AccountBehaviour, hadData: Bool = false, change: (inout Settings) -> Void = { _ in }) {
        var account = Account(id: "acc", behaviour: behaviour)
        account.hadData = hadData
        self.init([account], change: change)
    }

    /// A request with the right key.
    mutating func send(
        _ method: String, _ target: String, at now: Double = 0, headers: [String: String] = [:], body: String = ""
    ) -> Reply {
        let key = ["mono-sec-key": sandbox.settings.key]
        let request = Request(
            method: method, target: target, headers: key.merging(headers) { $1 }, body: Array(body.utf8))
        return sandbox.answer(request, at: now)
    }

    /// A realtime trigger.
    mutating func trigger(at now: Double = 0, _ account: String = "acc") -> Reply {
        send("GET", "/v2/accounts/\(account)/transactions", at: now, headers: ["x-realtime": "true"])
    }

    /// A manual data sync.
    mutating func sync(at now: Double = 0, _ account: String = "acc") -> Reply {
        send("POST", "/accounts/\(account)/sync", at: now)
    }

    /// The data status that the details name.
    mutating func status(at now: Double, _ generation: Generation = .realtime) throws -> String? {
        switch generation {
        case .realtime:
            try Value(send("GET", "/v2/accounts/acc", at: now).answer.body)["data.meta.data_status"]?.text
        case .dataSync: try Value(send("GET", "/accounts/acc", at: now).answer.body)["meta.data_status"]?.text
        }
    }

    /// The status of the account's only job.
    mutating func jobStatus(at now: Double) throws -> String? {
        let job = sandbox.accounts["acc"]?.jobs.last?.id ?? "none"
        return try Value(send("GET", "/v2/accounts/acc/jobs/\(job)", at: now).answer.body)["data.status"]?.text
    }
}
