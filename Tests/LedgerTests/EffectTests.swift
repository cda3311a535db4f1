import Postgres
import Testing

/// What an event does to one column of an account.
private enum Change: String {
    case unchanged, first, now, null, yes, no
    /// A debt only where there is no data.
    case firstUnlessAvailable

    /// The column afterwards; "old" is the date from before, "new" that of the event.
    func applied(to before: String, available: String) -> String {
        switch self {
        case .unchanged: before
        case .first: before == "none" ? "new" : before
        case .now: "new"
        case .null: "none"
        case .yes: "yes"
        case .no: "no"
        case .firstUnlessAvailable: available == "yes" || before != "none" ? before : "new"
        }
    }
}

/// One row of the table of effects, with an event that must fall under it.
private struct Effect: CustomTestStringConvertible {
    var name: String
    var event: String
    var meta = "{}"
    var job: String?
    var answer = "applied"
    var available = Change.unchanged
    var debt = Change.unchanged
    var flag = Change.unchanged

    var testDescription: String { "\(name) \(meta) \(job ?? "")" }

    func payload(_ account: String) -> String {
        if let job {
            return #"{"event":"\#(event)","data":{"account":"\#(account)","id":"job1","status":"\#(job)"}}"#
        }
        return #"{"event":"\#(event)","data":{"account":{"_id":"\#(account)"},"meta":\#(meta)}}"#
    }
}

extension Effect {
    static func updated(
        _ status: String?, sync: String? = nil, retrieved: String? = nil, _ answer: String = "applied",
        available: Change = .unchanged, debt: Change = .unchanged, flag: Change = .unchanged
    ) -> Self {
        var members: [String] = []
        if let status { members.append(#""data_status":\#(status)"#) }
        if let sync { members.append(#""sync_status":\#(sync)"#) }
        if let retrieved { members.append(#""retrieved_data":\#(retrieved)"#) }
        return Self(
            name: "updated", event: "mono.events.account_updated", meta: "{\(members.joined(separator: ","))}",
            answer: answer, available: available, debt: debt, flag: flag)
    }

    static let good: [Self] = [
        .updated(#""AVAILABLE""#, available: .yes, debt: .null, flag: .null),
        .updated(#""available""#, available: .yes, debt: .null, flag: .null),
        .updated(#"" Available ""#, sync: "null", available: .yes, debt: .null, flag: .null),
        .updated(#""AVAILABLE""#, sync: #""SUCCESSFUL""#, available: .yes, debt: .null, flag: .null),
        .updated(#""AVAILABLE""#, sync: #""successful""#, available: .yes, debt: .null, flag: .null),
        Self(
            name: "other spelling", event: "mono.accounts.account_updated", meta: #"{"data_status":"AVAILABLE"}"#,
            available: .yes, debt: .null, flag: .null),
    ]

    static let bad: [Self] = [
        .updated(#""PARTIAL""#, sync: #""SUCCESSFUL""#, debt: .first, flag: .null),
        .updated(#""UNAVAILABLE""#, sync: #""SUCCESSFUL""#, debt: .first, flag: .null),
        .updated(nil, sync: #""SUCCESSFUL""#, debt: .first, flag: .null),
        .updated(#""AVAILABLE""#, sync: #""REAUTHORISATION_REQUIRED""#, flag: .first),
        .updated(#""FAILED""#, sync: #""reauthorisation_required""#, flag: .first),
        .updated(nil, sync: #""REAUTHORISATION_REQUIRED""#, flag: .first),
        .updated(#""AVAILABLE""#, sync: #""FAILED""#, debt: .first),
        .updated(#""AVAILABLE""#, sync: #""NEVER_HEARD_OF""#, debt: .first),
        .updated(#""AVAILABLE""#, sync: #""""#, debt: .first),
        .updated(#""AVAILABLE""#, sync: "17", debt: .first),
        .updated(nil, sync: #""FAILED""#, debt: .first),
        .updated(#""PARTIAL""#, debt: .first),
        .updated(#""PROCESSING""#, debt: .first),
        .updated(#""UNAVAILABLE""#, debt: .first),
        .updated(#""FAILED""#, debt: .first),
        .updated(#""FAILED""#, retrieved: #"["balance"]"#, debt: .first),
        .updated(nil, "ignored"),
        .updated(#""SOMETHING""#, "ignored"),
        .updated("[1]", "ignored"),
    ]

    static let others: [Self] = [
        Self(name: "connected", event: "mono.events.account_connected", debt: .firstUnlessAvailable),
        Self(name: "flagged", event: "mono.events.reauthorisation_required", flag: .first),
        Self(name: "job", event: "mono.accounts.jobs.update", job: "REAUTHORISATION_REQUIRED", flag: .first),
        Self(name: "job", event: "mono.accounts.jobs.update", job: "reauthorisation_required", flag: .first),
        Self(name: "job", event: "mono.accounts.jobs.update", job: "finished"),
        Self(name: "job", event: "mono.accounts.jobs.update", job: "failed"),
        Self(name: "job", event: "mono.accounts.jobs.update", job: "processing"),
        Self(name: "reauthorized", event: "mono.events.account_reauthorized", debt: .now, flag: .null),
        Self(name: "sync failed", event: "mono.events.sync_failed", debt: .first),
        Self(name: "stray blank", event: "mono.events. sync_failed", debt: .first),
        Self(name: "unlinked", event: "mono.events.account_unlinked", available: .no, debt: .null, flag: .null),
        Self(name: "synced", event: "mono.events.account_synced", answer: "ignored"),
        Self(name: "income", event: "mono.events.account_income", answer: "ignored"),
        Self(name: "not Mono's", event: "mono.events.account_linked", answer: "ignored"),
    ]
}

@Suite struct EffectTests {
    @Test func `every row of the table of effects holds for every state before`() async throws {
        let database = try await migratedDatabase()
        for (index, effect) in (Effect.good + Effect.bad + Effect.others).enumerated() {
            for available in ["yes", "no"] {
                for debt in ["none", "old"] {
                    for flag in ["none", "old"] {
                        let account = "a\(index)-\(available)-\(debt)-\(flag)"
                        try await insert(account, available: available, debt: debt, flag: flag, into: database)
                        #expect(
                            try await database.record(effect.payload(account)) == effect.answer,
                            "\(effect.testDescription)")
                        let expected = [
                            effect.available.applied(to: available, available: available),
                            effect.debt.applied(to: debt, available: available),
                            effect.flag.applied(to: flag, available: available),
                        ]
                        #expect(
                            try await state(of: account, in: database) == expected.joined(separator: " "),
                            "\(effect.testDescription) on \(account)")
                    }
                }
            }
        }
    }

    @Test func `a good event ends failures and cool-down, a bad one leaves them`() async throws {
        let database = try await migratedDatabase()
        for (index, effect) in (Effect.good + Effect.bad).enumerated() {
            let account = "b\(index)"
            try await database.execute(
                """
                insert into mono.accounts (account_id, consecutive_failures, retry_after)
                values (\(account), 3, now() + interval '1 day')
                """)
            _ = try await database.record(effect.payload(account))
            let after = try await database.text(
                """
                select concat_ws(' ', consecutive_failures, retry_after is not null, last_updated_at is not null)
                from mono.accounts where account_id = \(account)
                """)
            #expect(after == (effect.available == .yes ? "0 f t" : "3 t f"), "\(effect.testDescription)")
        }
    }

    private func insert(
        _ account: String, available: String, debt: String, flag: String, into database: Database
    ) async throws {
        try await database.execute(
            """
            insert into mono.accounts
                (account_id, source, data_available, awaiting_update_since, reauthorisation_required_since)
            values (\(account), 'event', \(available == "yes"),
                case when \(debt == "old")::boolean then '2026-01-01Z'::timestamptz end,
                case when \(flag == "old")::boolean then '2026-01-01Z'::timestamptz end)
            """)
    }

    private func state(of account: String, in database: Database) async throws -> String {
        try await database.text(
            """
            select concat_ws(' ', case when data_available then 'yes' else 'no' end,
                case when awaiting_update_since is null then 'none'
                    when awaiting_update_since = '2026-01-01Z' then 'old' else 'new' end,
                case when reauthorisation_required_since is null then 'none'
                    when reauthorisation_required_since = '2026-01-01Z' then 'old' else 'new' end)
            from mono.accounts where account_id = \(account)
            """)
    }
}
