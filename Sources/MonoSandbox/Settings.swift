/// How a sandbox behaves, apart from its accounts.
struct Settings: Sendable {
    /// The `mono-sec-key` that is accepted.
    var key = "test_sk_sandbox"
    /// Decides every draw.
    var seed: UInt64 = 1
    /// Seconds between realtime sessions of one account.
    var realtimeLimit = 300.0
    /// Seconds between manual data syncs of one account.
    var dataSyncLimit = 120.0
    /// How long syncs take.
    var latency = LatencyDistribution.lognormal(median: 1.5, sigma: 0.5)
    /// How long syncs of slow accounts take.
    var slowLatency = LatencyDistribution.uniform(4, 12)
    /// Seconds until an ordinary answer goes out.
    var answerSeconds = 0.02
    /// Whether there is anybody to send events to.
    var sendsWebhooks = false
    /// The share of events that get lost.
    var webhookLoss = 0.0
    /// Seconds from what happened to its event.
    var webhookDelay = 0.3
    /// The share of events that come twice.
    var webhookDuplicates = 0.0
    /// Banks with a behaviour of their own, by name.
    var banks: [String: BankBehaviour] = [:]
    /// Tried after an account's own.
    var faults: [FaultRule] = []
    /// Seconds since 1970 at the start, for times in bodies.
    var epoch = 1_700_000_000.0
    /// Latencies and limits are divided by this.
    var speed = 1.0

    /// The dice of the seed.
    var dice: Dice { Dice(seed: seed) }

    /// Seconds between triggers of one account.
    func limit(_ generation: Generation) -> Double {
        (generation == .realtime ? realtimeLimit : dataSyncLimit) / speed
    }

    /// Seconds that the `attempt`-th sync of an account takes, 0 being the first.
    func latency(of account: Account, attempt: Int) -> Double {
        let usual = account.behaviour == .slow ? slowLatency : banks[account.institution]?.latency ?? latency
        let distribution = account.latency ?? usual
        let first = dice.roll(account.id, "latency", attempt)
        return distribution.draw(first, dice.roll(account.id, "latency-second", attempt)) / speed
    }

    /// Whether a sync of an account that begins now is refused by its bank.
    func isDown(_ account: Account, at now: Double) -> Bool {
        banks[account.institution]?.isDown(at: now * speed) ?? false
    }

    /// Whether the event of an account gets lost; `ordinal` tells events of one name apart.
    func loses(_ event: String, of account: Account, _ ordinal: Int) -> Bool {
        switch account.webhooks {
        case .sent: false
        case .lost: true
        case .drawn:
            if let share = banks[account.institution]?.webhookLoss {
                // One draw for all events of a sync.
                dice.roll(account.id, "loss", ordinal) < share
            } else {
                dice.roll(account.id, "loss-" + event, ordinal) < webhookLoss
            }
        }
    }
}
