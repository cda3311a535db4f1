package import Postgres

extension Database {
    /// Makes a trigger of the business's refuse an account, with the words "no such customer".
    ///
    /// - Parameters:
    ///   - account: Its id; further ones may follow.
    ///   - moment: When the trigger runs, as `create trigger` has it.
    /// - Throws: The server's refusal.
    package func refuse(_ account: String, _ moment: String = "before update on mono.accounts") async throws {
        try await run { (session) throws(PostgresError) in
            try session.script(
                """
                create table if not exists public.refused (account_id text primary key);
                insert into public.refused values ('\(account)') on conflict do nothing;
                create or replace function public.refuse() returns trigger language plpgsql security definer as $$
                begin
                    if exists (select from public.refused r where r.account_id = new.account_id) then
                        raise exception 'no such customer';
                    end if;
                    return new;
                end
                $$;
                drop trigger if exists refuse on mono.accounts;
                drop trigger if exists refuse on mono.reconciliation_cases;
                create \(moment.hasPrefix("after") ? "constraint " : "")trigger refuse \(moment)
                    for each row execute function public.refuse();
                """)
        }
    }

    /// Does something while a session of its own has locked an account's row.
    package nonisolated func whileLocked<Value: Sendable>(
        _ account: String, _ body: () async throws -> Value
    ) async throws -> Value {
        try await whileHolding("select from mono.accounts where account_id = \(account) for update", body)
    }

    /// Does something while a session of its own has run a statement and not committed it.
    package nonisolated func whileHolding<Value: Sendable>(
        _ statement: SQL, _ body: () async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error> = try await transaction(
            rehearse: { (session) throws(PostgresError) in try session.execute(statement) },
            wait: {
                do { return .success(try await body()) } catch { return .failure(error) }
            },
            record: { (_, result) throws(PostgresError) in result })
        return try result.get()
    }
}
