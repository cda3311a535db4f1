import Foundation
import Postgres
import TestSupport
import Testing

/// Duplicates, late events and events at the same time.
@Suite struct OrderTests {
    private static func event(
        _ name: String, at time: String? = nil, id: String? = nil, meta: String = "{}"
    ) -> String {
        let stamp = time.map { #""timestamp":"\#($0)","# } ?? ""
        let key = id.map { #""event_id":"\#($0)","# } ?? ""
        let data = #"{"account":{"_id":"a"},"meta":\#(meta)}"#
        return #"{"event":"mono.events.\#(name)",\#(stamp)\#(key)"data":\#(data)}"#
    }

    private static let good = #"{"data_status":"AVAILABLE"}"#
    private static let flag = #"{"data_status":"AVAILABLE","sync_status":"REAUTHORISATION_REQUIRED"}"#

    @Test func `an event id is accepted once, however long ago`() async throws {
        let database = try await migratedDatabase()
        let connected = try Fixtures.webhook("account-connected-2026")
        #expect(try await database.record(connected) == "applied")
        #expect(
            try await database.text("select event_key from mono.webhook_events")
                == "evtTESTconnected0000000000000000000001")
        try await database.execute("update mono.webhook_events set received_at = received_at - interval '1 year'")
        try await database.execute("update mono.accounts set awaiting_update_since = null")
        #expect(try await database.record(connected) == "duplicate")
        #expect(try await database.state() == "no-data")
    }

    @Test(arguments: ["e1", nil])
    func `an event sent again does not bring back an account that was deleted`(id: String?) async throws {
        let database = try await migratedDatabase()
        let event = Self.event("sync_failed", id: id)
        #expect(try await database.record(event) == "applied")
        try await database.execute("delete from mono.accounts")
        #expect(try await database.record(event) == "duplicate")
        #expect(try await database.texts("select account_id from mono.accounts") == [])
        #expect(try await database.record(Self.event("sync_failed", id: "e2")) == "applied")
        #expect(try await database.state("a") == "no-data awaiting")
    }

    @Test func `long event ids that differ at their end are different`() async throws {
        let database = try await migratedDatabase()
        let long = String(repeating: "e", count: 3_000)
        #expect(try await database.record(Self.event("sync_failed", id: long + "1")) == "applied")
        #expect(try await database.record(Self.event("sync_failed", id: long + "2")) == "applied")
        #expect(try await database.record(Self.event("sync_failed", id: long + "2")) == "duplicate")
    }

    @Test(arguments: [("14 minutes 50 seconds", "duplicate"), ("15 minutes", "applied")])
    func `without an id, an equal one is a duplicate for a quarter of an hour`(
        age: String, answer: String
    ) async throws {
        let database = try await migratedDatabase()
        let flagged = try Fixtures.webhook("reauthorisation-required")
        #expect(try await database.record(flagged) == "applied")
        try await database.execute(
            "update mono.webhook_events set received_at = received_at - \(age)::interval")
        try await database.execute("update mono.accounts set reauthorisation_required_since = null")
        #expect(try await database.record(flagged) == answer)
        #expect(try await database.state() == (answer == "applied" ? "no-data flagged" : "no-data"))
    }

    @Test func `the whole payload tells events without an id apart, not what is kept of it`() async throws {
        let database = try await migratedDatabase()
        let one = #"{"event":"mono.events.sync_failed","data":{"account":{"_id":"a","balance":1}}}"#
        let two = #"{"event":"mono.events.sync_failed","data":{"account":{"_id":"a","balance":2}}}"#
        let same = #"{ "data": {"account": {"balance":1, "_id":"a"}}, "event": "mono.events.sync_failed" }"#
        #expect(try await database.record(one) == "applied")
        #expect(try await database.record(two) == "applied")
        #expect(try await database.record(same) == "duplicate")
    }

    private static func cut(_ digest: String, blank: String = "") -> String {
        #"{"event":"mono.events.sync_failed","payload_sha256":\#(digest),\#(blank)"data":{"account":"a"}}"#
    }

    @Test func `who cuts a payload says what the whole was`() async throws {
        let database = try await migratedDatabase()
        let (one, two) = (String(repeating: "0a", count: 32), String(repeating: "f9", count: 32))
        #expect(try await database.record(Self.cut("\"\(one)\"")) == "applied")
        #expect(try await database.record(Self.cut("\"\(two)\"")) == "applied")
        #expect(try await database.record(Self.cut("\"\(one)\"", blank: #""more":1,"#)) == "duplicate")
        let keys = try await database.texts(
            "select split_part(event_key, '@', 1) from mono.webhook_events order by received_at")
        #expect(keys == [one, two])
        #expect(
            try await database.text("select bool_or(payload ? 'payload_sha256')::text from mono.webhook_events")
                == "false")
    }

    @Test(arguments: [
        "\"\"", "17", "null", "\"\(String(repeating: "0", count: 63))\"", "\"\(String(repeating: "0", count: 65))\"",
        "\"\(String(repeating: "A", count: 64))\"", "\"\(String(repeating: "g", count: 64))\"",
    ])
    func `what is no digest is part of the payload`(digest: String) async throws {
        let database = try await migratedDatabase()
        #expect(try await database.record(Self.cut(digest)) == "applied")
        #expect(try await database.record(Self.cut(digest, blank: #""more":1,"#)) == "applied")
        #expect(try await database.record(Self.cut(digest)) == "duplicate")
    }

    @Test func `an event with an id goes by its id, whatever the digest`() async throws {
        let database = try await migratedDatabase()
        let digest = "\"\(String(repeating: "0", count: 64))\""
        #expect(try await database.record(Self.cut(digest, blank: #""event_id":"e1","#)) == "applied")
        #expect(try await database.record(Self.cut(digest, blank: #""event_id":"e2","#)) == "applied")
        #expect(try await database.record(Self.cut(digest)) == "applied")
        #expect(try await database.record(Self.cut(digest, blank: #""event_id":"e2","#)) == "duplicate")
    }

    @Test(arguments: [("10:00:00.000", "applied"), ("09:59:59.999", "stale")])
    func `an event older than the newest applied one is stale, one of the same time is not`(
        time: String, answer: String
    ) async throws {
        let database = try await migratedDatabase()
        let newest = Self.event("account_updated", at: "2026-11-02T10:00:00Z", meta: Self.good)
        #expect(try await database.record(newest) == "applied")
        let late = Self.event("account_updated", at: "2026-11-02T\(time)Z", meta: Self.flag)
        #expect(try await database.record(late) == answer)
        #expect(try await database.state("a") == (answer == "applied" ? "data flagged" : "data"))
        #expect(
            try await database.text("select (last_event_time = '2026-11-02T10:00:00Z')::text from mono.accounts")
                == "true")
        #expect(
            try await database.texts("select effect from mono.webhook_events order by received_at")
                == ["applied", answer])
    }

    @Test func `a late good event brings the data, and what newer events said stays`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Self.event("account_reauthorized", at: "2026-11-02T10:00:00Z"))
        _ = try await database.record(Self.event("reauthorisation_required", at: "2026-11-02T11:00:00Z"))
        let late = Self.event("account_updated", at: "2026-11-02T09:00:00Z", meta: Self.good)
        #expect(try await database.record(late) == "stale")
        #expect(try await database.state("a") == "data awaiting flagged")
    }

    @Test func `a late event fills in what no newer one spoke of`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Self.event("reauthorisation_required", at: "2026-11-02T08:00:00Z"))
        let partial = #"{"data_status":"PARTIAL"}"#
        _ = try await database.record(Self.event("account_updated", at: "2026-11-02T10:00:00Z", meta: partial))
        let late = Self.event("account_reauthorized", at: "2026-11-02T09:00:00Z")
        #expect(try await database.record(late) == "stale")
        #expect(try await database.state("a") == "no-data awaiting")
        #expect(try await database.text("select data_status from mono.accounts") == "PARTIAL")
    }

    @Test func `an event without a time counts as the newest: no late one undoes it`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Self.event("account_connected", at: "2026-11-02T10:00:00Z"))
        _ = try await database.record(Self.event("reauthorisation_required"))
        let late = Self.event("account_updated", at: "2026-11-02T09:00:00Z", meta: Self.good)
        #expect(try await database.record(late) == "stale")
        #expect(try await database.state("a") == "data flagged")
        let next = Self.event("account_updated", at: "2026-11-02T10:00:00Z", meta: Self.good)
        #expect(try await database.record(next) == "applied")
        #expect(try await database.state("a") == "data")
    }

    @Test func `a late good event does not bring back the data of an unlinked account`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(Self.event("account_unlinked", at: "2026-11-02T10:00:00Z"))
        let late = Self.event("account_updated", at: "2026-11-02T09:00:00Z", meta: Self.good)
        #expect(try await database.record(late) == "stale")
        #expect(try await database.state("a") == "no-data unlinked")
        _ = try await database.record(Self.event("account_connected", at: "2026-11-02T11:00:00Z"))
        #expect(try await database.state("a") == "no-data awaiting")
    }

    @Test func `an event without a time is never stale`() async throws {
        let database = try await migratedDatabase()
        _ = try await database.record(
            Self.event("account_updated", at: "2999-01-01T00:00:00Z", meta: Self.good))
        #expect(try await database.record(Self.event("reauthorisation_required")) == "applied")
        #expect(try await database.state("a") == "data flagged")
    }

    @Test func `in no order does a good event end without data`() async throws {
        let events = [
            Self.event("account_connected", at: "2026-11-02T01:00:00Z"),
            Self.event("account_updated", at: "2026-11-02T01:00:01Z", meta: #"{"data_status":"PROCESSING"}"#),
            Self.event("account_updated", at: "2026-11-02T01:00:02Z", meta: Self.good),
            Self.event("account_updated", at: "2026-11-02T01:00:03Z", meta: Self.flag),
            Self.event("sync_failed"),
            Self.event("account_reauthorized", at: "2026-11-02T01:00:04Z"),
        ]
        let database = try await migratedDatabase()
        var random = SeededGenerator(state: 20_261_102)
        for round in 0..<60 {
            for event in events.shuffled(using: &random) {
                _ = try await database.record(event.replacing(#""_id":"a""#, with: #""_id":"a\#(round)""#))
            }
        }
        #expect(
            try await database.texts("select account_id from mono.accounts where not data_available") == [])
    }

    @Test func `the printed events of 2026 leave the same state in every order`() async throws {
        let names = ["account-connected-2026", "account-updated-2026", "account-reauthorized-2026"]
        let events = try names.map(Fixtures.webhook)
        var states: Set<String> = []
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let database = try await migratedDatabase()
            for index in order { _ = try await database.record(events[index]) }
            let rest = try await database.text(
                "select concat_ws(' ', data_status, last_event_time, customer_ref, institution) from mono.accounts")
            states.insert(try await database.state() + " " + rest)
        }
        #expect(states.count == 1)
        #expect(states.first?.hasPrefix("data awaiting AVAILABLE") == true)
    }

    @Test func `of equal deliveries that come at once, one is applied`() async throws {
        let test = try await migratedTestDatabase()
        for event in [Self.event("reauthorisation_required"), Self.event("sync_failed", id: "e1")] {
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let other = test.connect()
                        let answer = try await other.record(event)
                        await other.close()
                        return answer
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.sorted() == ["applied"] + Array(repeating: "duplicate", count: 7))
        }
    }
}

/// A small generator whose whole sequence follows from its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
