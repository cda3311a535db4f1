/// Mono's bodies, as its samples print them: snake case in an envelope for v2, camel case and bare for v1.
struct Bodies: Sendable {
    let settings: Settings
    /// Seconds since the start.
    let now: Double

    /// The account's details.
    func details(_ state: SimulatedAccount, _ generation: Generation) -> JSON {
        let status = state.status(at: now)
        return generation == .realtime ? realtimeDetails(state, status) : dataSyncDetails(state.account, status)
    }

    private func realtimeDetails(_ state: SimulatedAccount, _ status: DataStatus) -> JSON {
        let account = state.account
        var meta: [(String, JSON)] = [
            ("data_status", .string(status.rawValue)), ("auth_method", "internet_banking"),
            ("retrieved_data", .array(status.retrieved.map(JSON.string))),
        ]
        if let ref = account.customerRef { meta.append(("ref", .string(ref))) }
        if status != .available, status != .processing {
            meta.append(("data_request_id", .string(Self.dataRequestID(account, settings.dice))))
        }
        return envelope(
            .object([
                (
                    "account",
                    [
                        "id": .string(account.id), "name": .string(account.holder),
                        "account_number": .string(number(of: account)), "currency": "NGN",
                        "balance": .integer(balance(of: account, status)), "type": "SAVINGS", "bvn": "0000",
                        "institution": [
                            "name": .string(account.institution), "bank_code": .string(account.bankCode),
                            "type": "PERSONAL_BANKING",
                        ],
                    ]
                ),
                ("customer", ["id": .string(settings.dice.id(account.id, "customer"))]),
                ("meta", .object(meta)),
            ]))
    }

    private func dataSyncDetails(_ account: Account, _ status: DataStatus) -> JSON {
        [
            "meta": ["data_status": .string(status.rawValue), "auth_method": "internet_banking"],
            "account": [
                "_id": .string(account.id),
                "institution": [
                    "name": .string(account.institution), "bankCode": .string(account.bankCode),
                    "type": "PERSONAL_BANKING",
                ],
                "name": .string(account.holder), "currency": "NGN", "type": "SAVINGS_ACCOUNT",
                "accountNumber": .string(number(of: account)), "balance": .integer(balance(of: account, status)),
                "bvn": "0000",
            ],
        ]
    }

    /// The body of a balance or transactions page; empty, not an error, while there is no data.
    func data(_ state: SimulatedAccount, _ route: Route) -> JSON {
        let account = state.account
        let status = state.status(at: now)
        if case .balance = route {
            return envelope([
                "id": .string(account.id), "name": .string(account.holder),
                "account_number": .string(number(of: account)),
                "balance": .integer(balance(of: account, status)), "currency": "NGN",
            ])
        }
        let entries: [JSON] = status.retrieved.contains("transactions") ? [entry(of: account)] : []
        let meta: JSON = ["total": .integer(entries.count), "page": 1, "previous": nil, "next": nil]
        return envelope(.array(entries), message: "Transaction retrieved successfully", meta: meta)
    }

    private func entry(of account: Account) -> JSON {
        [
            "id": .string(settings.dice.id(account.id, "entry")), "narration": "TEST TRANSFER", "amount": 1000,
            "type": "debit", "balance": .integer(balance(of: account, .available)),
            "date": .string(TimeText.iso8601(settings.epoch - 86_400)), "category": "bank_charges",
        ]
    }

    /// While the job is at work there is no data.
    var enqueued: JSON { envelope(nil) }

    /// One job.
    func job(_ job: Job, of account: String) -> JSON {
        envelope(
            [
                "id": .string(job.id), "status": .string(job.status(at: now)),
                "name": "jobs.accounts.sync_statement", "account": .string(account),
                "business": .string(Self.business), "app": .string(Self.app),
            ], message: "Job execution completed")
    }

    /// The answer to `initiate`.
    func link(scope: String, account: String?, ref: String?, redirect: String?) -> JSON {
        let dice = settings.dice
        let serial = dice.id(account ?? "new", "link", Int(now * 1000)).uppercased().prefix(10)
        var data: [(String, JSON)] = [
            ("mono_url", .string("https://link.mono.co/AL" + serial)),
            ("customer", .string(dice.id(account ?? "new", "customer"))),
        ]
        if scope == "reauth" { data.append(("account", JSON(account))) }
        data += [("meta", ["ref": JSON(ref)]), ("scope", .string(scope))]
        if scope == "reauth" {
            data += [
                ("institution", .string(dice.id(account ?? "", "institution"))), ("auth_method", "internet_banking"),
            ]
        }
        data += [
            ("redirect_url", JSON(redirect)), ("created_at", .string(TimeText.iso8601(settings.epoch + now))),
        ]
        return envelope(.object(data))
    }

    /// Made-up id of the one business.
    static let business = "6a10f0c1d2e3f4a5b6c7d8b1"
    /// Made-up id of the business's one app.
    static let app = "6a10f0c1d2e3f4a5b6c7d8a1"

    /// What Mono's support asks for.
    static func dataRequestID(_ account: Account, _ dice: Dice) -> String {
        "ALTEST" + dice.id(account.id, "data-request").uppercased().prefix(6)
    }

    /// Ten digits that no bank has given out: they begin with 00000.
    func number(of account: Account) -> String {
        String(10_000_000_000 + Int(settings.dice.roll(account.id, "number") * 100_000)).suffix(10).description
    }

    /// In kobo; 0 until the balance is there.
    func balance(of account: Account, _ status: DataStatus) -> Int {
        status.retrieved.contains("balance")
            ? Int(settings.dice.roll(account.id, "balance") * 50_000_000) : 0
    }

    private func envelope(
        _ data: JSON, message: String = "Request was successfully completed", meta: JSON? = nil
    ) -> JSON {
        var members: [(String, JSON)] = [
            ("status", "successful"), ("message", .string(message)),
            ("timestamp", .string(TimeText.iso8601(settings.epoch + now))), ("data", data),
        ]
        if let meta { members.append(("meta", meta)) }
        return .object(members)
    }
}
