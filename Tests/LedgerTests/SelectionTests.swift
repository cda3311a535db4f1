import Foundation
import Postgres
import Testing

/// Which accounts a nightly run takes, and at what cost.
@Suite struct SelectionTests {
    /// A row for `mono.accounts`: times are seconds before now, nil is null.
    private func insert(
        _ account: String, debt: Int? = nil, flag: Int? = nil, unlinked: Int? = nil, requested: Int? = nil,
        tried: Int? = nil, into database: Database
    ) async throws {
        try await database.execute(
            """
            insert into mono.accounts (account_id, source, awaiting_update_since, reauthorisation_required_since,
                unlinked_at, last_sync_requested_at, last_tried_at)
            select \(account), 'event', now() - make_interval(secs => \(debt as Int?)), now() - make_interval(secs => \(flag as Int?)),
                now() - make_interval(secs => \(unlinked as Int?)), now() - make_interval(secs => \(requested as Int?)),
                now() - make_interval(secs => \(tried as Int?))
            """)
    }

    private func selected(_ database: Database, limit: Int? = nil) async throws -> [String] {
        try await database.texts(
            """
            select concat_ws(' ', position, account_id, reason)
            from mono.select_accounts('5 minutes', '2 minutes', \(limit as Int?)::int)
            """)
    }

    @Test func `stuck and flagged accounts are taken, on both sides of every threshold`() async throws {
        let database = try await migratedDatabase()
        try await insert("a-stuck", debt: 301, into: database)
        try await insert("b-not-yet", debt: 290, into: database)
        try await insert("c-flagged", flag: 0, into: database)
        try await insert("d-both", debt: 301, flag: 10, into: database)
        try await insert("e-nothing", into: database)
        try await insert("f-unlinked", debt: 301, unlinked: 5, into: database)
        try await insert("g-unlinked", flag: 301, unlinked: 5, into: database)
        try await insert("h-tried", debt: 301, requested: 121, into: database)
        try await insert("i-in-limit", debt: 301, requested: 110, into: database)
        try await insert("j-in-limit", flag: 301, requested: 110, into: database)
        #expect(
            try await selected(database) == [
                "1 a-stuck missing_update", "2 c-flagged reauthorisation_required",
                "3 d-both reauthorisation_required", "4 h-tried missing_update",
            ])
    }

    @Test func `whom Mono did not know last time comes last in a whole night, and in its turn with a limit`()
        async throws
    {
        let database = try await migratedDatabase()
        try await insert("a-gone", debt: 400, into: database)
        try await insert("b-new", debt: 400, into: database)
        try await insert("c-tried", debt: 400, tried: 900, into: database)
        try await database.script(
            """
            update mono.accounts set standing_outcome = case account_id
                when 'a-gone' then 'account_not_found' else 'partial' end, standing_since = now()
            where account_id <> 'b-new'
            """)
        let whole = try await selected(database).map { $0.split(separator: " ")[1] }
        #expect(whole == ["b-new", "c-tried", "a-gone"])
        let limited = try await selected(database, limit: 3).map { $0.split(separator: " ")[1] }
        #expect(limited == ["a-gone", "b-new", "c-tried"])
    }

    @Test func `the date is the flag's for a flagged account, and the debt's otherwise`() async throws {
        let database = try await migratedDatabase()
        try await insert("both", debt: 9_000, flag: 100, into: database)
        try await insert("debt", debt: 9_000, into: database)
        let ages = try await database.texts(
            """
            select (extract(epoch from now() - stuck_since)::int / 100)::text
            from mono.select_accounts('5 minutes', '2 minutes') order by account_id
            """)
        #expect(ages == ["1", "90"])
    }

    @Test func `with a limit, never tried come first, then the least recently tried, then by bytes of the id`()
        async throws
    {
        let database = try await migratedDatabase()
        for account in ["b", "B", "a", "_", "-"] { try await insert(account, debt: 400, into: database) }
        try await insert("recent", debt: 400, tried: 200, into: database)
        try await insert("long-ago", flag: 400, tried: 90_000, into: database)
        let order = try await selected(database).map { $0.split(separator: " ")[1] }
        #expect(order == ["-", "B", "_", "a", "b", "long-ago", "recent"])
        let limited = try await selected(database, limit: 2)
        #expect(limited == ["1 - missing_update", "2 B missing_update"])
        #expect(try await selected(database, limit: 0) == [])
        #expect(try await database.text("select mono.count_due('5 minutes', '2 minutes')::text") == "7")
    }

    @Test func `an account with an open case in any run is left to that run`() async throws {
        let database = try await migratedDatabase()
        try await insert("open", debt: 400, into: database)
        try await insert("settled", debt: 400, into: database)
        try await database.script(
            """
            insert into mono.reconciliation_runs (kind) values ('one_off');
            insert into mono.reconciliation_cases (run_id, account_id, reason, outcome, settled_at)
            select run_id, account_id, 'requested', outcome, settled_at from mono.reconciliation_runs,
                (values ('open', null, null), ('settled', 'deferred', now())) as v (account_id, outcome, settled_at)
            """)
        #expect(try await selected(database) == ["1 settled missing_update"])
    }

    @Test func `of a million accounts only the stuck ones are touched`() async throws {
        let database = try await migratedDatabase()
        try await database.script(
            """
            set statement_timeout = 0;
            set session_replication_role = replica;
            insert into mono.accounts (account_id, data_available, awaiting_update_since, reauthorisation_required_since)
            select to_char(i, 'FM"a"0000000'), i % 1000 <> 0, case when i % 1000 = 0 then now() - interval '1 day' end,
                case when i % 10000 = 5 then now() end
            from generate_series(1, 1000000) i;
            set session_replication_role = origin;
            """)
        // As an autovacuum that has not come yet would find it, and as one that has.
        for _ in 1...2 {
            let plan = try await database.texts(
                """
                explain (analyze, buffers, timing off)
                select * from mono.select_accounts('5 minutes', '2 minutes', 100)
                """)
            #expect(!plan.contains { $0.contains("Seq Scan on accounts") }, "\(plan.joined(separator: "\n"))")
            // At most each of the 1,100 rows costs its own page and a look for an open case, and little else.
            let buffers = try #require(plan.lazy.compactMap(sharedBuffers).first)
            #expect((100..<6_000).contains(buffers), "\(plan.joined(separator: "\n"))")
            let count = try await database.texts(
                "explain (analyze, buffers, timing off) select mono.count_due('5 minutes', '2 minutes')")
            let counted = try #require(count.lazy.compactMap(sharedBuffers).first)
            #expect((1_000..<6_000).contains(counted), "\(count.joined(separator: "\n"))")
            try await database.execute("analyze mono.accounts")
        }
        let due = try await database.texts("select mono.count_due('5 min', '2 min')::text")
        #expect(due == ["1100"])
        try await database.execute("update mono.accounts set unlinked_at = now() where awaiting_update_since < now()")
        try await database.execute("vacuum mono.accounts")
        let idle = try await database.texts(
            "explain (analyze, buffers, timing off) select * from mono.select_accounts('5 minutes', '2 minutes')")
        #expect(try #require(idle.lazy.compactMap(sharedBuffers).first) < 400, "\(idle.joined(separator: "\n"))")
    }

    @Test func `of accounts in cool-down only those whose time has come are touched`() async throws {
        let database = try await migratedDatabase()
        try await database.script(
            """
            set statement_timeout = 0;
            set session_replication_role = replica;
            insert into mono.accounts (account_id, reauthorisation_required_since, standing_outcome, standing_since,
                last_tried_at, retry_after)
            select to_char(i, 'FM"a"0000000'), now() - interval '9 days', 'reauthorisation_required',
                now() - interval '9 days', now() - interval '2 days',
                now() + case when i % 10000 = 0 then -1 else 1 end * interval '1 day'
            from generate_series(1, 200000) i;
            set session_replication_role = origin;
            """)
        for _ in 1...2 {
            let plan = try await database.texts(
                "explain (analyze, buffers, timing off) select * from mono.select_accounts('5 minutes', '2 minutes')")
            #expect(!plan.contains { $0.contains("Seq Scan on accounts") }, "\(plan.joined(separator: "\n"))")
            let buffers = try #require(plan.lazy.compactMap(sharedBuffers).first)
            #expect(buffers < 400, "\(plan.joined(separator: "\n"))")
            try await database.execute("analyze mono.accounts")
        }
        #expect(try await selected(database).count == 20)
        let forced = try await database.texts(
            "select count(*)::text from mono.select_accounts('5 minutes', '2 minutes', force => true)")
        #expect(forced == ["200000"])
        // What is in the way of nothing but itself: without a standing, the time means nothing.
        try await database.execute(
            "update mono.accounts set standing_outcome = null where account_id = 'a0000001'")
        #expect(try await selected(database).count == 21)
    }

    /// The number of pages in a plan's line such as `Buffers: shared hit=12 read=3`.
    private func sharedBuffers(_ line: String) -> Int? {
        guard let text = line.firstMatch(of: /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/) else { return nil }
        return [text.1, text.2].compactMap { $0.flatMap { Int($0) } }.reduce(0, +)
    }
}
