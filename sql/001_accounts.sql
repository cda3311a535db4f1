-- Migration 1: the schema, its list of migrations, and the accounts.
begin;

do $$
begin
    if to_regclass('mono.schema_migrations') is not null then
        raise exception 'migration 1 (accounts) is already applied to this database';
    end if;
end
$$;

do $$
begin
    -- Somebody else may have made it, for a user that may make none: "if not exists" would ask for that right first.
    if not exists (select from pg_catalog.pg_namespace where nspname = 'mono') then
        create schema mono;
    end if;
    begin
        comment on schema mono is 'mono-reconciler: accounts linked through Mono, their webhooks and the nightly runs';
    exception
        when insufficient_privilege then
            null;
    end;
end
$$;

create table mono.schema_migrations (
    version int primary key,
    name text not null,
    checksum text,
    applied_at timestamptz not null default now()
);
comment on table mono.schema_migrations is 'Migrations applied to this database, in order and without gaps';
comment on column mono.schema_migrations.checksum is
    'SHA-256 of the file in hexadecimal; null when psql applied it and mono-reconcile has not looked yet';

create table mono.accounts (
    -- "C": ordered by bytes, as the reports are.
    account_id text collate "C" primary key
        check (length(account_id) between 1 and 64 and account_id ~ '^[A-Za-z0-9_-]+$'),
    customer_ref text,
    institution text,
    bank_code text,
    connected_at timestamptz,
    data_available boolean not null default false,
    data_status text,
    awaiting_update_since timestamptz,
    reauthorisation_required_since timestamptz,
    last_updated_at timestamptz,
    unlinked_at timestamptz,
    last_sync_requested_at timestamptz,
    last_tried_at timestamptz,
    last_sync_job_id text,
    retry_after timestamptz,
    consecutive_failures int not null default 0 check (consecutive_failures >= 0),
    last_event_time timestamptz,
    data_event_time timestamptz,
    status_event_time timestamptz,
    debt_event_time timestamptz,
    flag_event_time timestamptz,
    link_event_time timestamptz,
    job_event_time timestamptz,
    failure_event_time timestamptz,
    standing_outcome text,
    standing_cause text,
    standing_since timestamptz,
    standing_run_id bigint,
    source text not null default 'business' check (source in ('business', 'event')),
    -- 'infinity' and years that no report can show are nobody's time.
    constraint connected_at_from_1970_to_9999
        check (connected_at between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint awaiting_update_since_from_1970_to_9999
        check (awaiting_update_since between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint reauthorisation_required_since_from_1970_to_9999
        check (reauthorisation_required_since between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint last_updated_at_from_1970_to_9999
        check (last_updated_at between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint unlinked_at_from_1970_to_9999
        check (unlinked_at between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint last_sync_requested_at_from_1970_to_9999
        check (last_sync_requested_at between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint last_tried_at_from_1970_to_9999
        check (last_tried_at between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint retry_after_from_1970_to_9999
        check (retry_after between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint last_event_time_from_1970_to_9999
        check (last_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint data_event_time_from_1970_to_9999
        check (data_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint status_event_time_from_1970_to_9999
        check (status_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint debt_event_time_from_1970_to_9999
        check (debt_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint flag_event_time_from_1970_to_9999
        check (flag_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint link_event_time_from_1970_to_9999
        check (link_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint job_event_time_from_1970_to_9999
        check (job_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint failure_event_time_from_1970_to_9999
        check (failure_event_time between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'),
    constraint standing_since_from_1970_to_9999
        check (standing_since between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z')
-- Room for what a night writes of an account, so that it stays on its page and its indexes are left alone.
) with (fillfactor = 70);
comment on table mono.accounts is 'Bank accounts linked through Mono';
comment on column mono.accounts.account_id is 'Mono''s permanent Account ID';
comment on column mono.accounts.customer_ref is 'The business''s name for the customer; filled once, never overwritten';
comment on column mono.accounts.institution is 'The bank''s name; filled once, never overwritten by an event';
comment on column mono.accounts.bank_code is 'The bank''s code; filled once, never overwritten by an event';
comment on column mono.accounts.connected_at is 'When the customer linked the account, as far as is known';
comment on column mono.accounts.data_available is 'Mono has the data: transactions may be read';
comment on column mono.accounts.data_status is 'The newest data_status that Mono told';
comment on column mono.accounts.awaiting_update_since is 'Since when an account_updated is owed; null: nothing owed';
comment on column mono.accounts.reauthorisation_required_since is
    'Since when the customer must re-authorise; null: not flagged';
comment on column mono.accounts.last_updated_at is 'When the last good account_updated or its equal was learned';
comment on column mono.accounts.unlinked_at is 'When the account was unlinked; null: it is linked';
comment on column mono.accounts.last_sync_requested_at is
    'The latest instant at which a sync request may have left for Mono';
comment on column mono.accounts.last_tried_at is 'When a case was last settled for which a call was made; null: never';
comment on column mono.accounts.last_sync_job_id is 'The newest realtime job heard of';
comment on column mono.accounts.retry_after is 'End of the cool-down: as long as something is known of the account, no nightly run tries it before';
comment on column mono.accounts.consecutive_failures is 'Unresolved outcomes since the last good one';
comment on column mono.accounts.last_event_time is
    'Mono''s own timestamp of the newest event applied; never compared with our clock';
-- Each fact goes by the newest event that spoke of it. What is written without a time of Mono's (by an event that has
-- none, or by a run) counts as being of last_event_time: only an event at least as new changes it again.
comment on column mono.accounts.data_event_time is 'Mono''s time of what data_available says';
comment on column mono.accounts.status_event_time is 'Mono''s time of what data_status says';
comment on column mono.accounts.debt_event_time is
    'Mono''s time of what awaiting_update_since says; a debt of account_connected goes by link_event_time';
comment on column mono.accounts.flag_event_time is 'Mono''s time of what reauthorisation_required_since says';
comment on column mono.accounts.link_event_time is 'Mono''s time of what unlinked_at says';
comment on column mono.accounts.job_event_time is 'Mono''s time of what last_sync_job_id says';
comment on column mono.accounts.failure_event_time is
    'The last_event_time of the newest of consecutive_failures: no older event ends them';
comment on column mono.accounts.standing_outcome is
    'The last outcome that rests on evidence; null: the account is healthy, or nothing was found out yet';
comment on column mono.accounts.standing_cause is 'Why, as a code';
comment on column mono.accounts.standing_since is 'When the account first stood so';
comment on column mono.accounts.standing_run_id is 'The run that found it out last';
comment on column mono.accounts.source is 'Who made the row: the business (or link), or a webhook that came first';

-- An idle night costs what these hold, whatever the size of the table.
create index accounts_awaiting on mono.accounts (awaiting_update_since)
    where awaiting_update_since is not null and unlinked_at is null;
create index accounts_flagged on mono.accounts (reauthorisation_required_since)
    where reauthorisation_required_since is not null and unlinked_at is null;
-- The same accounts in the order in which a night tries them, but those in cool-down: the first of a million are found by
-- reading no others.
create index accounts_tried on mono.accounts (last_tried_at nulls first, account_id)
    where (awaiting_update_since is not null or reauthorisation_required_since is not null) and unlinked_at is null
        and (retry_after is null or standing_outcome is null);
-- Those whose cool-down ends, by its end.
create index accounts_cooling on mono.accounts (retry_after)
    where retry_after is not null and standing_outcome is not null and unlinked_at is null;
-- Those that every night lists, whether or not it gets to them; and those that Mono did not know come last.
create index accounts_standing on mono.accounts (standing_outcome, account_id)
    where standing_outcome is not null and unlinked_at is null;

create function mono.adopt_account() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.awaiting_update_since := coalesce(new.connected_at, now());
    return new;
end
$$;
comment on function mono.adopt_account() is 'Lets a row that the business inserted without data owe its update';

create trigger adopt_account before insert on mono.accounts
for each row
when (
    new.source = 'business' and not new.data_available and new.awaiting_update_since is null
    and new.reauthorisation_required_since is null and new.unlinked_at is null
)
execute function mono.adopt_account();

create function mono.with_possible_times(account mono.accounts, at timestamptz) returns mono.accounts
language plpgsql immutable as $$
declare
    first constant timestamptz := '1970-01-01 00:00:00Z';
    last constant timestamptz := '9999-12-31 23:59:59.999999Z';
begin
    -- What is owed, flagged, unlinked or requested stays so, since now at the latest; any other time is not known.
    if account.connected_at not between first and last then
        account.connected_at := null;
    end if;
    if account.awaiting_update_since not between first and last then
        account.awaiting_update_since := at;
    end if;
    if account.reauthorisation_required_since not between first and last then
        account.reauthorisation_required_since := at;
    end if;
    if account.last_updated_at not between first and last then
        account.last_updated_at := null;
    end if;
    if account.unlinked_at not between first and last then
        account.unlinked_at := at;
    end if;
    if account.last_sync_requested_at not between first and last then
        account.last_sync_requested_at := at;
    end if;
    if account.last_tried_at not between first and last then
        account.last_tried_at := null;
    end if;
    if account.retry_after not between first and last then
        account.retry_after := null;
    end if;
    if account.last_event_time not between first and last then
        account.last_event_time := null;
    end if;
    if account.data_event_time not between first and last then
        account.data_event_time := null;
    end if;
    if account.status_event_time not between first and last then
        account.status_event_time := null;
    end if;
    if account.debt_event_time not between first and last then
        account.debt_event_time := null;
    end if;
    if account.flag_event_time not between first and last then
        account.flag_event_time := null;
    end if;
    if account.link_event_time not between first and last then
        account.link_event_time := null;
    end if;
    if account.job_event_time not between first and last then
        account.job_event_time := null;
    end if;
    if account.failure_event_time not between first and last then
        account.failure_event_time := null;
    end if;
    if account.standing_since not between first and last then
        account.standing_since := at;
    end if;
    return account;
end
$$;
comment on function mono.with_possible_times(mono.accounts, timestamptz) is
    'An account without the times that its checks refuse: rows that were there before the checks may have them';

create function mono.mend_account() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return mono.with_possible_times(new, now());
end
$$;
comment on function mono.mend_account() is 'Lets a row that has an impossible time be changed all the same';

create trigger mend_account before update on mono.accounts
for each row
when (
    least(
        old.connected_at, old.awaiting_update_since, old.reauthorisation_required_since, old.last_updated_at,
        old.unlinked_at, old.last_sync_requested_at, old.last_tried_at, old.retry_after,
        old.last_event_time, old.data_event_time, old.status_event_time, old.debt_event_time,
        old.flag_event_time, old.link_event_time, old.job_event_time, old.failure_event_time, old.standing_since
    ) < '1970-01-01 00:00:00Z'
    or greatest(
        old.connected_at, old.awaiting_update_since, old.reauthorisation_required_since, old.last_updated_at,
        old.unlinked_at, old.last_sync_requested_at, old.last_tried_at, old.retry_after,
        old.last_event_time, old.data_event_time, old.status_event_time, old.debt_event_time,
        old.flag_event_time, old.link_event_time, old.job_event_time, old.failure_event_time, old.standing_since
    ) > '9999-12-31 23:59:59.999999Z'
)
execute function mono.mend_account();

create function mono.notify_account() returns trigger
language plpgsql as $$
begin
    perform pg_catalog.pg_notify('mono_account', new.account_id);
    return null;
end
$$;
comment on function mono.notify_account() is 'Tells waiting workers that an account changed';

create trigger notify_inserted_account after insert on mono.accounts
for each row execute function mono.notify_account();

create trigger notify_changed_account after update on mono.accounts
for each row when (old.* is distinct from new.*) execute function mono.notify_account();

create function mono.connect_account(account_id text, customer_ref text default null) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
#variable_conflict use_column
begin
    if connect_account.account_id is null or connect_account.account_id !~ '^[A-Za-z0-9_-]{1,64}$' then
        raise exception 'connect_account: not a well-formed Account ID (1 to 64 of A-Z a-z 0-9 _ -)'
            using errcode = 'invalid_parameter_value';
    end if;
    -- What is acknowledged is not told again: a power cut must not take it back.
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    insert into mono.accounts as a (account_id, customer_ref, connected_at, awaiting_update_since)
    values (connect_account.account_id, connect_account.customer_ref, now(), now())
    on conflict (account_id) do update set
        customer_ref = coalesce(a.customer_ref, excluded.customer_ref),
        connected_at = coalesce(a.connected_at, excluded.connected_at),
        retry_after = null,
        -- Linked again: Mono knows the account.
        standing_outcome = case when a.standing_outcome <> 'account_not_found' then a.standing_outcome end,
        standing_cause = case when a.standing_outcome <> 'account_not_found' then a.standing_cause end,
        standing_since = case when a.standing_outcome <> 'account_not_found' then a.standing_since end,
        standing_run_id = case when a.standing_outcome <> 'account_not_found' then a.standing_run_id end,
        awaiting_update_since = case
            when a.data_available or a.reauthorisation_required_since is not null or a.unlinked_at is not null
            then a.awaiting_update_since
            else coalesce(a.awaiting_update_since, excluded.awaiting_update_since)
        end;
end
$$;
comment on function mono.connect_account(text, text) is
    'Records a newly linked account; never disturbs what an earlier event has set';

insert into mono.schema_migrations (version, name) values (1, 'accounts');
commit;
