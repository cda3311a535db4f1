/// The events that Mono sends, each in the shape of its API generation, and whether they arrive.
struct WebhookComposer: Sendable {
    /// What an `account_updated` says of the realtime job before it.
    struct Sync: Sendable {
        var status: String
        var job: String
        var hasNewData: Bool
    }

    /// Seconds from a job's event to the account's.
    static let gapSeconds = 0.1
    /// Seconds from an event to its duplicate.
    static let repeatSeconds = 0.5

    let settings: Settings

    /// The event with its delay: none if it gets lost, two if it is repeated.
    func send(_ webhook: Webhook, of account: Account, _ ordinal: Int = 0) -> [Webhook] {
        guard settings.sendsWebhooks, !settings.loses(webhook.event, of: account, ordinal) else { return [] }
        var first = webhook
        first.due += settings.webhookDelay / settings.speed
        let draw = settings.dice.roll(account.id, "repeat-" + webhook.event, ordinal)
        guard draw < settings.webhookDuplicates else { return [first] }
        var second = first
        second.due += Self.repeatSeconds
        return [first, second]
    }

    /// `mono.accounts.jobs.update`: the account is a plain string here, and there is no `event_id`.
    func job(_ job: Job, of account: String, at time: Double) -> Webhook {
        webhook(
            "mono.accounts.jobs.update", account, at: time, isDated: false,
            data: [
                ("account", .string(account)), ("business", .string(Bodies.business)), ("app", .string(Bodies.app)),
                ("id", .string(job.id)), ("name", "jobs.accounts.sync_statement"),
                ("status", .string(job.status(at: time))),
            ])
    }

    /// `mono.events.account_updated`; `sync` only after a realtime job.
    func updated(
        _ account: Account, _ status: DataStatus, _ generation: Generation, at time: Double, sync: Sync? = nil
    ) -> Webhook {
        let name = "mono.events.account_updated"
        if generation == .dataSync {
            return webhook(
                name, account.id, at: time, isDated: false,
                data: [
                    ("meta", ["data_status": .string(status.rawValue)]),
                    ("account", dataSyncAccount(account, status, at: time)),
                ])
        }
        return webhook(
            name, account.id, at: time, isDated: true,
            data: [
                ("account", realtimeAccount(account, status, at: time)), ("meta", meta(account, status, sync)),
                ("app", .string(Bodies.app)), ("business", .string(Bodies.business)),
            ])
    }

    private func meta(_ account: Account, _ status: DataStatus, _ sync: Sync?) -> JSON {
        var meta: [(String, JSON)] = [
            ("data_status", .string(status.rawValue)), ("auth_method", "internet_banking"),
        ]
        if let ref = account.customerRef { meta.append(("ref", .string(ref))) }
        if let sync {
            meta += [("sync_status", .string(sync.status)), ("job_id", .string(sync.job))]
            if sync.hasNewData { meta.append(("has_new_data", true)) }
        }
        meta.append(("retrieved_data", .array(status.retrieved.map(JSON.string))))
        if status != .available, status != .processing {
            meta.append(("data_request_id", .string(Bodies.dataRequestID(account, settings.dice))))
        }
        return .object(meta)
    }

    private func realtimeAccount(_ account: Account, _ status: DataStatus, at time: Double) -> JSON {
        let bodies = Bodies(settings: settings, now: time)
        return [
            "_id": .string(account.id), "name": .string(account.holder),
            "accountNumber": .string(bodies.number(of: account)), "currency": "NGN",
            "balance": .integer(bodies.balance(of: account, status)), "type": "Tier 3 Savings Account",
            "bvn": "0000", "authMethod": "internet_banking",
            "institution": [
                "name": .string(account.institution), "bankCode": .string(account.bankCode),
                "type": "PERSONAL_BANKING",
            ],
            "created_at": .string(TimeText.iso8601(settings.epoch - 86_400)),
            "updated_at": .string(TimeText.iso8601(settings.epoch + time)),
        ]
    }

    private func dataSyncAccount(_ account: Account, _ status: DataStatus, at time: Double) -> JSON {
        let bodies = Bodies(settings: settings, now: time)
        return [
            "_id": .string(account.id), "institution": ["name": .string(account.institution)],
            "accountNumber": .string(bodies.number(of: account)), "name": .string(account.holder.uppercased()),
            "type": "SAVINGS_ACCOUNT", "currency": "Naira", "bvn": "0000",
            "balance": .integer(bodies.balance(of: account, status)),
            "created_at": .string(TimeText.iso8601(settings.epoch - 86_400)),
            "updated_at": .string(TimeText.iso8601(settings.epoch + time)), "__v": 0,
        ]
    }

    /// `mono.events.account_connected`: the account is `data.id`.
    func connected(_ account: Account, at time: Double) -> Webhook {
        var meta: [(String, JSON)] = [("data_status", "PROCESSING"), ("auth_method", "internet_banking")]
        if let ref = account.customerRef { meta.append(("ref", .string(ref))) }
        return webhook(
            "mono.events.account_connected", account.id, at: time, isDated: true,
            data: [
                ("id", .string(account.id)), ("customer", .string(settings.dice.id(account.id, "customer"))),
                ("meta", .object(meta)), ("app", .string(Bodies.app)), ("business", .string(Bodies.business)),
            ])
    }

    /// `mono.events.account_reauthorized`, with Mono's American spelling.
    func reauthorized(_ account: String, _ generation: Generation, at time: Double) -> Webhook {
        let name = "mono.events.account_reauthorized"
        if generation == .dataSync { return bare(name, account, at: time) }
        return webhook(
            name, account, at: time, isDated: true,
            data: [
                ("account", ["_id": .string(account)]), ("app", .string(Bodies.app)),
                ("business", .string(Bodies.business)),
            ])
    }

    /// `mono.events.account_unlinked`: the account is `data.account.id`.
    func unlinked(_ account: String, at time: Double) -> Webhook {
        webhook(
            "mono.events.account_unlinked", account, at: time, isDated: false,
            data: [("account", ["id": .string(account)])])
    }

    /// An event that holds nothing but the account, as v1's do.
    func bare(_ event: String, _ account: String, at time: Double) -> Webhook {
        webhook(event, account, at: time, isDated: false, data: [("account", ["_id": .string(account)])])
    }

    /// `isDated` events carry `event_id` and `timestamp`; the id follows from what the event says and when.
    private func webhook(
        _ event: String, _ account: String, at time: Double, isDated: Bool, data: [(String, JSON)]
    ) -> Webhook {
        var members: [(String, JSON)] = [("event", .string(event))]
        if isDated {
            let id = settings.dice.id(account, event, Int(time * 1000))
            members += [
                ("event_id", .string("evt" + id)), ("timestamp", .string(TimeText.iso8601(settings.epoch + time))),
            ]
        }
        members.append(("data", .object(data)))
        return Webhook(due: time, account: account, event: event, body: JSON.object(members).text)
    }
}
