-- Migration 3: runs, their cases, the workers and the rate that they share.
begin;

do $$
begin
    if to_regclass('mono.schema_migrations') is null then
        raise exception 'migration 3 (runs) needs migration 1 (accounts), which is missing';
    end if;
    if exists (select from mono.schema_migrations where version >= 3) then
        raise exception 'migration 3 (runs) is already applied to this database';
    end if;
    if not exists (select from mono.schema_migrations where version = 2) then
        raise exception 'migration 3 (runs) needs migration 2 (events), which is missing';
    end if;
end
$$;

create table mono.reconciliation_runs (
    run_id bigint generated always as identity primary key,
    kind text not null check (kind in ('nightly', 'one_off')),
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    options jsonb not null default '{}',
    summary jsonb,
    calls_details int not null default 0,
    calls_trigger int not null default 0,
    calls_job int not null default 0,
    calls_reauth int not null default 0,
    calls_reserved int not null default 0,
    selected int not null default 0,
    selecting boolean not null default false,
    not_selected int not null default 0,
    workers int not null default 0,
    last_event_at timestamptz,
    exit_code int,
    stop_code int,
    stop_detail text,
    witness_worker text,
    closing jsonb
);
comment on table mono.reconciliation_runs is 'Reconciliations: one a night, and those of single accounts';
comment on column mono.reconciliation_runs.finished_at is 'Null: the run is open';
comment on column mono.reconciliation_runs.options is
    'What every worker of the run goes by; beside that, the calls and seconds that were expected of it: forecast';
comment on column mono.reconciliation_runs.summary is 'summary.json as it was reported';
comment on column mono.reconciliation_runs.calls_details is 'Calls of the accounts'' details, repeats included';
comment on column mono.reconciliation_runs.calls_trigger is 'Calls that ask for a sync';
comment on column mono.reconciliation_runs.calls_job is 'Calls of a realtime job''s state';
comment on column mono.reconciliation_runs.calls_reauth is 'Calls for re-authorisation links';
comment on column mono.reconciliation_runs.calls_reserved is 'Calls taken so far from the budget of --max-calls';
comment on column mono.reconciliation_runs.selected is 'Accounts selected so far, in slices as they are worked on';
comment on column mono.reconciliation_runs.selecting is 'Accounts that are due may have no case yet';
comment on column mono.reconciliation_runs.not_selected is
    'Accounts due that have no case: left out by --limit or --max-calls, or not reached when the run was stopped';
comment on column mono.reconciliation_runs.workers is 'Processes that took part';
comment on column mono.reconciliation_runs.last_event_at is 'Arrival of the newest webhook at the run''s end';
comment on column mono.reconciliation_runs.exit_code is 'By cases or interruption';
comment on column mono.reconciliation_runs.stop_code is 'Why the run stops for all its workers: 69, 75 or 77';
comment on column mono.reconciliation_runs.stop_detail is 'The same in words';
comment on column mono.reconciliation_runs.witness_worker is
    'Who asks, or asked last, whether the key sees any account: the first ones were all unknown to Mono';
comment on column mono.reconciliation_runs.closing is
    'What was known at the close beyond the cases, for the report: the night before, syncs and their webhooks';

create unique index reconciliation_runs_one_open_nightly on mono.reconciliation_runs (kind)
    where finished_at is null and kind = 'nightly';

create table mono.reconciliation_cases (
    run_id bigint not null references mono.reconciliation_runs on delete cascade,
    account_id text collate "C" not null check (account_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    customer_ref text,
    institution text,
    bank_code text,
    reason text not null check (reason in ('missing_update', 'reauthorisation_required', 'requested')),
    stuck_since timestamptz,
    position int,
    worker text,
    claim_number int,
    sync_intended_at timestamptz,
    had_data boolean,
    job_before text,
    sync_job_id text,
    sync_answer text,
    polls int not null default 0,
    api_calls int not null default 0,
    outcome text check (outcome in (
        'already_available', 'recovered', 'partial', 'reauthorisation_required', 'bank_unavailable',
        'provider_failed', 'incomplete_statement', 'still_processing', 'account_not_found', 'deferred', 'errored'
    )),
    cause text,
    detail text,
    data_status_before text,
    data_status_after text,
    data_request_id text,
    reauth_link text,
    nights_in_a_row int not null default 1 check (nights_in_a_row >= 1),
    outcome_before text,
    tried boolean not null default true,
    found jsonb,
    standing_outcome text,
    standing_cause text,
    standing_since timestamptz,
    next_attempt_at timestamptz,
    steps jsonb not null default '[]'
        check (case when jsonb_typeof(steps) = 'array' then jsonb_array_length(steps) <= 40 else false end),
    settled_at timestamptz,
    primary key (run_id, account_id),
    constraint settled_with_outcome check ((outcome is null) = (settled_at is null))
-- A case is written five times and grows threefold. With room on its page each write but the settlement leaves the
-- indexes alone, and the WAL holds what changed instead of whole rows: a night writes a third less, and the table, which
-- otherwise leaves its rows' old versions behind on full pages, is smaller too.
) with (fillfactor = 20);
comment on table mono.reconciliation_cases is 'One account in one run, with one outcome in the end';
comment on column mono.reconciliation_cases.customer_ref is 'As it was when the case was made; bank too';
comment on column mono.reconciliation_cases.stuck_since is 'The flag''s or the debt''s date';
comment on column mono.reconciliation_cases.position is 'Place in the order of the run''s selection';
comment on column mono.reconciliation_cases.worker is 'Who has it in hand; null: free to be claimed';
comment on column mono.reconciliation_cases.claim_number is
    'The claim of that worker which took it, counted from 1: a repeated claim frees what the lost answer had taken';
comment on column mono.reconciliation_cases.sync_intended_at is
    'The durable note "a sync is about to be asked for", committed before the call';
comment on column mono.reconciliation_cases.had_data is 'data_available at that moment';
comment on column mono.reconciliation_cases.job_before is 'The newest job known at that moment: it is not this sync''s';
comment on column mono.reconciliation_cases.sync_answer is 'What Mono said to it';
comment on column mono.reconciliation_cases.polls is 'Looks after the trigger';
comment on column mono.reconciliation_cases.outcome is 'Null: the case is open';
comment on column mono.reconciliation_cases.cause is 'Why it has its outcome, as a code';
comment on column mono.reconciliation_cases.detail is 'The same in words, for engineers: nothing reads them';
comment on column mono.reconciliation_cases.data_request_id is 'What Mono''s support asks for';
comment on column mono.reconciliation_cases.nights_in_a_row is
    'Nights since the standing first stood, that one and this run''s too: noon to noon in the run''s time zone';
comment on column mono.reconciliation_cases.outcome_before is
    'What was known of the account in the newest run of an earlier night; null: that had no case of it';
comment on column mono.reconciliation_cases.tried is
    'Something was found out, or a sync was asked for, or an answer could not be understood; false: the run did not get so far';
comment on column mono.reconciliation_cases.found is
    'What was found out and could not be written to the account: a later run writes it without a call';
comment on column mono.reconciliation_cases.standing_outcome is
    'What is known of the account after this run''s settlement; null: it is healthy, or nothing was found out yet';
comment on column mono.reconciliation_cases.standing_since is 'When the account first stood so';
comment on column mono.reconciliation_cases.steps is
    'At most 40 of [seconds since the start, step, what was said]';

create unique index reconciliation_cases_one_open on mono.reconciliation_cases (account_id) where outcome is null;
create index reconciliation_cases_open on mono.reconciliation_cases (run_id, position) where outcome is null;
create index reconciliation_cases_history on mono.reconciliation_cases (account_id, run_id desc);

create index reconciliation_runs_recent on mono.reconciliation_runs (finished_at);

create table mono.workers (
    worker text primary key,
    run_id bigint references mono.reconciliation_runs on delete set null,
    lock_key bigint not null unique,
    server_life text,
    host text,
    pid int,
    started_at timestamptz not null default now(),
    lease_until timestamptz not null,
    calls_details int not null default 0,
    calls_trigger int not null default 0,
    calls_job int not null default 0,
    calls_reauth int not null default 0,
    answered_at timestamptz,
    fine_at timestamptz,
    unknown_accounts int not null default 0,
    looks_due int not null default 0
);
comment on table mono.workers is 'Processes at work; one is alive while it holds its lock and its lease';
comment on column mono.workers.worker is 'Unique per process; repeated in every write it makes';
comment on column mono.workers.lock_key is 'Key of its session''s advisory lock, freed by the server after a crash';
comment on column mono.workers.server_life is
    'The life of the server in which the lock was taken: locks of an earlier one are gone, whoever still works';
comment on column mono.workers.calls_details is
    'Calls that this worker made, repeats included; a run''s are the sum over its workers';
comment on column mono.workers.answered_at is 'When Mono last answered this worker anything';
comment on column mono.workers.fine_at is 'When an answer last showed this worker that the key works';
comment on column mono.workers.unknown_accounts is
    'Accounts that were answered 404 before anything showed this worker that the key works';
comment on column mono.workers.looks_due is 'Looks that are still to be expected of the syncs that this worker has in hand';
comment on column mono.workers.lease_until is 'For crashes that the server cannot see: power loss, partition';

-- Unlogged: a crash empties it, and a standby has it empty.
create unlogged table mono.server_marks (
    only_row boolean primary key default true check (only_row),
    mark uuid not null default gen_random_uuid()
);
comment on table mono.server_marks is 'One row, made anew after each crash of the server: see server_life()';

create function mono.server_life() returns text
language sql stable as $$
    select concat(extract(epoch from pg_catalog.pg_postmaster_start_time()), ' ', (select m.mark from mono.server_marks m))
$$;
comment on function mono.server_life() is
    'Another text after each restart, crash and failover, each of which ends all sessions with their locks at once';

create table mono.bank_health (
    bank text primary key,
    last_delivery_at timestamptz,
    failing_since timestamptz,
    last_failure_at timestamptz,
    failures int not null default 0,
    probe_run_id bigint,
    probes int not null default 0,
    probed_at timestamptz
);
comment on table mono.bank_health is 'What each bank''s accounts have shown of the bank, in any run';
comment on column mono.bank_health.bank is 'Its name as accounts have it';
comment on column mono.bank_health.last_delivery_at is 'When it last handed out data';
comment on column mono.bank_health.failing_since is 'The first failure after the last delivery; null: none since';
comment on column mono.bank_health.failures is 'Failures since the last delivery';
comment on column mono.bank_health.probe_run_id is 'The run that last tried single accounts of the bank while the others wait';
comment on column mono.bank_health.probes is 'How many that run has tried so';
comment on column mono.bank_health.probed_at is 'When it last did';

create table mono.look_tallies (
    run_id bigint not null references mono.reconciliation_runs on delete cascade,
    worker text not null,
    api text not null,
    kind text not null check (kind in ('job', 'details')),
    institution text collate "C" not null,
    from_edge smallint[] not null,
    to_edge smallint[] not null,
    cases real[] not null,
    told real not null,
    untold real not null,
    first_hits real not null,
    first_misses real not null,
    later_hits real not null,
    later_misses real not null,
    looks real not null,
    plain_looks real not null,
    primary key (run_id, worker, api, kind, institution)
) with (fillfactor = 50);
comment on table mono.look_tallies is
    'What one worker''s looks have shown of a bank''s syncs in one run: its totals, written over every few seconds';
comment on column mono.look_tallies.kind is 'What was looked at: a realtime job or the account''s details';
comment on column mono.look_tallies.institution is 'The bank''s name as accounts have it; empty: not known';
comment on column mono.look_tallies.from_edge is
    'The last time at which syncs were seen at work: 0 for the trigger, k for 100 ms times 2 to the power of (k - 1) / 8';
comment on column mono.look_tallies.to_edge is 'The first time at which they were seen ended; null: they were not';
comment on column mono.look_tallies.cases is 'How many syncs were seen so';
comment on column mono.look_tallies.told is 'Ends of which an event told before a look did';
comment on column mono.look_tallies.untold is 'Ends that a look found';
comment on column mono.look_tallies.first_hits is
    'Inspections before a sync that found the data, on the account''s first night; the others in first_misses';
comment on column mono.look_tallies.later_hits is 'The same on later nights; the others in later_misses';
comment on column mono.look_tallies.looks is 'Looks made';
comment on column mono.look_tallies.plain_looks is 'Looks that the plain schedule would have made';

create table mono.bank_laws (
    api text not null,
    kind text not null check (kind in ('job', 'details')),
    institution text collate "C" not null,
    nights int not null,
    learned_at timestamptz not null default now(),
    from_edge smallint[] not null,
    to_edge smallint[] not null,
    cases double precision[] not null,
    told double precision not null,
    untold double precision not null,
    first_hits double precision not null,
    first_misses double precision not null,
    later_hits double precision not null,
    later_misses double precision not null,
    looks double precision not null,
    plain_looks double precision not null,
    primary key (api, kind, institution)
) with (fillfactor = 50);
comment on table mono.bank_laws is
    'How long each bank''s syncs take: the columns of mono.look_tallies of all closed runs, older ones faded; looks go by it';
comment on column mono.bank_laws.nights is 'Nightly runs that have shown anything of the bank';
comment on column mono.bank_laws.learned_at is 'The close of the newest run that has';

create table mono.rate (
    only_row boolean primary key default true check (only_row),
    next_slot_at timestamptz not null,
    hold_until timestamptz,
    jumps interval not null default '0',
    jumped_at timestamptz,
    last_jump interval
);
comment on table mono.rate is 'The pace of API calls of all workers together; exactly one row';
comment on column mono.rate.next_slot_at is 'The next free slot';
comment on column mono.rate.hold_until is 'No call before: Mono''s Retry-After';
comment on column mono.rate.jumps is 'How far this clock was moved, all jumps together';
comment on column mono.rate.jumped_at is 'When the last jump was noticed, by the clock that it led to';
insert into mono.rate (next_slot_at) values (now());

create table mono.machine_clocks (
    boot text primary key,
    uptime interval not null,
    seen_at timestamptz not null,
    jumps interval not null
);
comment on table mono.machine_clocks is
    'What this clock said when a machine last told the time since its boot, which nobody moves';
comment on column mono.machine_clocks.boot is 'The machine''s boot, as its kernel names it';
comment on column mono.machine_clocks.jumps is 'The jumps of this clock that were known then';

create function mono.heed_clock(machine_boot text, machine_uptime interval) returns void
language plpgsql as $$
declare
    shared mono.rate;
    known mono.machine_clocks;
    here timestamptz;
    passed interval;
    jump interval;
    account text;
begin
    select * into strict shared from mono.rate for update;
    -- Not after the wait for the row: the machine told its time before that.
    here := statement_timestamp();
    select * into known from mono.machine_clocks c where c.boot = machine_boot;
    insert into mono.machine_clocks values (machine_boot, machine_uptime, here, shared.jumps)
        on conflict (boot) do update set uptime = excluded.uptime, seen_at = excluded.seen_at, jumps = excluded.jumps;
    delete from mono.machine_clocks c where c.seen_at < here - interval '30 days';
    passed := machine_uptime - known.uptime;
    jump := here - known.seen_at - passed;
    -- A machine that saw no jump is right, whatever others have told since. Clocks drift apart by seconds in a day.
    if jump is null or jump between -greatest(interval '2 s', passed / 500) and greatest(interval '2 s', passed / 500)
    then
        return;
    end if;
    jump := jump - (shared.jumps - known.jumps);
    if jump between -greatest(interval '2 s', passed / 500) and greatest(interval '2 s', passed / 500)
    then
        return;
    end if;
    update mono.rate set jumps = shared.jumps + jump, jumped_at = here, last_jump = jump,
        -- Slots that were still to come stay as far away; those that had passed have passed.
        next_slot_at = case when shared.next_slot_at > here - jump or jump < interval '0'
            then shared.next_slot_at + jump else shared.next_slot_at end,
        hold_until = case when shared.hold_until > known.seen_at then shared.hold_until + jump end;
    update mono.machine_clocks set jumps = shared.jumps + jump where boot = machine_boot;
    update mono.workers set lease_until = lease_until + jump where lease_until > known.seen_at;
    -- Mono's limit is counted by real time. Where the clock went back, what may have been requested just now counts as
    -- that; where it went ahead, what was requested before is as old as it was.
    for account in
        select a.account_id from mono.accounts a
        where jump > interval '0' and a.last_sync_requested_at > known.seen_at - interval '1 day'
            or jump < interval '0' and a.last_sync_requested_at > here
        order by a.account_id
    loop
        begin
            update mono.accounts a
            set last_sync_requested_at = least(a.last_sync_requested_at + greatest(jump, interval '0'), here)
            where a.account_id = account;
        exception
            -- A trigger that refuses this refuses intents as well, and must not keep the clock from being heeded.
            when raise_exception or integrity_constraint_violation or data_exception then null;
        end;
    end loop;
end
$$;
comment on function mono.heed_clock(text, interval) is
    'Finds out whether this clock was moved since the machine last told its time since boot, and moves along what counts on';

create function mono.last_request(account text, known timestamptz) returns timestamptz
language sql stable as $$
    select greatest(known, (
        -- By the clock as it is now, where it went ahead since.
        select max(least(
            c.sync_intended_at + case
                when h.last_jump > interval '0' and c.sync_intended_at < h.jumped_at then h.last_jump
                else interval '0'
            end, now())) + interval '15 s'
        from mono.reconciliation_cases c cross join mono.rate h
        where c.account_id = account and c.sync_intended_at is not null and (known is null or c.sync_intended_at > known)
            and c.run_id = any(array(
                select r.run_id from mono.reconciliation_runs r
                where r.finished_at is null or r.finished_at > now() - interval '1 day'))))
$$;
comment on function mono.last_request(text, timestamptz) is
    'When a sync may last have been requested: as the account''s row knows, or by an intent of a row that was replaced';

create function mono.remember_request() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- With a request hidden from it, Mono's limit would be forgotten.
set row_security = off
as $$
declare
    newest mono.reconciliation_cases;
begin
    new.last_sync_requested_at := mono.last_request(new.account_id, new.last_sync_requested_at);
    -- An earlier sync's job would be taken for the next one's.
    new.last_sync_job_id := coalesce(new.last_sync_job_id, (
        select c.sync_job_id from mono.reconciliation_cases c
        where c.account_id = new.account_id and c.sync_job_id is not null order by c.run_id desc limit 1));
    -- What was known of the account still holds where nothing came from Mono since.
    if new.standing_outcome is null and new.unlinked_at is null then
        select * into newest from mono.reconciliation_cases c
        where c.account_id = new.account_id and c.settled_at is not null order by c.run_id desc limit 1;
        if newest.standing_outcome is not null and not exists (
            select from mono.webhook_events e
            where e.account_id = new.account_id and e.received_at > newest.settled_at and e.effect = 'applied')
        then
            new.standing_outcome := newest.standing_outcome;
            new.standing_cause := newest.standing_cause;
            new.standing_since := newest.standing_since;
            new.standing_run_id := newest.run_id;
            -- The case that found this out, or repeats it, tells the end of the cool-down. Any other one was a try: its turn had
            -- come.
            if newest.outcome = newest.standing_outcome then
                new.retry_after := newest.next_attempt_at;
            end if;
        end if;
    end if;
    return new;
end
$$;
comment on function mono.remember_request() is
    'Keeps Mono''s limit, and what is known, for a row that is deleted and inserted again';
create trigger remember_request before insert on mono.accounts
    for each row execute function mono.remember_request();

create function mono.known_zone(zone text) returns text
language plpgsql stable as $$
begin
    perform now() at time zone zone;
    return zone;
exception
    when invalid_parameter_value then
        -- The machine that ran knew it, and this server does not: Nigeria's time, in a form that needs no file.
        return 'WAT-1';
end
$$;
comment on function mono.known_zone(text) is 'The time zone if this server knows it, else West Africa Time';

create function mono.night_of(at timestamptz, zone text) returns date
language sql immutable as $$ select ((at at time zone zone) - interval '12 hours')::date $$;
comment on function mono.night_of(timestamptz, text) is
    'The night to which a time belongs: noon to noon in a time zone, named by the day on which it begins';

create function mono.take_slots(
    wanted int, per_second double precision, lead interval default interval '0',
    longest_hold interval default interval '1 hour',
    out first_slot_at timestamptz, out spacing interval, out granted int, out hold_until timestamptz,
    out pulled_back interval
)
language plpgsql as $$
declare
    shared mono.rate;
    furthest timestamptz;
begin
    if wanted is null or wanted < 1 then
        raise exception 'take_slots: wanted must be at least 1' using errcode = 'invalid_parameter_value';
    end if;
    if per_second is null or not per_second between 0.001 and 10000 then
        raise exception 'take_slots: per_second must lie between 0.001 and 10000'
            using errcode = 'invalid_parameter_value';
    end if;
    select * into strict shared from mono.rate for update;
    -- What lies further ahead than all workers together can have reserved, or Mono can have asked for, was written by
    -- another clock.
    furthest := clock_timestamp() + interval '5 s' + make_interval(secs => (0.5 + 1 / per_second)
        * (select count(*) from mono.workers w where w.lease_until > clock_timestamp()));
    if shared.hold_until > clock_timestamp() + longest_hold + interval '5 s' then
        pulled_back := shared.hold_until - clock_timestamp();
        shared.hold_until := null;
        update mono.rate set hold_until = null;
    end if;
    if shared.next_slot_at > greatest(furthest, shared.hold_until + (furthest - clock_timestamp())) then
        pulled_back := greatest(pulled_back, shared.next_slot_at - clock_timestamp());
        shared.next_slot_at := clock_timestamp();
    end if;
    -- Read after the lock was had: slots that passed while waiting are forfeited.
    -- The lead is the caller's way back: a slot that has passed when the answer is there is of no use.
    first_slot_at := greatest(
        shared.next_slot_at, clock_timestamp() + least(greatest(lead, interval '0'), interval '2 s'), shared.hold_until);
    spacing := make_interval(secs => 1 / per_second);
    -- Half a second's worth at a time, so that no worker hoards what others could use.
    granted := least(wanted, ceil(per_second / 2)::int);
    hold_until := shared.hold_until;
    update mono.rate set next_slot_at = first_slot_at + granted * spacing;
end
$$;
comment on function mono.take_slots(int, double precision, interval, interval) is
    'Takes up to the wanted number of call slots: the first one, the time between two, how many, and the hold; and how far '
    'ahead of anything that can be meant the next slot or the hold was';

create function mono.selection_reason(flagged_since timestamptz, awaiting_since timestamptz, stuck_after interval)
returns text
language sql stable as $$
    select case
        when flagged_since is not null then 'reauthorisation_required'
        when awaiting_since <= now() - stuck_after or awaiting_since > '9999-12-31 23:59:59.999999Z' then 'missing_update'
        else 'requested'
    end
$$;
comment on function mono.selection_reason(timestamptz, timestamptz, interval) is
    'Why an account is in a run, by its flag and by the update that it awaits';

create function mono.due_accounts(
    stuck_after interval, sync_limit interval, of_run bigint default null, force boolean default false,
    rested boolean default false
)
returns setof mono.accounts
language sql stable as $$
    select a.* from mono.accounts a
    where a.unlinked_at is null
        -- Two sets with an index each: who is in a cool-down that is not over costs nothing.
        and case
            when rested then a.retry_after is not null and a.standing_outcome is not null
            else a.retry_after is null or a.standing_outcome is null
        end
        and (not rested or force or a.retry_after <= (
            select coalesce(max(r.started_at), now()) from mono.reconciliation_runs r where r.run_id = of_run))
        -- An impossible time is to be seen, and not to keep its account out of every night.
        and (
            a.reauthorisation_required_since is not null or a.awaiting_update_since > '9999-12-31 23:59:59.999999Z'
            -- In a query of its own, the run's start is read once and not for each account.
            or a.awaiting_update_since <= (
                select coalesce(max(r.started_at), now()) from mono.reconciliation_runs r where r.run_id = of_run
            ) - stuck_after
        )
        and (
            a.last_sync_requested_at is null or a.last_sync_requested_at <= now() - sync_limit
            or a.last_sync_requested_at > '9999-12-31 23:59:59.999999Z'
        )
$$;
comment on function mono.due_accounts(interval, interval, bigint, boolean, boolean) is
    'The accounts outside Mono''s limit that are flagged or stuck, now or when a run began: those in no cool-down, or those '
    'whose cool-down is over, or is to be ignored';

create function mono.count_due(
    stuck_after interval, sync_limit interval, of_run bigint default null, force boolean default false
)
returns bigint
language sql stable as $$
    -- The cases are fewer than the accounts: looking them up from here is no look-up for each account.
    select (select count(*) from mono.due_accounts(stuck_after, sync_limit, of_run, force, false))
        + (select count(*) from mono.due_accounts(stuck_after, sync_limit, of_run, force, true))
        - (select count(*)
            from (
                select c.account_id from mono.reconciliation_cases c where c.outcome is null
                union
                select c.account_id from mono.reconciliation_cases c where c.run_id = of_run
            ) c
            join (
                select d.account_id from mono.due_accounts(stuck_after, sync_limit, of_run, force, false) d
                union all
                select d.account_id from mono.due_accounts(stuck_after, sync_limit, of_run, force, true) d
            ) d on d.account_id = c.account_id)
$$;
comment on function mono.count_due(interval, interval, bigint, boolean) is
    'How many accounts are due and have no open case, nor one in the run';

create function mono.select_accounts(
    stuck_after interval, sync_limit interval, max_accounts int default null, of_run bigint default null,
    slice int default null, force boolean default false
)
returns table (account_id text, reason text, stuck_since timestamptz, "position" int)
language sql stable as $$
    -- Whom Mono did not know last time waits at the end of a whole night: asked first, and answered 404 by the dozen,
    -- they would look like the wrong key. With a limit that would be for ever: there everybody has a turn.
    with chosen as (
        (
            select d.*, false as was_unknown
            from mono.due_accounts(stuck_after, sync_limit, of_run, force, false) d
            -- "offset 0" keeps these an index look-up an account, whatever the planner believes of the cases.
            where not exists (
                select from mono.reconciliation_cases c where c.account_id = d.account_id and c.outcome is null offset 0)
                and not exists (
                    select from mono.reconciliation_cases c
                    where c.run_id = of_run and c.account_id = d.account_id offset 0)
                and (max_accounts is not null or d.standing_outcome is distinct from 'account_not_found')
            order by d.last_tried_at nulls first, d.account_id
            limit coalesce(slice, max_accounts)
        )
        union all
        (
            select d.*, max_accounts is null and d.standing_outcome = 'account_not_found'
            from mono.due_accounts(stuck_after, sync_limit, of_run, force, true) d
            where not exists (
                select from mono.reconciliation_cases c where c.account_id = d.account_id and c.outcome is null offset 0)
                and not exists (
                    select from mono.reconciliation_cases c
                    where c.run_id = of_run and c.account_id = d.account_id offset 0)
            order by max_accounts is null and d.standing_outcome = 'account_not_found', d.last_tried_at nulls first,
                d.account_id
            limit coalesce(slice, max_accounts)
        )
        union all
        select d.*, true from mono.due_accounts(stuck_after, sync_limit, of_run, force, false) d
        where max_accounts is null and d.standing_outcome = 'account_not_found'
            and not exists (
                select from mono.reconciliation_cases c where c.account_id = d.account_id and c.outcome is null offset 0)
            and not exists (
                select from mono.reconciliation_cases c
                where c.run_id = of_run and c.account_id = d.account_id offset 0)
    )
    select k.account_id, mono.selection_reason(k.reauthorisation_required_since, k.awaiting_update_since, stuck_after),
        case
            when coalesce(k.reauthorisation_required_since, k.awaiting_update_since)
                between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'
            then coalesce(k.reauthorisation_required_since, k.awaiting_update_since)
        end,
        (row_number() over (order by k.was_unknown, k.last_tried_at nulls first, k.account_id))::int
    from chosen k
    order by k.was_unknown, k.last_tried_at nulls first, k.account_id
    limit coalesce(slice, max_accounts)
$$;
comment on function mono.select_accounts(interval, interval, int, bigint, int, boolean) is
    'The accounts of a nightly run in the order in which they are tried; with a run, the next of those without a case';

insert into mono.schema_migrations (version, name) values (3, 'runs');
commit;
