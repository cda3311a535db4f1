import Foundation
import TestTraits
import Testing

@testable import Webhooks

/// What of a webhook goes on to the database.
@Suite(.processorBound)
struct PayloadCutTests {
    /// The cut without the digest, which other tests look at.
    private static func cut(_ text: String) throws -> String {
        let cut = try PayloadCut(Array(text.utf8))
        let member = "\"payload_sha256\":\"\(cut.digest)\""
        try #require(cut.text.contains(member))
        return cut.text.replacing(",\(member)", with: "").replacing(member, with: "")
    }

    static let fixtures: [String] = {
        let folder = Bundle.module.resourceURL?.appending(path: "Fixtures").path ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
            .map { String(decoding: $0, as: UTF8.self) }
    }()

    @Test func `every printed webhook keeps its event, account and time, and no personal data`() throws {
        #expect(Self.fixtures.count >= 18)
        for fixture in Self.fixtures {
            let cut = try PayloadCut(Array(fixture.utf8))
            #expect(cut.event != "other", "\(fixture)")
            #expect(cut.account == "6a10f0c1d2e3f4a5b6c7d801", "\(fixture)")
            #expect(cut.text.utf8.count < 1_000)
            for word in ["accountNumber", "account_number", "balance\":", "bvn", "customer", "app\"", "authMethod"] {
                #expect(!cut.text.contains(word), "\(word)")
            }
            #expect(fixture.contains("\"timestamp\"") == cut.text.contains("\"timestamp\""))
        }
    }

    @Test func `all of the allow-list is kept`() throws {
        let bank = #"{"bankCode":"044","bank_code":"045","name":"Bank"}"#
        let whole =
            #"{"data":{"_id":"d","account":{"_id":"a","id":"b","institution":\#(bank)},"id":"c","institution":\#(bank),"#
            + #""meta":{"data_request_id":"r","data_status":"AVAILABLE","has_new_data":true,"job_id":"j","ref":"ref","#
            + #""retrieved_data":["balance","Identity"],"sync_status":"FAILED"},"status":"finished"},"#
            + #""event":"e","event_id":"i","timestamp":"t"}"#
        #expect(try Self.cut(whole) == whole)
        #expect(try Self.cut(#"{"data":{"account":"a"}}"#) == #"{"data":{"account":"a"}}"#)
    }

    @Test(arguments: [
        (#"{"event":"a","event":"b"}"#, #"{"event":"b"}"#),
        (#"{"event":"a","event":null}"#, "{}"),
        (#"{"event":"a","event":[1]}"#, #"{"event":0}"#),
        (#"{"data":{"id":"a"},"data":{"_id":"b"}}"#, #"{"data":{"_id":"b"}}"#),
        (#"{"data":{"id":"a"},"data":7}"#, #"{"data":0}"#),
        (#"{"data":{"account":{"_id":"a"},"account":"b"}}"#, #"{"data":{"account":"b"}}"#),
        (#"{"data":{"account":"b","account":{}}}"#, #"{"data":{"account":{}}}"#),
        (#"{"\u0065vent":"a"}"#, #"{"event":"a"}"#),
    ])
    func `of members with the same name the last one counts`(whole: String, cut: String) throws {
        #expect(try Self.cut(whole) == cut)
    }

    @Test(arguments: [
        (
            #"{"event":1,"event_id":{},"timestamp":true,"data":[{"id":"a"}]}"#,
            #"{"data":0,"event":0,"event_id":0,"timestamp":0}"#
        ),
        (
            #"{"data":{"account":5,"meta":"x","institution":["name"]}}"#,
            #"{"data":{"account":0,"institution":0,"meta":0}}"#
        ),
        (
            #"{"data":{"meta":{"sync_status":[],"has_new_data":"true","retrieved_data":"balance"}}}"#,
            #"{"data":{"meta":{"has_new_data":0,"retrieved_data":0,"sync_status":0}}}"#
        ),
        (
            #"{"data":{"meta":{"sync_status":null,"retrieved_data":[["balance"],{"a":"balance"},1,"bvn","BALANCE"]}}}"#,
            #"{"data":{"meta":{"retrieved_data":["BALANCE"]}}}"#
        ),
        (
            #"{"meta":{"ref":"a"},"account":"a","data":{"event":"a","data":{"id":"a"},"account":{"account":"a"}}}"#,
            #"{"data":{"account":{}}}"#
        ),
    ])
    func `a wrong type stays wrong, and a name counts only in its place`(whole: String, cut: String) throws {
        #expect(try Self.cut(whole) == cut)
    }

    @Test(arguments: ["[]", "7", "null", "\"mono.events.sync_failed\"", "[{\"event\":\"a\"}]"])
    func `a document that is no object has nothing to keep`(text: String) throws {
        let cut = try PayloadCut(Array(text.utf8))
        #expect(cut.text == "{\"payload_sha256\":\"\(cut.digest)\"}")
        #expect(!cut.isObject)
        #expect(cut.account == nil)
    }

    @Test func `the digest is that of the whole without white space`() throws {
        func digest(_ text: String) throws -> String { try PayloadCut(Array(text.utf8)).digest }
        // sha256sum of {"a":1}
        #expect(try digest(" {\"a\" : 1}\n") == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")
        #expect(try digest("{\"a\":1}") == digest("\u{FEFF}{\n\"a\":\t1\r\n}"))
        #expect(try digest("{\"a\":\"1 2\"}") != digest("{\"a\":\"12\"}"))
        let own = try PayloadCut(Array("{\"payload_sha256\":\"mine\"}".utf8))
        #expect(own.text == "{\"payload_sha256\":\"\(own.digest)\"}")
    }

    @Test func `texts are bounded`() throws {
        func id(_ count: Int) throws -> String {
            try Self.cut("{\"event_id\":\"" + String(repeating: "é", count: count) + "\"}")
        }
        #expect(try id(128).contains(String(repeating: "é", count: 128)))
        #expect(try id(129).contains("\"sha256:"))
        #expect(try id(129) != id(130))
        #expect(try id(100_000) == id(100_001))
        let long = String(repeating: "🙂", count: 100_000)
        let text = try Self.cut("{\"event\":\"\(long)\",\"data\":{\"meta\":{\"ref\":\"\(long)\"}}}")
        #expect(text.utf8.count < 5_000)
        let words = Array(repeating: "\"balance\"", count: 1_000).joined(separator: ",")
        #expect(try Self.cut("{\"data\":{\"meta\":{\"retrieved_data\":[\(words)]}}}").utf8.count < 500)
    }

    @Test(arguments: [
        (#"a\u0000b"#, "a\u{FFFD}b"), (#"\ud800"#, "\u{FFFD}"), (#"\udc00\ud800x"#, "\u{FFFD}\u{FFFD}x"),
        (#"\ud83d\ude42"#, "🙂"), (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\"\\\/\u0001"#, #"\"\\/\u0001"#),
        (#"\n\t\r\b\f"#, #"\n\t\r\u0008\u000c"#), (#"\uD83D\uDE42"#, "🙂"),
    ])
    func `strings come out as the database can store them`(written: String, kept: String) throws {
        #expect(try Self.cut("{\"event\":\"\(written)\"}") == "{\"event\":\"\(kept)\"}")
    }

    @Test func `bytes that are no UTF-8 become a replacement`() throws {
        let cut = try PayloadCut(Array("{\"event\":\"a".utf8) + [0xFF, 0xED, 0xA0, 0x80] + Array("\"}".utf8))
        #expect(cut.text.contains("\"a\u{FFFD}"))
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `no canary survives, wherever it stands`(seed: UInt64) throws {
        var random = Dice(seed: seed)
        let canaries = ["name", "accountNumber", "account_number", "bvn", "balance", "customer", "email", "\\u006eame"]
        var members: [String] = []
        for key in canaries.shuffled(using: &random) {
            members.append("\"\(key)\":\"CANARY\"")
            members.append("\"\(key)\":\(RandomJSON.value(&random, depth: 2))")
            members.append("\"\(key)\":{\"event\":\"CANARY\",\"institution\":{\"name\":\"CANARY\"}}")
        }
        let junk = members.joined(separator: ",")
        let whole =
            "{\(junk),\"event\":\"e\",\"data\":{\(junk),\"account\":{\(junk),\"_id\":\"a\",\"institution\":{\"type\":\"CANARY\"}},"
            + "\"meta\":{\(junk),\"retrieved_data\":[\"CANARY\"],\"has_new_data\":\"CANARY\",\"auth_method\":\"CANARY\"}}}"
        let cut = try PayloadCut(Array(whole.utf8))
        #expect(!cut.text.contains("CANARY"))
        #expect(cut.account == "a")
    }

    @Test(arguments: [
        (#"{"event":"mono.accounts.jobs.update","data":{"id":"job","_id":"x"}}"#, "x"),
        (#"{"event":"mono.events. sync_failed","data":{"id":"x"}}"#, "x"),
        (#"{"event":"mono.events.sync_failed","data":{"account":"Ada Obi"}}"#, nil),
        (#"{"event":"mono.events.sync_failed","data":{"account":""}}"#, nil),
        (#"{"event":"Ada Obi"}"#, nil),
    ])
    func `the log names only what has the form of an id`(whole: String, account: String?) throws {
        let cut = try PayloadCut(Array(whole.utf8))
        #expect(cut.account == account)
        #expect(cut.event == "other" || cut.event.hasPrefix("mono."))
    }
}
