import Text

/// One made-up account: how Mono shows it, how it behaves, and what the database has recorded of it.
struct Account: Equatable, Sendable {
    /// Whether the account's events arrive.
    enum Delivery: String, Sendable, CaseIterable, Codable {
        /// Lost by its bank's `webhookLoss`, else at `Settings.webhookLoss`.
        case drawn
        case sent
        case lost
    }

    /// 1–64 of `A-Za-z0-9_-`.
    var id: String
    var behaviour: AccountBehaviour
    /// The data was there once: the details say `AVAILABLE` for ever, whatever becomes of the link.
    var hadData = false
    /// Re-authorisation was said to be required, and the database has not heard otherwise.
    var isFlagged = false
    /// The database waits for an `account_updated`.
    var isAwaiting = true
    /// Whether Mono gives links and tokens to re-authorise it.
    var canReauthorise = true
    var institution = "GTBank"
    var bankCode = "058"
    var customerRef: String?
    var holder = "Test Holder"
    /// How long its syncs take; nil for its bank's or the sandbox's own distribution.
    var latency: LatencyDistribution?
    var webhooks = Delivery.drawn
    /// Tried in this order, before the sandbox's own.
    var faults: [FaultRule] = []

    init(id: String, behaviour: AccountBehaviour) {
        self.id = id
        self.behaviour = behaviour
    }
}

extension Account: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case id
        case behaviour = "script"
        case flagged, awaiting, institution, holder, latency, webhooks, faults
        case hadData = "had_data"
        case bankCode = "bank_code"
        case customerRef = "customer_ref"
        case canReauthorise = "can_reauthorise"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.strictContainer(keyedBy: Key.self)
        let id = try values.decode(String.self, forKey: .id)
        guard Identifier.isWellFormed(id) else {
            throw DecodingError.dataCorruptedError(
                forKey: .id, in: values, debugDescription: "an account id is 1 to 64 of A-Z a-z 0-9 _ -")
        }
        self.init(id: id, behaviour: try values.decode(AccountBehaviour.self, forKey: .behaviour))
        hadData = try values.decodeIfPresent(Bool.self, forKey: .hadData) ?? hadData
        isFlagged = try values.decodeIfPresent(Bool.self, forKey: .flagged) ?? isFlagged
        isAwaiting = try values.decodeIfPresent(Bool.self, forKey: .awaiting) ?? isAwaiting
        canReauthorise = try values.decodeIfPresent(Bool.self, forKey: .canReauthorise) ?? canReauthorise
        institution = try values.decodeIfPresent(String.self, forKey: .institution) ?? institution
        bankCode = try values.decodeIfPresent(String.self, forKey: .bankCode) ?? bankCode
        customerRef = try values.decodeIfPresent(String.self, forKey: .customerRef)
        holder = try values.decodeIfPresent(String.self, forKey: .holder) ?? holder
        webhooks = try values.decodeIfPresent(Delivery.self, forKey: .webhooks) ?? webhooks
        faults = try values.decodeIfPresent([FaultRule].self, forKey: .faults) ?? faults
        latency = try values.decodeIfPresent(LatencyDistribution.self, forKey: .latency)
    }
}
