-- Migration 4: three group roles with what each kind of process or person needs, and no more.
begin;

do $$
begin
    if to_regclass('mono.schema_migrations') is null then
        raise exception 'migration 4 (roles) needs migration 1 (accounts), which is missing';
    end if;
    if exists (select from mono.schema_migrations where version >= 4) then
        raise exception 'migration 4 (roles) is already applied to this database';
    end if;
    if not exists (select from mono.schema_migrations where version = 3) then
        raise exception 'migration 4 (roles) needs migration 3 (runs), which is missing';
    end if;
end
$$;

create function mono.grant_roles() returns void
language plpgsql as $$
declare
    wanted text;
    command text;
begin
    foreach wanted in array array['mono_reconciler', 'mono_webhook', 'mono_support'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception
                -- Roles belong to the whole cluster: another database may be making them now. Whether all are there is
                -- told by left_to_grant().
                when duplicate_object or unique_violation or insufficient_privilege then
                    null;
            end;
        end if;
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'mono_webhook') then
        foreach command in array array[
            'grant usage on schema mono to mono_webhook',
            'grant select on mono.schema_migrations to mono_webhook',
            'grant execute on function mono.record_event(jsonb), mono.connect_account(text, text) to mono_webhook'
        ] loop
            execute command;
        end loop;
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = 'mono_support') then
        foreach command in array array[
            'grant usage on schema mono to mono_support',
            'grant select on mono.schema_migrations, mono.accounts, mono.webhook_events,
                mono.reconciliation_runs, mono.reconciliation_cases, mono.workers, mono.server_marks,
                mono.bank_health, mono.bank_laws to mono_support',
            'grant execute on function mono.select_accounts(interval, interval, int, bigint, int, boolean),
                mono.due_accounts(interval, interval, bigint, boolean, boolean),
                mono.count_due(interval, interval, bigint, boolean),
                mono.selection_reason(timestamptz, timestamptz, interval), mono.server_life() to mono_support'
        ] loop
            execute command;
        end loop;
    end if;
    if exists (select from pg_catalog.pg_roles where rolname = 'mono_reconciler') then
        foreach command in array array[
            'grant usage on schema mono to mono_reconciler',
            'grant select on mono.schema_migrations, mono.accounts to mono_reconciler',
            'grant update (institution, bank_code, data_available, data_status, awaiting_update_since,
                reauthorisation_required_since, last_updated_at, last_sync_requested_at, last_tried_at, last_sync_job_id,
                retry_after, consecutive_failures, data_event_time, status_event_time, debt_event_time,
                flag_event_time, job_event_time, failure_event_time, standing_outcome, standing_cause, standing_since,
                standing_run_id) on mono.accounts to mono_reconciler',
            'grant select, delete on mono.webhook_events to mono_reconciler',
            'grant select, insert, update, delete on mono.reconciliation_runs, mono.reconciliation_cases, mono.workers
                to mono_reconciler',
            'grant select, update on mono.rate to mono_reconciler',
            'grant select, insert, update on mono.bank_health, mono.bank_laws to mono_reconciler',
            'grant select, insert, update, delete on mono.look_tallies to mono_reconciler',
            'grant select, insert on mono.server_marks to mono_reconciler',
            'grant select, insert, update, delete on mono.machine_clocks to mono_reconciler',
            'grant execute on function mono.record_event(jsonb), mono.connect_account(text, text),
                mono.take_slots(int, double precision, interval, interval),
                mono.heed_clock(text, interval), mono.select_accounts(interval, interval, int, bigint, int, boolean),
                mono.due_accounts(interval, interval, bigint, boolean, boolean),
                mono.count_due(interval, interval, bigint, boolean),
                mono.selection_reason(timestamptz, timestamptz, interval), mono.server_life(), mono.known_zone(text),
                mono.night_of(timestamptz, text) to mono_reconciler'
        ] loop
            execute command;
        end loop;
    end if;
end
$$;
comment on function mono.grant_roles() is
    'Makes the three roles and grants what each of them needs, as far as the owner may; may be run again';

create function mono.left_to_grant() returns setof text
language sql stable as $$
    with wanted as (
        select w.name, r.oid as role, n.oid as schema
        from unnest(array['mono_reconciler', 'mono_support', 'mono_webhook']) as w (name)
        join pg_catalog.pg_namespace n on n.nspname = 'mono'
        left join pg_catalog.pg_roles r on r.rolname = w.name
    )
    select l.line
    from (
        select 1 as step, w.name, format('create role %I nologin;', w.name) as line from wanted w where w.role is null
        union all
        -- In a schema of somebody else's.
        select 2, w.name, format('grant usage on schema mono to %I;', w.name) from wanted w
        where case
            when w.role is null then not has_schema_privilege(w.schema, 'usage with grant option')
            else not has_schema_privilege(w.role, w.schema, 'usage')
        end
    ) l
    order by l.step, l.name
$$;
comment on function mono.left_to_grant() is
    'What grant_roles() could not do: the lines that an administrator has to run before it is run again';

do $$
declare
    own regprocedure;
    line text;
begin
    -- A schema of somebody else's may hold other functions.
    for own in
        select p.oid from pg_catalog.pg_proc p
        where p.pronamespace = 'mono'::regnamespace and p.prokind = 'f' and pg_has_role(p.proowner, 'usage')
    loop
        execute format('revoke execute on function %s from public', own);
    end loop;
    perform mono.grant_roles();
    for line in select l from mono.left_to_grant() l loop
        raise notice 'let an administrator run, and then mono.grant_roles() again: %', line;
    end loop;
end
$$;

insert into mono.schema_migrations (version, name) values (4, 'roles');
commit;
