import Testing
import Webhooks

@testable import MonoReconcile

/// Payloads out of bytes that come in pieces of any size.
struct PayloadReaderTests {
    private static func payloads(_ text: String, chunk: Int) throws -> [PayloadReader.Payload] {
        var rest = Array(text.utf8)[...]
        var reader = PayloadReader { () throws(Failure) in
            defer { rest = rest.dropFirst(chunk) }
            return Array(rest.prefix(chunk))
        }
        var payloads: [PayloadReader.Payload] = []
        while let payload = try reader.next() { payloads.append(payload) }
        return payloads
    }

    private static func event(_ text: String, line: Int) throws -> PayloadReader.Payload {
        .event(try PayloadCut(Array(text.utf8)).text, line: line)
    }

    @Test(arguments: [1, 3, 65_536])
    func `one a line, or one on many lines`(chunk: Int) throws {
        #expect(
            try Self.payloads("\n{}\n\n {\"a\":1}", chunk: chunk) == [
                Self.event("{}", line: 2), Self.event("{\"a\":1}", line: 4),
            ])
        #expect(try Self.payloads("{\n\"a\": 1\n}\n", chunk: chunk) == [Self.event("{\"a\":1}", line: 1)])
        #expect(try Self.payloads("{\"a\":\n{}\n}", chunk: chunk) == [Self.event("{\"a\":{}}", line: 1)])
        #expect(
            try Self.payloads("no\n{}\n[]\n\"a\u{1}\"", chunk: chunk) == [
                .bad(line: 1, why: "not JSON"), Self.event("{}", line: 2), Self.event("[]", line: 3),
                .bad(line: 4, why: "not JSON"),
            ])
        #expect(try Self.payloads("[\n1", chunk: chunk) == [.bad(line: 1, why: "not JSON")])
        #expect(try Self.payloads(" \n", chunk: chunk).isEmpty)
    }

    @Test
    func `a payload has at most 1 MiB`() throws {
        let longest = "{\"a\":\"" + String(repeating: "x", count: PayloadReader.limitBytes - 8) + "\"}"
        #expect(try Self.payloads("{}\n\(longest)", chunk: 65_536).last == Self.event(longest, line: 2))
        #expect(try Self.payloads("{}\n\(longest) \n{}", chunk: 65_536)[1] == .bad(line: 2, why: "over 1 MiB"))
    }

    @Test
    func `what a database would refuse is cut away`() throws {
        let text = "{\"event\":\"a\\u0000\",\"n\":1e400000,\"name\":\"CANARY\"}"
        let payload = try #require(try Self.payloads(text, chunk: 7).first)
        guard case .event(let cut, line: 1) = payload else {
            Issue.record("\(payload)")
            return
        }
        #expect(cut.hasPrefix("{\"event\":\"a\u{FFFD}\",\"payload_sha256\":"))
    }
}
