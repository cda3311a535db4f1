import Postgres
import Testing

/// Which times the table of accounts takes, and what events do about a row that has others.
@Suite struct TimeRangeTests {
    private static let impossible = [
        "infinity", "-infinity", "1969-12-31 23:59:59Z", "10000-01-01 00:00:00Z", "294276-12-31 23:59:59Z",
        "0001-01-01 00:00:00Z", "4713-01-01 00:00:00Z BC",
    ]

    private func columns(_ database: Database) async throws -> [String] {
        try await database.texts(
            """
            select attname::text from pg_attribute where attrelid = 'mono.accounts'::regclass
                and atttypid = 'timestamptz'::regtype and not attisdropped order by attnum
            """)
    }

    @Test func `every time of an account lies between 1970 and 9999, and what refuses another names the column`()
        async throws
    {
        let database = try await migratedDatabase()
        try await database.execute("insert into mono.accounts (account_id, source) values ('a', 'event')")
        let columns = try await columns(database)
        #expect(columns.count >= 16)
        for column in columns {
            for time in Self.impossible {
                let error = await #expect(throws: PostgresError.self) {
                    try await database.execute(
                        "update mono.accounts set \(identifier: column) = \(time)::timestamptz")
                }
                #expect(error?.message.contains("\"\(column)_from_1970_to_9999\"") == true, "\(column) \(time)")
            }
            for time in ["1970-01-01 00:00:00Z", "9999-12-31 23:59:59.999999Z"] {
                try await database.execute("update mono.accounts set \(identifier: column) = \(time)::timestamptz")
            }
        }
    }

    @Test(arguments: [
        "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00Z",
    ])
    func `an event's time out of range is no time`(time: String) async throws {
        let database = try await migratedDatabase()
        let effect = try await database.record(
            """
            {"event":"mono.events.reauthorisation_required","timestamp":"\(time)","data":{"account":"a","meta":{}}}
            """)
        #expect(effect == "applied")
        #expect(try await database.text("select last_event_time::text from mono.accounts") == "-")
        #expect(try await database.text("select payload ->> 'timestamp' from mono.webhook_events") == "-")
    }

    @Test(arguments: [false, true])
    func `events mend a row that has an impossible time, and never fail`(areChecksKept: Bool) async throws {
        let database = try await migratedDatabase()
        // As on a table whose rows were there before the checks.
        let checks = try await database.texts(
            """
            select pg_get_constraintdef(oid) || '|' || conname from pg_constraint
            where conrelid = 'mono.accounts'::regclass and conname like '%from_1970_to_9999'
            """)
        for check in checks {
            let name = check.split(separator: "|").last.map(String.init) ?? ""
            try await database.execute("alter table mono.accounts drop constraint \(identifier: name)")
        }
        let columns = try await columns(database)
        for column in columns {
            for (index, time) in Self.impossible.enumerated() {
                try await database.execute(
                    """
                    insert into mono.accounts (account_id, source, \(identifier: column))
                    values (\("\(column)-\(index)"), 'event', \(time)::timestamptz)
                    """)
            }
        }
        if areChecksKept {
            try await database.script(
                checks.map { check in
                    let parts = check.split(separator: "|")
                    return "alter table mono.accounts add constraint \(parts[1]) \(parts[0]) not valid"
                }.joined(separator: ";"))
        }
        for account in columns.flatMap({ column in Self.impossible.indices.map { "\(column)-\($0)" } }) {
            let effect = try await database.record(
                #"{"event":"mono.events.account_reauthorized","timestamp":"2026-01-01T00:00:00Z","data":"#
                    + #"{"account":"\#(account)","meta":{}}}"#)
            #expect(effect == "applied", "\(account)")
            _ = try await database.texts("select mono.connect_account(\(account), 'a customer')::text")
            let isUnlinked = account.hasPrefix("unlinked_at")
            let state = try await database.state(account)
            #expect(state == (isUnlinked ? "no-data awaiting unlinked" : "no-data awaiting"), "\(account)")
        }
        let left = try await database.text(
            """
            select count(*)::text from mono.accounts a, jsonb_each_text(to_jsonb(a)) as f (name, value)
            where f.value ~ 'infinity|BC|^\\d{5,}-|^(0|196)\\d*-'
            """)
        #expect(left == "0")
    }
}
