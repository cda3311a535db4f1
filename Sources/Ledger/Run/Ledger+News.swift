import Postgres
import Reconciliation

extension Ledger {
    /// The state of accounts now and their events since a time.
    func news(
        of accounts: [AccountID], since: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: News] {
        guard !accounts.isEmpty else { return [:] }
        let rows = try session.query(
            """
            select a.account_id, \(SQL.accountState) from mono.accounts a where a.account_id = any(\(accounts))
            """
        ) { (row) throws(PostgresError) -> (AccountID, AccountState?) in
            (try row["account_id"], try row.accountState())
        }
        let states = Dictionary(rows) { first, _ in first }
        let events = try Self.events(of: accounts, since: since, session)
        return Dictionary(
            accounts.map { ($0, News(account: states[$0] ?? nil, events: events[$0] ?? [])) }
        ) { first, _ in first }
    }

    /// The applied events of accounts since a time, in order of arrival.
    static func events(
        of accounts: [AccountID], since: Timestamp, _ session: borrowing Session
    ) throws(PostgresError) -> [AccountID: [EventNote]] {
        guard !accounts.isEmpty else { return [:] }
        let rows = try session.query(
            """
            select e.account_id, e.event_key, e.event, e.received_at,
                e.payload #>> '{data,meta,data_status}' as data_status,
                e.payload #>> '{data,meta,sync_status}' as sync_status,
                coalesce(e.payload #>> '{data,meta,job_id}', e.payload #>> '{data,id}') as job_id,
                e.payload #>> '{data,status}' as job_status,
                array(select jsonb_array_elements_text(
                    coalesce(e.payload #> '{data,meta,retrieved_data}', '[]'::jsonb))) as retrieved
            from mono.webhook_events e
            where e.account_id = any(\(accounts)) and e.received_at >= \(since) and e.effect = 'applied'
            order by e.received_at
            """
        ) { (row) throws(PostgresError) -> (AccountID, EventNote) in (try row["account_id"], try row.eventNote()) }
        return Dictionary(grouping: rows) { $0.0 }.mapValues { $0.map { $0.1 } }
    }
}

extension Row {
    /// One webhook.
    fileprivate func eventNote() throws(PostgresError) -> EventNote {
        EventNote(key: try self["event_key"], kind: try eventKind(), receivedAt: try self["received_at"])
    }

    private func eventKind() throws(PostgresError) -> EventNote.Kind {
        let name: String? = try self["event"]
        let job: String? = try self["job_id"]
        switch name {
        case "mono.events.account_updated", "mono.accounts.account_updated":
            let retrieved: [String?] = try array("retrieved")
            let status: String? = try self["data_status"]
            let sync: String? = try self["sync_status"]
            return .updated(
                status: status.map { DataStatus($0, retrieved: retrieved.compactMap { $0 }) },
                sync: sync.map { EventNote.SyncStatus($0) }, job: job)
        case "mono.accounts.jobs.update":
            guard let job else { return .other }
            let status: String? = try self["job_status"]
            return .jobUpdate(job: job, status: JobStatus(status ?? ""))
        case "mono.events.reauthorisation_required": return .reauthorisationRequired
        case "mono.events.account_reauthorized": return .reauthorised
        case "mono.events.sync_failed": return .syncFailed
        case "mono.events.account_unlinked": return .unlinked
        default: return .other
        }
    }
}
