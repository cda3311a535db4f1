-- Migration 2: webhooks, and record_event, the one door for them.
begin;

do $$
begin
    if to_regclass('mono.schema_migrations') is null then
        raise exception 'migration 2 (events) needs migration 1 (accounts), which is missing';
    end if;
    if exists (select from mono.schema_migrations where version >= 2) then
        raise exception 'migration 2 (events) is already applied to this database';
    end if;
end
$$;

create table mono.webhook_events (
    event_key text collate "C" primary key,
    event text,
    account_id text collate "C",
    payload jsonb not null,
    received_at timestamptz not null,
    effect text not null
);
comment on table mono.webhook_events is 'Mono''s webhooks, cut to an allow-list: no name, number, BVN or balance';
comment on column mono.webhook_events.event_key is
    'Mono''s event_id, or the digest of the whole payload with the time of arrival';
comment on column mono.webhook_events.event is
    'The event''s name, without blanks, in lower case; unknown: something else stood there and is not kept';
comment on column mono.webhook_events.account_id is 'The account it is about; null: none could be read';
comment on column mono.webhook_events.payload is 'What was kept of it, in Mono''s own shape';
comment on column mono.webhook_events.received_at is 'Arrival by the database''s clock';
comment on column mono.webhook_events.effect is 'What record_event answered: applied, stale, ignored or rejected: why';

create index webhook_events_account on mono.webhook_events (account_id, received_at);
create index webhook_events_received on mono.webhook_events (received_at);

-- Counted repetitions in regular expressions ({1,64}) cost several times as much as a look at the length.
create function mono.event_text(value jsonb, most int) returns text
language sql immutable as $$
    select case when pg_catalog.jsonb_typeof(value) = 'string' then pg_catalog.left(value #>> '{}', most) end
$$;
comment on function mono.event_text(jsonb, int) is 'The text of a JSON string, cut; null for anything else';

create function mono.event_token(value jsonb, most int default 128) returns text
language sql immutable as $$
    select case
        when mono.event_text(value, 129) ~ '^[A-Za-z0-9_-]+$' and pg_catalog.length(mono.event_text(value, 129)) <= most
        then value #>> '{}'
    end
$$;
comment on function mono.event_token(jsonb, int) is 'A JSON string that has the form of an id; null for anything else';

create function mono.event_word(value jsonb) returns text
language plpgsql immutable as $$
declare
    word constant text := upper(btrim(mono.event_text(value, 80), E' \t\r\n') collate "C");
begin
    return case
        when word = '' then null
        when word ~ '^[A-Z_]+$' and length(word) <= 64 then word
        -- Whatever else stands there is not kept: it could be anything.
        when word is not null then 'UNKNOWN'
    end;
end
$$;
comment on function mono.event_word(jsonb) is 'A status in upper case without blanks; null if there is none';

create function mono.event_time(value jsonb) returns timestamptz
language plpgsql immutable as $$
declare
    written constant text := mono.event_text(value, 40);
begin
    -- A zone is demanded: without one the answer would depend on the session's.
    -- No backslash: what it means in a literal is a setting of the session.
    if written !~ ('^[0-9]{4}-[0-9][0-9]-[0-9][0-9][Tt ][0-9][0-9]:[0-9][0-9]:[0-9][0-9]([.][0-9]{1,9})?'
        '([Zz]|[+-][0-9][0-9]:?[0-9][0-9])$') then
        return null;
    end if;
    return case
        when written::timestamptz between '1970-01-01 00:00:00Z' and '9999-12-31 23:59:59.999999Z'
        then written::timestamptz
    end;
exception
    when data_exception then
        return null;
end
$$;
comment on function mono.event_time(jsonb) is 'Mono''s timestamp; null if malformed, before 1970 or after 9999';

create type mono.parsed_event as (
    event text,
    event_id text,
    digest text,
    occurred_at timestamptz,
    account_id text,
    malformed_account_id boolean,
    job_id text,
    job_status text,
    data_status text,
    sync_status text,
    customer_ref text,
    institution text,
    bank_code text,
    kept jsonb
);
comment on type mono.parsed_event is 'What one webhook says, and what of it is kept';

create function mono.parse_event(payload jsonb) returns mono.parsed_event
language plpgsql immutable as $$
declare
    parsed mono.parsed_event;
    data constant jsonb := payload -> 'data';
    account constant jsonb := data -> 'account';
    meta constant jsonb := data -> 'meta';
    bank jsonb := account -> 'institution';
    is_job boolean;
    id jsonb;
    items jsonb := meta -> 'retrieved_data';
    item text;
    retrieved text[] := '{}';
begin
    -- Printed with a stray blank in one place: "mono.events. sync_failed".
    parsed.event := lower(regexp_replace(mono.event_text(payload -> 'event', 128), '[[:space:]]', '', 'g') collate "C");
    if parsed.event <> '' and (parsed.event !~ '^(sandbox_)?mono[.][a-z0-9_.]+$' or length(parsed.event) > 113) then
        -- No name of Mono's: it could be anybody's.
        parsed.event := 'unknown';
    end if;
    is_job := parsed.event is not distinct from 'mono.accounts.jobs.update';
    parsed.event_id := nullif(mono.event_text(payload -> 'event_id', 100000), '');
    if length(parsed.event_id) > 128 then
        parsed.event_id := 'sha256:' || encode(sha256(convert_to(parsed.event_id, 'UTF8')), 'hex');
    end if;
    if parsed.event_id is null then
        -- Who cuts a payload before it comes here says what the whole was.
        parsed.digest := coalesce(
            substring(mono.event_text(payload -> 'payload_sha256', 65), '^[0-9a-f]{64}$'),
            encode(sha256(convert_to(payload::text, 'UTF8')), 'hex'));
    end if;
    parsed.occurred_at := mono.event_time(payload -> 'timestamp');

    id := case
        when jsonb_typeof(account) = 'string' then account
        when jsonb_typeof(account -> '_id') = 'string' then account -> '_id'
        when jsonb_typeof(account -> 'id') = 'string' then account -> 'id'
        when jsonb_typeof(data -> 'id') = 'string' and not is_job then data -> 'id'
        when jsonb_typeof(data -> '_id') = 'string' then data -> '_id'
    end;
    parsed.account_id := mono.event_token(id, 64);
    parsed.malformed_account_id := id is not null and parsed.account_id is null;

    if is_job then
        parsed.job_id := mono.event_token(data -> 'id');
        parsed.job_status := mono.event_word(data -> 'status');
    else
        parsed.job_id := mono.event_token(meta -> 'job_id');
    end if;

    if jsonb_typeof(items) = 'array' then
        for place in 0 .. least(jsonb_array_length(items), 100) - 1 loop
            item := lower((items ->> place) collate "C");
            if item in ('identity', 'balance', 'transactions') then
                retrieved := array_append(retrieved, item);
            end if;
        end loop;
    end if;
    parsed.data_status := mono.event_word(meta -> 'data_status');
    parsed.sync_status := mono.event_word(meta -> 'sync_status');
    -- Present but no text: an unknown status, and never a success.
    if parsed.sync_status is null and jsonb_typeof(meta -> 'sync_status') <> 'null' then
        parsed.sync_status := 'UNKNOWN';
    end if;

    if jsonb_typeof(bank) is distinct from 'object' then
        bank := data -> 'institution';
    end if;
    parsed.customer_ref := nullif(mono.event_text(meta -> 'ref', 256), '');
    parsed.institution := nullif(mono.event_text(bank -> 'name', 128), '');
    parsed.bank_code := nullif(coalesce(
        mono.event_text(bank -> 'bankCode', 32), mono.event_text(bank -> 'bank_code', 32)), '');

    parsed.kept := jsonb_strip_nulls(jsonb_build_object(
        'event', parsed.event,
        'event_id', parsed.event_id,
        'timestamp', case when parsed.occurred_at is not null then payload -> 'timestamp' end,
        'data', jsonb_build_object(
            'account', case
                when is_job then to_jsonb(parsed.account_id)
                else jsonb_build_object(
                    '_id', parsed.account_id,
                    'institution', jsonb_build_object('name', parsed.institution, 'bankCode', parsed.bank_code))
            end,
            'id', case when is_job then parsed.job_id end,
            'status', case when is_job then parsed.job_status end,
            'meta', jsonb_build_object(
                'data_status', parsed.data_status,
                'sync_status', parsed.sync_status,
                'job_id', case when not is_job then parsed.job_id end,
                'has_new_data', case
                    when jsonb_typeof(meta -> 'has_new_data') = 'boolean' then meta -> 'has_new_data'
                end,
                'retrieved_data', case when retrieved <> '{}' then to_jsonb(retrieved) end,
                'data_request_id', mono.event_token(meta -> 'data_request_id'),
                'ref', parsed.customer_ref))));
    -- Seen in production: FAILED although the balance had come. Mono's own words would be PARTIAL.
    if parsed.data_status in ('FAILED', 'UNAVAILABLE') and retrieved && array['balance', 'transactions'] then
        parsed.data_status := 'PARTIAL';
    end if;
    return parsed;
end
$$;
comment on function mono.parse_event(jsonb) is 'Reads a webhook of either generation; total: no payload makes it fail';

create type mono.event_effect as (
    effect text,
    data text,
    debt text,
    flag text,
    link text
);
comment on type mono.event_effect is 'What an event does to an account, fact by fact; null leaves a fact as it is';

create function mono.effect_of(said mono.parsed_event) returns mono.event_effect
language plpgsql immutable as $$
declare
    does mono.event_effect;
begin
    if coalesce(said.event, '') = '' then
        does.effect := 'rejected: no event name';
        return does;
    end if;
    case said.event
        when 'mono.events.account_connected' then
            does.debt := 'first unless available';
            does.link := 'set';
        when 'mono.events.account_updated', 'mono.accounts.account_updated' then
            if said.data_status = 'AVAILABLE' and coalesce(said.sync_status, 'SUCCESSFUL') = 'SUCCESSFUL' then
                does.data := 'set';
                does.debt := 'clear';
                does.flag := 'clear';
            elsif said.sync_status = 'REAUTHORISATION_REQUIRED' then
                does.flag := 'first';
            elsif said.sync_status = 'SUCCESSFUL' then
                does.debt := 'first';
                does.flag := 'clear';
            elsif said.sync_status is not null
                or said.data_status in ('PARTIAL', 'PROCESSING', 'UNAVAILABLE', 'FAILED') then
                does.debt := 'first';
            else
                does.effect := 'ignored';
            end if;
        when 'mono.events.reauthorisation_required' then
            does.flag := 'first';
        when 'mono.events.account_reauthorized' then
            does.debt := 'now';
            does.flag := 'clear';
        when 'mono.events.sync_failed' then
            does.debt := 'first';
        when 'mono.accounts.jobs.update' then
            if said.job_status = 'REAUTHORISATION_REQUIRED' then
                does.flag := 'first';
            end if;
        when 'mono.events.account_unlinked' then
            does.data := 'clear';
            does.debt := 'clear';
            does.flag := 'clear';
            does.link := 'clear';
        else
            does.effect := 'ignored';
            return does;
    end case;
    if said.malformed_account_id then
        does.effect := 'rejected: malformed account id';
    elsif said.account_id is null then
        does.effect := 'rejected: no account id';
    end if;
    return does;
end
$$;
comment on function mono.effect_of(mono.parsed_event) is
    'The table of effects; its effect is null for an event that is to be applied';

create function mono.after_event(account mono.accounts, said mono.parsed_event, does mono.event_effect, arrived timestamptz)
returns mono.accounts
language plpgsql immutable as $$
declare
    -- An event without Mono's time counts as the newest: arrival decides.
    moment constant timestamptz := coalesce(said.occurred_at, account.last_event_time);
begin
    -- Each fact goes by the newest event that spoke of it, so the order of arrival does not matter.
    if does.data is not null and (account.data_event_time > moment) is not true then
        account.data_available := does.data = 'set';
        account.data_event_time := moment;
    end if;
    if does.data = 'set' then
        account.last_updated_at := case
            when account.data_event_time > moment then coalesce(account.last_updated_at, arrived) else arrived
        end;
        if (account.failure_event_time > moment) is not true then
            account.consecutive_failures := 0;
            account.retry_after := null;
        end if;
    end if;

    -- The data came, the customer signed in or linked again, or unlinked: what a run found out before is over. Compared
    -- with the run's own time alone, so that the order of these events does not matter.
    if (does.data = 'set' or does.debt = 'now' or does.link is not null
            or (does.flag = 'clear' and account.standing_outcome = 'reauthorisation_required'))
        and account.standing_outcome is not null and (account.failure_event_time > moment) is not true then
        account.standing_outcome := null;
        account.standing_cause := null;
        account.standing_since := null;
        account.standing_run_id := null;
        account.retry_after := null;
    end if;
    -- News end the cool-down: what says more than the standing does. What our own sync makes Mono send does not, nor a flag
    -- that is known. It is compared with the standing alone, so that here too no order matters.
    if account.standing_outcome is not null and (account.failure_event_time > moment) is not true
        and (case account.standing_outcome
            when 'account_not_found' then true
            when 'reauthorisation_required' then false
            when 'partial' then does.flag = 'first' or (
                said.event in ('mono.events.account_updated', 'mono.accounts.account_updated')
                and said.data_status in ('FAILED', 'UNAVAILABLE'))
            when 'provider_failed' then does.flag = 'first' or (
                said.event in ('mono.events.account_updated', 'mono.accounts.account_updated')
                and said.data_status in ('PARTIAL', 'UNAVAILABLE'))
        end)
    then
        account.retry_after := null;
    end if;

    if does.link is not null and (account.link_event_time > moment) is not true then
        account.unlinked_at := case when does.link = 'clear' then coalesce(account.unlinked_at, arrived) end;
        account.link_event_time := moment;
    end if;
    if does.link = 'set' then
        account.connected_at := coalesce(account.connected_at, arrived);
    end if;

    if does.debt is not null and (account.debt_event_time > moment) is not true then
        if does.debt = 'first unless available' then
            -- Goes by the time of the link: whether it makes a debt depends on the facts before it.
            if not account.data_available then
                account.awaiting_update_since := coalesce(account.awaiting_update_since, arrived);
            end if;
        else
            account.awaiting_update_since := case does.debt
                when 'first' then coalesce(account.awaiting_update_since, arrived)
                when 'now' then arrived
                -- A newer account_connected that came before this unlink would have found no data.
                when 'clear' then case
                    when does.link = 'clear' and account.unlinked_at is null
                    then coalesce(account.awaiting_update_since, arrived)
                end
            end;
            account.debt_event_time := moment;
        end if;
    end if;

    if does.flag is not null and (account.flag_event_time > moment) is not true then
        account.reauthorisation_required_since := case
            when does.flag = 'first' then coalesce(account.reauthorisation_required_since, arrived)
        end;
        account.flag_event_time := moment;
    end if;

    if said.event = 'mono.accounts.jobs.update' then
        if said.job_id is not null and (account.job_event_time > moment) is not true then
            account.last_sync_job_id := said.job_id;
            account.job_event_time := moment;
        end if;
    elsif said.event in ('mono.events.account_updated', 'mono.accounts.account_updated') then
        if said.data_status is not null and (account.status_event_time > moment) is not true then
            account.data_status := said.data_status;
            account.status_event_time := moment;
        end if;
    end if;

    account.last_event_time := greatest(account.last_event_time, said.occurred_at);
    account.customer_ref := coalesce(account.customer_ref, said.customer_ref);
    account.institution := coalesce(account.institution, said.institution);
    account.bank_code := coalesce(account.bank_code, said.bank_code);
    return account;
end
$$;
comment on function mono.after_event(mono.accounts, mono.parsed_event, mono.event_effect, timestamptz) is
    'An account as one more event leaves it';

create function mono.was_recorded(event_id text, digest text, arrived timestamptz) returns boolean
language plpgsql stable as $$
begin
    if event_id is not null then
        return exists (select from mono.webhook_events e where e.event_key = event_id);
    end if;
    -- January's and June's flag are byte-identical: without an id, only a recent equal one is a duplicate.
    return exists (
        select from mono.webhook_events e
        where e.event_key >= digest || '@' and e.event_key < digest || 'A'
            and e.received_at > arrived - interval '15 minutes');
end
$$;
comment on function mono.was_recorded(text, text, timestamptz) is
    'Whether an event was here before: by its id or, without one, by the digest of a recent one';

create function mono.record_event(payload jsonb) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
    arrived constant timestamptz := clock_timestamp();
    said constant mono.parsed_event := mono.parse_event(coalesce(payload, 'null'));
    does constant mono.event_effect := mono.effect_of(said);
    effect text := case
        when jsonb_typeof(payload) = 'object' then does.effect else 'rejected: the payload is not a JSON object'
    end;
    before mono.accounts;
    after mono.accounts;
begin
    -- What is acknowledged is not told again: a power cut must not take it back.
    if current_setting('synchronous_commit') = 'off' then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    -- The row's lock also makes equal deliveries that come at once wait for each other.
    if effect is null then
        select * into before from mono.accounts a where a.account_id = said.account_id for update;
        if not found then
            -- Sent again after the business deleted the account, it must not leave an empty row.
            if mono.was_recorded(said.event_id, said.digest, arrived) then
                return 'duplicate';
            end if;
            insert into mono.accounts (account_id, source) values (said.account_id, 'event') on conflict do nothing;
            select * into strict before from mono.accounts a where a.account_id = said.account_id for update;
        end if;
        before := mono.with_possible_times(before, arrived);
        effect := case when said.occurred_at < before.last_event_time then 'stale' else 'applied' end;
    end if;

    -- An event_id is looked for by the insert.
    if said.event_id is null and mono.was_recorded(null, said.digest, arrived) then
        return 'duplicate';
    end if;
    insert into mono.webhook_events (event_key, event, account_id, payload, received_at, effect)
    values (
        coalesce(said.event_id, said.digest || '@' || to_char(arrived at time zone 'UTC', 'YYYYMMDD"T"HH24MISS.US')),
        said.event, said.account_id, said.kept, arrived, effect
    )
    on conflict do nothing;
    if not found then
        return 'duplicate';
    end if;
    if effect not in ('applied', 'stale') then
        return effect;
    end if;

    after := mono.after_event(before, said, does, arrived);
    if after is distinct from before then
        update mono.accounts a set
            customer_ref = after.customer_ref,
            institution = after.institution,
            bank_code = after.bank_code,
            connected_at = after.connected_at,
            data_available = after.data_available,
            data_status = after.data_status,
            awaiting_update_since = after.awaiting_update_since,
            reauthorisation_required_since = after.reauthorisation_required_since,
            last_updated_at = after.last_updated_at,
            unlinked_at = after.unlinked_at,
            last_sync_job_id = after.last_sync_job_id,
            retry_after = after.retry_after,
            consecutive_failures = after.consecutive_failures,
            standing_outcome = after.standing_outcome,
            standing_cause = after.standing_cause,
            standing_since = after.standing_since,
            standing_run_id = after.standing_run_id,
            last_event_time = after.last_event_time,
            data_event_time = after.data_event_time,
            status_event_time = after.status_event_time,
            debt_event_time = after.debt_event_time,
            flag_event_time = after.flag_event_time,
            link_event_time = after.link_event_time,
            job_event_time = after.job_event_time
        where a.account_id = said.account_id;
    else
        -- No column changed, and still somebody waits for it.
        perform pg_notify('mono_account', said.account_id);
    end if;
    return effect;
end
$$;
comment on function mono.record_event(jsonb) is
    'Applies one webhook and returns applied, stale, duplicate, ignored or rejected: why; never fails for a payload';

insert into mono.schema_migrations (version, name) values (2, 'events');
commit;
