import Ledger
import Postgres
import Testing

/// Mono's own shapes of webhooks: what is read from them and what is kept.
@Suite struct WebhookTests {
    @Test(arguments: [
        ("account-connected-2025", "applied", "no-data awaiting"),
        ("account-connected-2026", "applied", "no-data awaiting"),
        ("account-reauthorized-2026", "applied", "no-data awaiting"),
        ("account-reauthorized-v1", "applied", "no-data awaiting"),
        ("account-synced", "ignored", ""),
        ("account-updated-2026", "applied", "data"),
        ("account-updated-failed-balance-only", "applied", "no-data awaiting"),
        ("account-updated-partial", "applied", "no-data awaiting"),
        ("account-updated-processing", "applied", "no-data awaiting"),
        ("account-updated-realtime-new-data", "applied", "data"),
        ("account-updated-realtime-reauth-required", "applied", "no-data flagged"),
        ("account-updated-unavailable", "applied", "no-data awaiting"),
        ("account-updated-v1", "applied", "data"),
        ("job-update-failed", "applied", "no-data"),
        ("job-update-finished", "applied", "no-data"),
        ("job-update-processing", "applied", "no-data"),
        ("reauthorisation-required", "applied", "no-data flagged"),
        ("sync-failed", "applied", "no-data awaiting"),
    ])
    func `each printed webhook makes an unknown account owe what it says and no more`(
        fixture: String, answer: String, after: String
    ) async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(Fixtures.webhook(fixture)) == answer)
        #expect(try await database.state() == after)
        let kept = try await database.text(
            "select account_id || ' ' || effect || ' ' || (payload ->> 'event' = event)::text from mono.webhook_events")
        #expect(kept == "\(Fixtures.account) \(answer) true")
    }

    @Test func `reference, institution and code are filled, and never overwritten`() async throws {
        let database = try await migratedDatabase()
        let read: SQL = "select concat_ws(' ', customer_ref, institution, bank_code) from mono.accounts"
        _ = try await database.record(Fixtures.webhook("account-connected-2026"))
        #expect(try await database.text(read) == "ref-0001")
        _ = try await database.record(Fixtures.webhook("account-updated-2026"))
        #expect(try await database.text(read) == "ref-0001 Test Bank 000")
        _ = try await database.record(
            """
            {"event":"mono.events.account_updated","data":{"account":{"_id":"\(Fixtures.account)",
            "institution":{"name":"Other","bank_code":"999"}},"meta":{"data_status":"PARTIAL","ref":"other"}}}
            """)
        #expect(try await database.text(read) == "ref-0001 Test Bank 000")
        #expect(try await database.text("select data_status from mono.accounts") == "PARTIAL")
    }

    @Test(arguments: [
        (#""account":"x1","id":"x2""#, "x1"),
        (#""account":{"_id":"x1","id":"x2"},"id":"x3","_id":"x4""#, "x1"),
        (#""account":{"id":"x1"},"id":"x2""#, "x1"),
        (#""account":{"_id":5,"id":"x1"}"#, "x1"),
        (#""account":{},"id":"x1","_id":"x2""#, "x1"),
        (#""account":["x9"],"_id":"x1""#, "x1"),
    ])
    func `the account's id is found wherever Mono prints it`(data: String, id: String) async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(#"{"event":"mono.events.sync_failed","data":{\#(data)}}"#) == "applied")
        #expect(try await database.text("select account_id from mono.accounts") == id)
    }

    @Test func `in a job update, data's id is the job`() async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(Fixtures.webhook("job-update-finished")) == "applied")
        let learned = try await database.text("select account_id || ' ' || last_sync_job_id from mono.accounts")
        #expect(learned == "\(Fixtures.account) 6a10f0c1d2e3f4a5b6c7d8f1")
        let nameless = #"{"event":"mono.accounts.jobs.update","data":{"id":"x","status":"finished"}}"#
        #expect(try await database.record(nameless) == "rejected: no account id")
    }

    @Test(arguments: [
        ("null", "rejected: the payload is not a JSON object"),
        ("[]", "rejected: the payload is not a JSON object"),
        ("7", "rejected: the payload is not a JSON object"),
        (#""mono.events.sync_failed""#, "rejected: the payload is not a JSON object"),
        ("{}", "rejected: no event name"),
        (#"{"event":null}"#, "rejected: no event name"),
        (#"{"event":" "}"#, "rejected: no event name"),
        (#"{"event":{"name":"x"}}"#, "rejected: no event name"),
        (#"{"event":"mono.events.sync_failed"}"#, "rejected: no account id"),
        (#"{"event":"mono.events.sync_failed","data":null}"#, "rejected: no account id"),
        (#"{"event":"mono.events.sync_failed","data":[{"id":"x"}]}"#, "rejected: no account id"),
        (#"{"event":"mono.events.sync_failed","data":{"id":17}}"#, "rejected: no account id"),
        (#"{"event":"mono.events.account_updated","data":{"meta":[]}}"#, "rejected: no account id"),
        (#"{"event":"mono.events.sync_failed","data":{"account":""}}"#, "rejected: malformed account id"),
        (#"{"event":"mono.events.sync_failed","data":{"account":"Ada Obi"}}"#, "rejected: malformed account id"),
        (#"{"event":"mono.events.account_income","data":{"account":"Ada Obi"}}"#, "ignored"),
        (#"{"event":"mono.events.account_income"}"#, "ignored"),
    ])
    func `what cannot be read is recorded, and says why`(payload: String, answer: String) async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(payload) == answer)
        let kept = try await database.texts("select effect from mono.webhook_events where payload::text !~ 'Ada'")
        #expect(kept == [answer])
        #expect(try await database.texts("select account_id from mono.accounts") == [])
    }

    @Test func `an SQL null and very long texts do no harm`() async throws {
        let database = try await migratedDatabase()
        #expect(try await database.text("select mono.record_event(null)").hasPrefix("rejected"))
        let long = String(repeating: "x", count: 1_000_000)
        for payload in [
            #"{"event":"\#(long)","data":{}}"#,
            #"{"event":"mono.events.sync_failed","data":{"account":"\#(long)"}}"#,
            """
            {"event":"mono.events.account_updated","event_id":"\(long)","timestamp":"\(long)","data":{"account":
            {"_id":"a","institution":{"name":"\(long)","bankCode":"\(long)"}},"meta":{"data_status":"\(long)",
            "sync_status":"\(long)","ref":"\(long)","job_id":"\(long)","retrieved_data":["\(long)"]}}}
            """,
        ] {
            _ = try await database.record(payload)
        }
        let isShort = try await database.text(
            "select (max(length(payload::text)) < 2000)::text from mono.webhook_events")
        #expect(isShort == "true")
    }

    @Test func `no value in any place of an event makes it fail`() async throws {
        let database = try await migratedDatabase()
        for fixture in ["account-updated-realtime-new-data", "account-updated-2026", "job-update-failed"] {
            let event = try Fixtures.webhook(fixture)
            let answers = try await database.texts(
                """
                select distinct split_part(mono.record_event(jsonb_set(\(event), place::text[], value::jsonb)), ':', 1)
                from unnest(array['{event}', '{event_id}', '{timestamp}', '{data}', '{data,account}', '{data,id}',
                        '{data,status}', '{data,meta}', '{data,account,_id}', '{data,account,institution}',
                        '{data,account,institution,name}', '{data,account,institution,bankCode}',
                        '{data,meta,data_status}', '{data,meta,sync_status}', '{data,meta,job_id}', '{data,meta,ref}',
                        '{data,meta,has_new_data}', '{data,meta,retrieved_data}', '{data,meta,data_request_id}']) place,
                    unnest(array['null', 'true', '-1e300', '""', '" \\u0001 "', '[]', '[null, [{}], "balance"]',
                        '{"_id": {}, "name": [], "data_status": {}}']) value
                """)
            #expect(Set(["applied", "rejected"]).isSubset(of: answers))
            #expect(Set(answers).isSubset(of: ["applied", "stale", "duplicate", "ignored", "rejected"]))
        }
    }

    @Test(arguments: [
        "2026-99-01T00:00:00Z", "2026-11-02", "2026-11-02T01:00:39", "yesterday", "infinity", "99999-01-01T00:00:00Z",
        "",
    ])
    func `a malformed timestamp counts as none`(timestamp: String) async throws {
        let database = try await migratedDatabase()
        let event = #"{"event":"mono.events.sync_failed","timestamp":"\#(timestamp)","data":{"account":"a"}}"#
        #expect(try await database.record(event) == "applied")
        #expect(try await database.text("select last_event_time::text from mono.accounts") == "-")
    }

    @Test func `no name, number or balance is kept, wherever it stands`() async throws {
        let database = try await migratedDatabase()
        let canary = #"{"name":"CANARY","accountNumber":"CANARY","bvn":"CANARY","balance":"CANARY"}"#
        let places = [
            #""account":{"_id":"a","name":"CANARY","accountNumber":"CANARY","bvn":"CANARY","balance":"CANARY","#
                + #""institution":{"name":\#(canary),"bankCode":\#(canary),"type":"CANARY"}},"name":"CANARY""#,
            #""account":{"_id":"b"},"customer":\#(canary),"meta":{"auth_method":"CANARY","data_status":\#(canary),"#
                + #""sync_status":\#(canary),"job_id":\#(canary),"has_new_data":\#(canary),"account_match":\#(canary),"#
                + #""data_request_id":\#(canary),"ref":\#(canary),"retrieved_data":[\#(canary),"CANARY"]}"#,
            #""account":{"_id":"c"},"meta":{"data_status":"CANARY ONE","retrieved_data":\#(canary)}"#,
            #""account":"Ms CANARY","meta":\#(canary)"#,
        ]
        for event in ["events.account_updated", "events.account_income", "accounts.jobs.update", "events.sync_failed"] {
            for place in places {
                _ = try await database.record(
                    #"{"event":"mono.\#(event)","event_id":\#(canary),"timestamp":"CANARY","data":{\#(place)}}"#)
            }
        }
        #expect(try await database.text("select (count(*) > 10)::text from mono.webhook_events") == "true")
        let leaks = try await database.texts(
            """
            select e::text from mono.webhook_events e where e::text like '%CANARY%'
            union all select a::text from mono.accounts a where a::text like '%CANARY%'
            """)
        #expect(leaks == [])
    }

    @Test(arguments: [
        ("CANARY Ada Obi", "unknown"), ("mono.events.ada-obi", "unknown"), ("Mono. Events.Account_Income", "-"),
        ("sandbox_mono.events.x", "-"), ("mono." + String(repeating: "x", count: 108), "-"),
        ("mono." + String(repeating: "x", count: 109), "unknown"), ("mono.", "unknown"), ("xmono.events.x", "unknown"),
    ])
    func `only what has the form of an event's name is kept as one`(name: String, kept: String) async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(#"{"event":"\#(name)","data":{"account":"a"}}"#) == "ignored")
        let stored = try await database.text("select event from mono.webhook_events where payload ->> 'event' = event")
        #expect(stored == (kept == "-" ? name.lowercased().filter { $0 != " " } : kept))
    }

    @Test func `everything on the allow-list is kept`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Fixtures.webhook("account-updated-realtime-reauth-required"))
        _ = try await database.record(Fixtures.webhook("account-updated-2026"))
        _ = try await database.record(Fixtures.webhook("job-update-failed"))
        let kept = try await database.texts("select payload::text from mono.webhook_events order by received_at")
        let whole = kept.joined()
        for word in [
            "REAUTHORISATION_REQUIRED", "6a10f0c1d2e3f4a5b6c7d8f1", "has_new_data", "ALTEST00004D", "transactions",
            "evtTESTupdated000000000000000000000001", "2026-11-02T01:00:45.856Z", "ref-0001", "Test Bank", "000",
            "FAILED",
        ] {
            #expect(whole.contains(word), "\(word)")
        }
        // What is kept can be recorded again with the same effect.
        #expect(try await database.record(kept[2]) == "applied")
    }
}

/// Whether an event could be recorded now.
@Suite struct RehearsalTests {
    @Test func `a rehearsal is committed and leaves nothing behind`() async throws {
        let database = try await migratedDatabase()
        let before = try await database.text("select txid_snapshot_xmax(txid_current_snapshot())")
        try await LedgerAdmin(database: database).rehearseRecording()
        try await LedgerAdmin(database: database).rehearseRecording()
        #expect(try await database.text("select count(*) from mono.webhook_events") == "0")
        #expect(try await database.text("select count(*) from mono.accounts") == "0")
        // It has written, or its commit would wait for no standby.
        #expect(try await database.text("select txid_snapshot_xmax(txid_current_snapshot())") != before)
    }

    @Test(arguments: [
        ("set default_transaction_read_only = on", "25006"), ("set role pg_monitor", "42501"),
        ("alter table mono.webhook_events rename to gone", "42P01"),
    ])
    func `it fails where an event could not be recorded, and the connection goes on`(
        obstacle: String, code: String
    ) async throws {
        let database = try await migratedDatabase()
        try await database.script(obstacle)
        let error = await #expect(throws: PostgresError.self) {
            try await LedgerAdmin(database: database).rehearseRecording()
        }
        #expect(error?.sqlState?.rawValue == code)
        #expect(try await database.text("select 1") == "1")
    }
}
