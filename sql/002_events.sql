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
comment on column mono.webhook_events.event is 'The event''s name, without blanks, in lower case';
comment on column mono.webhook_events.account_id is 'The account it is about; null: none could be read';
comment on column mono.webhook_events.payload is 'What was kept of it, in Mono''s own shape';
comment on column mono.webhook_events.received_at is 'Arrival by the database''s clock';
comment on column mono.webhook_events.effect is 'What record_event answered: applied, stale, ignored or rejected: why';

create index webhook_events_account on mono.webhook_events (account_id, received_at);
create index webhook_events_received on mono.webhook_events (received_at);

create function mono.event_text(value jsonb, most int) returns text
language sql immutable as $$
    select case when pg_catalog.jsonb_typeof(value) = 'string' then pg_catalog.left(value #>> '{}', most) end
$$;
comment on function mono.event_text(jsonb, int) is 'The text of a JSON string, cut; null for anything else';

create function mono.event_token(value jsonb) returns text
language sql immutable as $$
    select case when mono.event_text(value, 129) ~ '^[A-Za-z0-9_-]{1,128}$' then mono.event_text(value, 128) end
$$;
comment on function mono.event_token(jsonb) is 'A JSON string that has the form of an id; null for anything else';

create function mono.event_word(value jsonb) returns text
language sql immutable as $$
    select case
        when word = '' then null
        when word ~ '^[A-Z_]{1,64}$' then word
        -- Whatever else stands there is not kept: it could be anything.
        when word is not null then 'UNKNOWN'
    end
    from (select pg_catalog.upper(pg_catalog.btrim(mono.event_text(value, 80), E' \t\r\n') collate "C")) as t (word)
$$;
comment on function mono.event_word(jsonb) is 'A status in upper case without blanks; null if there is none';

create function mono.event_time(value jsonb) returns timestamptz
language plpgsql immutable as $$
declare
    written constant text := mono.event_text(value, 40);
begin
    -- A zone is demanded: without one the answer would depend on the session's.
    if written !~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)$' then
        return null;
    end if;
    return written::timestamptz;
exception
    when data_exception then
        return null;
end
$$;
comment on function mono.event_time(jsonb) is 'Mono''s timestamp; null if malformed';

create type mono.parsed_event as (
    event text,
    event_id text,
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
    retrieved jsonb;
begin
    -- Printed with a stray blank in one place: "mono.events. sync_failed".
    parsed.event := lower(regexp_replace(mono.event_text(payload -> 'event', 128), '\s', '', 'g') collate "C");
    is_job := parsed.event is not distinct from 'mono.accounts.jobs.update';
    parsed.event_id := nullif(mono.event_text(payload -> 'event_id', 100000), '');
    if length(parsed.event_id) > 128 then
        parsed.event_id := 'sha256:' || encode(sha256(convert_to(parsed.event_id, 'UTF8')), 'hex');
    end if;
    parsed.occurred_at := mono.event_time(payload -> 'timestamp');

    select candidate into id
    from unnest(array[
        account, account -> '_id', account -> 'id', case when not is_job then data -> 'id' end, data -> '_id'
    ]) with ordinality as candidates (candidate, place)
    where jsonb_typeof(candidate) = 'string'
    order by place
    limit 1;
    parsed.account_id := substring(mono.event_text(id, 65) from '^[A-Za-z0-9_-]{1,64}$');
    parsed.malformed_account_id := id is not null and parsed.account_id is null;

    if is_job then
        parsed.job_id := mono.event_token(data -> 'id');
        parsed.job_status := mono.event_word(data -> 'status');
    else
        parsed.job_id := mono.event_token(meta -> 'job_id');
    end if;

    select jsonb_agg(to_jsonb(lower(item #>> '{}' collate "C"))) into retrieved
    from jsonb_array_elements(
        case when jsonb_typeof(meta -> 'retrieved_data') = 'array' then meta -> 'retrieved_data' else '[]' end
    ) as items (item)
    where lower(item #>> '{}' collate "C") in ('identity', 'balance', 'transactions');
    parsed.data_status := mono.event_word(meta -> 'data_status');
    -- Seen in production: FAILED although the balance had come. Mono's own words would be PARTIAL.
    if parsed.data_status in ('FAILED', 'UNAVAILABLE') and retrieved ?| array['balance', 'transactions'] then
        parsed.data_status := 'PARTIAL';
    end if;
    -- Present but no text: an unknown status, and never a success.
    if jsonb_typeof(meta -> 'sync_status') <> 'null' then
        parsed.sync_status := coalesce(mono.event_word(meta -> 'sync_status'), 'UNKNOWN');
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
                'data_status', mono.event_word(meta -> 'data_status'),
                'sync_status', parsed.sync_status,
                'job_id', case when not is_job then parsed.job_id end,
                'has_new_data', case
                    when jsonb_typeof(meta -> 'has_new_data') = 'boolean' then meta -> 'has_new_data'
                end,
                'retrieved_data', retrieved,
                'data_request_id', mono.event_token(meta -> 'data_request_id'),
                'ref', parsed.customer_ref))));
    return parsed;
end
$$;
comment on function mono.parse_event(jsonb) is 'Reads a webhook of either generation; total: no payload makes it fail';

create function mono.record_event(payload jsonb) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    arrived constant timestamptz := clock_timestamp();
    whole constant jsonb := coalesce(payload, 'null');
    said constant mono.parsed_event := mono.parse_event(whole);
    good constant boolean := said.data_status = 'AVAILABLE' and coalesce(said.sync_status, 'SUCCESSFUL') = 'SUCCESSFUL';
    effect text;
    known boolean := true;
    -- What the event does to the account: null leaves a column as it is.
    available boolean;
    debt text;
    flag text;
    digest text;
    account mono.accounts;
begin
    -- The table of effects.
    case coalesce(said.event, '')
        when 'mono.events.account_connected' then
            debt := 'first unless available';
        when 'mono.events.account_updated', 'mono.accounts.account_updated' then
            if good then
                available := true;
                debt := 'clear';
                flag := 'clear';
            elsif said.sync_status = 'REAUTHORISATION_REQUIRED' then
                flag := 'first';
            elsif said.sync_status = 'SUCCESSFUL' then
                debt := 'first';
                flag := 'clear';
            elsif said.sync_status is not null
                or said.data_status in ('PARTIAL', 'PROCESSING', 'UNAVAILABLE', 'FAILED') then
                debt := 'first';
            else
                effect := 'ignored';
            end if;
        when 'mono.events.reauthorisation_required' then
            flag := 'first';
        when 'mono.events.account_reauthorized' then
            debt := 'now';
            flag := 'clear';
        when 'mono.events.sync_failed' then
            debt := 'first';
        when 'mono.accounts.jobs.update' then
            if said.job_status = 'REAUTHORISATION_REQUIRED' then
                flag := 'first';
            end if;
        when 'mono.events.account_unlinked' then
            available := false;
            debt := 'clear';
            flag := 'clear';
        else
            known := false;
            effect := 'ignored';
    end case;

    if jsonb_typeof(whole) <> 'object' then
        effect := 'rejected: the payload is not a JSON object';
    elsif coalesce(said.event, '') = '' then
        effect := 'rejected: no event name';
    elsif known and said.malformed_account_id then
        effect := 'rejected: malformed account id';
    elsif known and said.account_id is null then
        effect := 'rejected: no account id';
    end if;

    -- The row's lock also makes equal deliveries that come at once wait for each other.
    if effect is null then
        select * into account from mono.accounts a where a.account_id = said.account_id for update;
        if not found then
            insert into mono.accounts (account_id, source) values (said.account_id, 'event') on conflict do nothing;
            select * into strict account from mono.accounts a where a.account_id = said.account_id for update;
        end if;
        effect := case when said.occurred_at < account.last_event_time then 'stale' else 'applied' end;
    end if;

    -- January's and June's flag are byte-identical: without an id, only a recent equal one is a duplicate.
    if said.event_id is null then
        digest := encode(sha256(convert_to(whole::text, 'UTF8')), 'hex');
        if exists (
            select from mono.webhook_events e
            where e.event_key >= digest || '@' and e.event_key < digest || 'A'
                and e.received_at > arrived - interval '15 minutes'
        ) then
            return 'duplicate';
        end if;
    end if;
    insert into mono.webhook_events (event_key, event, account_id, payload, received_at, effect)
    values (
        coalesce(said.event_id, digest || '@' || to_char(arrived at time zone 'UTC', 'YYYYMMDD"T"HH24MISS.US')),
        said.event, said.account_id, said.kept, arrived, effect
    )
    on conflict do nothing;
    if not found then
        return 'duplicate';
    end if;

    if effect = 'applied' then
        update mono.accounts a set
            data_available = coalesce(available, a.data_available),
            data_status = case
                when said.event in ('mono.events.account_updated', 'mono.accounts.account_updated')
                then coalesce(said.data_status, a.data_status)
                else a.data_status
            end,
            awaiting_update_since = case
                when debt = 'clear' then null
                when debt = 'now' then arrived
                when debt = 'first' or (debt = 'first unless available' and not a.data_available)
                then coalesce(a.awaiting_update_since, arrived)
                else a.awaiting_update_since
            end,
            reauthorisation_required_since = case flag
                when 'clear' then null
                when 'first' then coalesce(a.reauthorisation_required_since, arrived)
                else a.reauthorisation_required_since
            end,
            last_updated_at = case when available then arrived else a.last_updated_at end,
            consecutive_failures = case when available then 0 else a.consecutive_failures end,
            retry_after = case when available then null else a.retry_after end,
            connected_at = case
                when said.event = 'mono.events.account_connected' then coalesce(a.connected_at, arrived)
                else a.connected_at
            end,
            unlinked_at = case said.event
                when 'mono.events.account_connected' then null
                when 'mono.events.account_unlinked' then coalesce(a.unlinked_at, arrived)
                else a.unlinked_at
            end,
            last_sync_job_id = case
                when said.event = 'mono.accounts.jobs.update' then coalesce(said.job_id, a.last_sync_job_id)
                else a.last_sync_job_id
            end,
            last_event_time = greatest(a.last_event_time, said.occurred_at),
            customer_ref = coalesce(a.customer_ref, said.customer_ref),
            institution = coalesce(a.institution, said.institution),
            bank_code = coalesce(a.bank_code, said.bank_code)
        where a.account_id = said.account_id;
    elsif effect = 'stale' then
        -- What was there once stays there, unless the customer has unlinked the account since.
        update mono.accounts a set
            data_available = a.data_available or (coalesce(available, false) and a.unlinked_at is null),
            data_status = case when available then coalesce(a.data_status, said.data_status) else a.data_status end,
            last_updated_at = case when available then coalesce(a.last_updated_at, arrived) else a.last_updated_at end,
            customer_ref = coalesce(a.customer_ref, said.customer_ref),
            institution = coalesce(a.institution, said.institution),
            bank_code = coalesce(a.bank_code, said.bank_code)
        where a.account_id = said.account_id;
    end if;
    -- A job update may change no column, and still somebody waits for it.
    if effect in ('applied', 'stale') then
        perform pg_notify('mono_account', said.account_id);
    end if;
    return effect;
end
$$;
comment on function mono.record_event(jsonb) is
    'Applies one webhook and returns applied, stale, duplicate, ignored or rejected: why; never fails for a payload';

insert into mono.schema_migrations (version, name) values (2, 'events');
commit;
