import Postgres
import Reconciliation

extension SQL {
    /// What a run `r` notes at its close beyond its cases, as jsonb; read back by ``closingColumns``.
    ///
    /// Evaluated once, by the close that succeeds. A webhook follows its sync within seconds: a sync that was settled
    /// in the last five before the close says nothing yet.
    static let closing: SQL = """
        (select jsonb_build_object('brought', count(*), 'followed', count(*) filter (where exists (
                select from mono.webhook_events e
                where e.account_id = c.account_id and e.received_at >= c.sync_intended_at
                    and e.effect not like 'rejected%')))
            from mono.reconciliation_cases c
            where c.run_id = r.run_id and c.sync_answer = any(\([SyncProgress.started, .succeeded].map(\.rawValue)))
                and c.outcome = any(\([Outcome.recovered, .partial])) and c.settled_at <= clock_timestamp() - interval '5 s')
        || jsonb_build_object('known_accounts', \(knownAccounts), 'left_out', \(leftOut), 'failing', \(failing),
            'delivered', \(delivered))
        || jsonb_build_object('oldest_stuck_since', \(oldestStuckSince))
        || case when r.kind = 'nightly' then jsonb_build_object('previous', \(previous)) else '{}' end
        """

    /// Rows of `mono.accounts`: counted up to ``KnownAccounts/limit``, as the planner knows them beyond.
    private static let knownAccounts: SQL = """
        (select case when k.known_counted <= \(KnownAccounts.limit)::int then k.known_counted
            else greatest(k.known_counted, k.known_estimate) end
        from (select \(knownAccountColumns)) k)
        """

    /// Accounts that were due and have no case: those left out of which nothing is known.
    private static let leftOut: SQL = """
        greatest(r.not_selected - (
            select count(*) from mono.reconciliation_cases c
            where c.run_id = r.run_id and c.position is null and not c.tried and c.outcome = 'deferred'
                and c.cause <> all(\([Cause.tooSoon, .notDue, .inOtherRun].map(\.rawValue)))), 0)
        """

    /// Banks with a failure in this run, by name, with the first one after their last delivery in any run.
    private static let failing: SQL = """
        (select coalesce(jsonb_object_agg(h.bank, h.failing_since), '{}') from mono.bank_health h
        where h.failing_since is not null and h.bank in (
            select c.institution from mono.reconciliation_cases c
            where c.run_id = r.run_id and c.tried and c.outcome = any(\(Outcome.allCases.filter(\.isFailureOfBank)))))
        """

    /// When banks last handed out anything, by name: those of which accounts wait for the bank.
    private static let delivered: SQL = """
        (select coalesce(jsonb_object_agg(h.bank, h.last_delivery_at), '{}') from mono.bank_health h
        where h.last_delivery_at is not null and h.bank in (
            select c.institution from mono.reconciliation_cases c
            where c.run_id = r.run_id and c.standing_outcome = \(Outcome.bankUnavailable.rawValue)))
        """

    /// Since when the longest stuck account is so: of the cases that are not back, and of those that have no case.
    private static let oldestStuckSince: SQL = """
        (select least(
            (select min(\(possible("c.stuck_since"))) from mono.reconciliation_cases c
            where c.run_id = r.run_id and c.outcome <> all(\(resolved))),
            case when r.not_selected > 0 then (
                select min(a.awaiting_update_since) from mono.accounts a
                where a.awaiting_update_since is not null and a.unlinked_at is null
                    and \(isPossible("a.awaiting_update_since"))) end,
            case when r.not_selected > 0 then (
                select min(a.reauthorisation_required_since) from mono.accounts a
                where a.reauthorisation_required_since is not null and a.unlinked_at is null
                    and \(isPossible("a.reauthorisation_required_since"))) end))
        """

    /// The newest nightly run of a night before that of `r`, null for the first night.
    private static let previous: SQL = """
        (select jsonb_build_object('run_id', p.run_id,
                'started_at', p.started_at,
                'stuck_after_us', (p.options ->> 'stuck_after_us')::bigint,
                'calls', p.calls_details + p.calls_trigger + p.calls_job + p.calls_reauth)
                || (select jsonb_build_object('cases', count(*),
                    'unresolved', count(*) filter (where b.is_unresolved),
                    'back', count(*) filter (where b.is_gone and a.unlinked_at is null and a.data_available
                        and a.awaiting_update_since is null and a.reauthorisation_required_since is null),
                    'unlinked', count(*) filter (where b.is_gone and a.unlinked_at is not null),
                    'gone', count(*) filter (where b.is_gone))
                from (
                    select o.account_id, o.outcome <> all(\(resolved)) as is_unresolved,
                        o.outcome <> all(\(resolved)) and not exists (
                            select from mono.reconciliation_cases n
                            where n.run_id = r.run_id and n.account_id = o.account_id) as is_gone
                    from mono.reconciliation_cases o where o.run_id = p.run_id
                ) b left join mono.accounts a on a.account_id = b.account_id)
            from mono.reconciliation_runs p
            where p.kind = 'nightly' and p.finished_at is not null
                and mono.night_of(p.started_at, mono.known_zone(r.options ->> 'time_zone'))
                    < mono.night_of(r.started_at, mono.known_zone(r.options ->> 'time_zone'))
            order by p.started_at desc, p.run_id desc limit 1)
        """

    /// The columns that `Row.closing` reads.
    static let closingColumns: SQL = """
        (closing ->> 'brought')::bigint as brought, (closing ->> 'followed')::bigint as followed,
        (closing ->> 'calls_saved')::bigint as calls_saved,
        (closing ->> 'known_accounts')::bigint as known_accounts, (closing ->> 'left_out')::bigint as left_out,
        (closing ->> 'oldest_stuck_since')::timestamptz as oldest_stuck_since,
        array(select f.key from jsonb_each_text(closing -> 'failing') f order by f.key) as failing_banks,
        array(select f.value::timestamptz from jsonb_each_text(closing -> 'failing') f order by f.key) as failing_since,
        array(select f.key from jsonb_each_text(closing -> 'delivered') f order by f.key) as delivering_banks,
        array(select f.value::timestamptz from jsonb_each_text(closing -> 'delivered') f order by f.key) as delivered_at,
        (closing #>> '{previous,run_id}')::bigint as previous_run,
        (closing #>> '{previous,started_at}')::timestamptz as previous_start,
        (closing #>> '{previous,cases}')::bigint as previous_cases,
        (closing #>> '{previous,unresolved}')::bigint as previous_unresolved,
        (closing #>> '{previous,calls}')::bigint as previous_calls,
        (closing #>> '{previous,back}')::bigint as previous_back,
        (closing #>> '{previous,unlinked}')::bigint as previous_unlinked,
        (closing #>> '{previous,gone}')::bigint as previous_gone,
        (closing #>> '{previous,stuck_after_us}')::bigint as previous_stuck_after_us
        """
}

extension Row {
    /// What `SQL.closingColumns` selects; nil for a run that kept nothing.
    func closing() throws(PostgresError) -> ClosingFacts? {
        guard let brought: Int = try self["brought"], let followed: Int = try self["followed"] else { return nil }
        var facts = ClosingFacts()
        facts.syncsThatBroughtData = brought
        facts.syncsFollowedByEvent = followed
        facts.callsSaved = try self["calls_saved"]
        facts.knownAccounts = try number("known_accounts")
        facts.leftOut = try number("left_out")
        facts.oldestStuckSince = try self["oldest_stuck_since"]
        let (banks, since): ([String?], [Timestamp?]) = (try array("failing_banks"), try array("failing_since"))
        for case (let bank?, let since?) in zip(banks, since) { facts.failingSince[bank] = since }
        let (delivering, times): ([String?], [Timestamp?]) = (try array("delivering_banks"), try array("delivered_at"))
        for case (let bank?, let time?) in zip(delivering, times) { facts.lastDelivery[bank] = time }
        guard let runID: Int64 = try self["previous_run"], let startedAt: Timestamp = try self["previous_start"]
        else { return facts }
        var previous = PreviousNight(runID: runID, startedAt: startedAt)
        previous.cases = try number("previous_cases")
        previous.unresolved = try number("previous_unresolved")
        previous.calls = try number("previous_calls")
        previous.backSince = try number("previous_back")
        previous.unlinkedSince = try number("previous_unlinked")
        previous.absent = try number("previous_gone") - previous.backSince - previous.unlinkedSince
        previous.stuckAfter = .microseconds(try number("previous_stuck_after_us"))
        facts.previous = previous
        return facts
    }

    /// A number that was not always kept.
    private func number(_ name: String) throws(PostgresError) -> Int {
        let number: Int? = try self[name]
        return number ?? 0
    }
}
