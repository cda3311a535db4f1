import Foundation
import Reconciliation
import Testing
import Text

@testable import Reports

@Suite struct SummaryTests {
    @Test func `summary.json has every key in the contract's order`() {
        #expect(text(SummaryJSON.bytes(of: example)) == Self.golden)
    }

    @Test func `summary.json does not depend on the order of the cases`() {
        var reversed = example
        reversed.cases.reverse()
        #expect(SummaryJSON.bytes(of: reversed) == SummaryJSON.bytes(of: example))
    }

    @Test func `an open run has nulls and no made-up times`() throws {
        let open = RunRecord(runID: 1, kind: .oneOff, startedAt: runStart)
        let parsed = try object(SummaryJSON.bytes(of: open))
        #expect(parsed["finished_at"] is NSNull)
        #expect(parsed["duration_seconds"] is NSNull)
        #expect(parsed["kind"] as? String == "one_off")
        #expect(parsed["headline"] as? String == "Nothing is stuck.")
        #expect((parsed["outcomes"] as? [String: Int])?.count == Outcome.allCases.count)
    }

    @Test(arguments: ["", "a\"b\\c/", "\n\r\t\u{8}\u{C}\0\u{1F}", "\u{7F}\u{9B}", "Ọlá 🏦 \u{2028}", "\r\n", "e\u{301}"])
    func `any text survives as JSON`(value: String) throws {
        let bytes = JSONText.object([(value, .array([.string(value), .bool(true), .bool(false), .null]))]).bytes
        let parsed = try object(bytes)
        let items = parsed[value] as? [Any]
        #expect((items?.first as? String).map { Array($0.utf8) } == Array(value.utf8))
        #expect(items?.count == 4)
        #expect(!bytes.contains { $0 < 0x20 && $0 != 0x0A })
    }

    @Test func `empty lists and objects stay on one line`() {
        #expect(text(JSONText.array([]).bytes) == "[]\n")
        #expect(text(JSONText.object([]).bytes) == "{}\n")
        #expect(text(JSONText.array([.integer(-1), .object([])]).bytes) == "[\n  -1,\n  {}\n]\n")
    }

    @Test func `two spellings of a name that Unicode calls equal stay two`() {
        let tally = Tally(
            run([record("a", .partial, institution: "e\u{301}"), record("b", .partial, institution: "\u{E9}")]))
        #expect(tally.banks.map(\.total) == [1, 1])
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private var example: RunRecord {
        var example = run([
            record("a", .recovered, institution: "Zenith"),
            record("b", .bankUnavailable, institution: "GT\"Bank"),
            record("c", .bankUnavailable, institution: "GT\"Bank"),
            record("d", .partial),
        ])
        example.notSelected = 7
        example.calls.details = 4
        example.calls.trigger = 3
        example.calls.job = 2
        example.calls.reauth = 1
        example.workers = 2
        example.lastEventAt = runStart
        example.exitCode = 1
        example.cases += [
            carried("e", .reauthorisationRequired, because: .tooSoon, nights: 2),
            carried("f", nil, because: .keyRefused),
        ]
        example.cases[0].stuckSince = at("2026-01-01T00:00:00Z")
        example.cases[3].stuckSince = at("2026-03-01T00:00:00Z")
        example.closing = ClosingFacts()
        example.closing?.knownAccounts = 1_000
        example.closing?.leftOut = 5
        return example
    }

    private static let golden = """
        {
          "schema_version": 1,
          "run_id": 42,
          "kind": "nightly",
          "started_at": "2026-03-10T02:00:00Z",
          "finished_at": "2026-03-10T02:05:12Z",
          "duration_seconds": 312.4,
          "selected": 4,
          "not_selected": 7,
          "outcomes": {
            "already_available": 0,
            "recovered": 1,
            "partial": 1,
            "reauthorisation_required": 0,
            "bank_unavailable": 2,
            "provider_failed": 0,
            "incomplete_statement": 0,
            "still_processing": 0,
            "account_not_found": 0,
            "deferred": 2,
            "errored": 0
          },
          "owners": {
            "customer": 2,
            "engineer": 0,
            "mono": 0,
            "bank": 2,
            "nobody": 2
          },
          "institutions": {
            "(unknown)": {
              "partial": 1,
              "deferred": 2
            },
            "GT\\"Bank": {
              "bank_unavailable": 2
            },
            "Zenith": {
              "recovered": 1
            }
          },
          "api_calls": {
            "details": 4,
            "trigger": 3,
            "job": 2,
            "reauth": 1,
            "total": 10
          },
          "workers": 2,
          "last_event_at": "2026-03-10T02:00:00Z",
          "headline": "1 of 6 accounts is back; 1 customer must re-authorise; GT\\"Bank: 2 accounts wait for the bank; \
        1 account has only part of the data; 1 account was put off; 1 of these was not tried; 7 accounts were left out \
        by the limit (the oldest of all has been stuck for 9 days).",
          "exit_code": 1,
          "night": "2026-03-09",
          "time_zone": "Africa/Lagos",
          "not_tried": {
            "too_soon": 1,
            "key_refused": 1
          },
          "work_list": {
            "customer": 2,
            "engineer": 0,
            "mono": 0,
            "bank": 2,
            "nobody": 1
          },
          "known_accounts": 1000,
          "stuck_total": 11,
          "oldest_stuck_since": "2026-03-01T00:00:00Z",
          "cost": null,
          "calls_saved": null,
          "banks_down": []
        }

        """
}
