import Postgres

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
            where c.run_id = r.run_id and c.sync_answer in ('started', 'succeeded')
                and c.outcome in ('recovered', 'partial') and c.settled_at <= clock_timestamp() - interval '5 s')
        || case when r.kind = 'nightly' then jsonb_build_object('previous', \(previous)) else '{}' end
        """

    /// The nightly run before `r`, null for the first one.
    private static let previous: SQL = """
        (select jsonb_build_object('run_id', p.run_id,
                'started_us', round(extract(epoch from p.started_at) * 1000000)::bigint,
                'stuck_after_us', (p.options ->> 'stuck_after_us')::bigint,
                'calls', p.calls_details + p.calls_trigger + p.calls_job + p.calls_reauth)
                || (select jsonb_build_object('cases', count(*),
                    'unresolved', count(*) filter (where b.is_unresolved),
                    'back', count(*) filter (where b.is_gone and a.unlinked_at is null and a.data_available
                        and a.awaiting_update_since is null and a.reauthorisation_required_since is null),
                    'unlinked', count(*) filter (where b.is_gone and a.unlinked_at is not null),
                    'gone', count(*) filter (where b.is_gone))
                from (
                    select o.account_id, o.outcome not in ('already_available', 'recovered') as is_unresolved,
                        o.outcome not in ('already_available', 'recovered') and not exists (
                            select from mono.reconciliation_cases n
                            where n.run_id = r.run_id and n.account_id = o.account_id) as is_gone
                    from mono.reconciliation_cases o where o.run_id = p.run_id
                ) b left join mono.accounts a on a.account_id = b.account_id)
            from mono.reconciliation_runs p
            where p.kind = 'nightly' and p.finished_at is not null and p.run_id < r.run_id
            order by p.run_id desc limit 1)
        """

    /// The columns that `Row.closing` reads.
    static let closingColumns: SQL = """
        (closing ->> 'brought')::bigint, (closing ->> 'followed')::bigint,
        (closing #>> '{previous,run_id}')::bigint, (closing #>> '{previous,started_us}')::bigint,
        (closing #>> '{previous,cases}')::bigint, (closing #>> '{previous,unresolved}')::bigint,
        (closing #>> '{previous,calls}')::bigint, (closing #>> '{previous,back}')::bigint,
        (closing #>> '{previous,unlinked}')::bigint, (closing #>> '{previous,gone}')::bigint,
        (closing #>> '{previous,stuck_after_us}')::bigint
        """
}
