/// How one bank behaves towards those of its accounts that have nothing of their own.
struct BankBehaviour: Equatable, Sendable {
    /// A time in which the bank refuses every sync that begins.
    struct Outage: Equatable, Sendable {
        /// Seconds since the sandbox's start.
        var from: Double
        /// Nil when the bank does not come back.
        var until: Double?
    }

    /// Its accounts' `institution`.
    var name: String
    /// How long its syncs take; nil for the sandbox's own distribution.
    var latency: LatencyDistribution?
    /// The share of syncs whose events all get lost; nil for the sandbox's own share of single events.
    var webhookLoss: Double?
    var outages: [Outage] = []

    init(name: String) { self.name = name }

    /// Whether a sync that begins now is refused.
    func isDown(at now: Double) -> Bool {
        outages.contains { outage in
            outage.from <= now && now < outage.until ?? .infinity
        }
    }
}

extension BankBehaviour: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, latency, down
        case webhookLoss = "webhook_loss"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.strictContainer(keyedBy: Key.self)
        self.init(name: try values.decode(String.self, forKey: .name))
        outages = try values.decodeIfPresent([Outage].self, forKey: .down) ?? outages
        webhookLoss = try values.decodeIfPresent(Double.self, forKey: .webhookLoss)
        if let webhookLoss, !(0...1).contains(webhookLoss) {
            throw DecodingError.dataCorruptedError(
                forKey: .webhookLoss, in: values, debugDescription: "a share is between 0 and 1")
        }
        latency = try values.decodeIfPresent(LatencyDistribution.self, forKey: .latency)
    }
}

extension BankBehaviour.Outage: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case from, until
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.strictContainer(keyedBy: Key.self)
        from = try values.decodeIfPresent(Seconds.self, forKey: .from)?.value ?? 0
        until = try values.decodeIfPresent(Seconds.self, forKey: .until)?.value
    }
}
