import Testing

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

    @Test(arguments: [1, 3, 65_536])
    func `one a line, or one on many lines`(chunk: Int) throws {
        #expect(
            try Self.payloads("\n{}\n\n {\"a\":1}", chunk: chunk) == [
                .text("{}", line: 2), .text(" {\"a\":1}", line: 4),
            ])
        #expect(try Self.payloads("{\n\"a\": 1\n}\n", chunk: chunk) == [.text("{\n\"a\": 1\n}", line: 1)])
        #expect(try Self.payloads("{\"a\":\n{}\n}", chunk: chunk) == [.text("{\"a\":\n{}\n}", line: 1)])
        #expect(try Self.payloads("no\n{}", chunk: chunk) == [.text("no", line: 1), .text("{}", line: 2)])
        #expect(try Self.payloads(" \n", chunk: chunk).isEmpty)
    }

    @Test
    func `a payload has at most 1 MiB`() throws {
        let longest = "{\"a\":\"" + String(repeating: "x", count: PayloadReader.limitBytes - 8) + "\"}"
        #expect(try Self.payloads("{}\n\(longest)", chunk: 65_536).last == .text(longest, line: 2))
        #expect(try Self.payloads("{}\n\(longest) \n{}", chunk: 65_536)[1] == .bad(line: 2, why: "over 1 MiB"))
    }
}
