import Testing
import Webhooks

@testable import MonoReconcile

/// Payloads out of bytes that come in pieces of any size.
struct PayloadReaderTests {
    private static func payloads(_ bytes: [UInt8], chunk: Int) throws -> [PayloadReader.Payload] {
        var rest = bytes[...]
        var reader = PayloadReader { () throws(Failure) in
            defer { rest = rest.dropFirst(chunk) }
            return Array(rest.prefix(chunk))
        }
        var payloads: [PayloadReader.Payload] = []
        while let payload = try reader.next() { payloads.append(payload) }
        return payloads
    }

    /// What is read, for a person: `1@2 {"a":1}` is the first payload, in line 2; a bad one has its reason.
    private static func read(_ text: String, chunk: Int = 65_536) throws -> [String] {
        try payloads(Array(text.utf8), chunk: chunk).map { payload in
            switch payload {
            case .event(let cut, let place): "\(place.event)@\(place.line) \(try shape(cut))"
            case .bad(let place, let why): "\(place.event)@\(place.line) \(why)"
            }
        }
    }

    /// The names of the event in a cut.
    private static func shape(_ cut: String) throws -> String {
        String(cut.firstMatch(of: /"event":"(\w*)"/)?.1 ?? "{}")
    }

    private static func event(_ name: String) -> String { #"{"event":"\#(name)","data":{"account":"[a]{\"}"}}"# }
    private static func pretty(_ name: String, indentation: String = "") -> String {
        """
        {
          "event": "\(name)",
          "data":
            { "account": "a",
              "meta": {
              }
            }
        }
        """.split(separator: "\n").map { indentation + $0 }.joined(separator: "\n")
    }

    @Test(arguments: [1, 2, 7, 65_536])
    func `all forms in which people have events are read`(chunk: Int) throws {
        let (a, b, c) = (Self.event("a"), Self.event("b"), Self.event("c"))
        for (text, expected) in [
            ("\n\(a)\n\n \(b)", ["1@2 a", "2@4 b"]), ("\(a)\(b) \(c)", ["1@1 a", "2@1 b", "3@1 c"]),
            ("[\(a),\(b)]", ["1@1 a", "2@1 b"]), ("[\(a)]\n[\(b),\(c)]\n[]\n", ["1@1 a", "2@2 b", "3@2 c"]),
            ("[\n\(a),\n\(b)\n]\n\(c)", ["1@2 a", "2@3 b", "3@5 c"]), ("\(a),\n\(b),\n", ["1@1 a", "2@2 b"]),
            ("[[\(a)],[[\(b)]]]", ["1@1 a", "2@1 b"]), ("\u{1E}\(a)\n\u{1E}\(b)\n", ["1@1 a", "2@2 b"]),
            (Self.pretty("a") + "\n" + Self.pretty("b"), ["1@1 a", "2@9 b"]),
            (
                "[\n" + Self.pretty("a", indentation: "  ") + ",\n" + Self.pretty("b", indentation: "  ") + "]",
                ["1@2 a", "2@10 b"]
            ),
            ("{\"event\":\n\"a\", \"data\":\n{}\n}", ["1@1 a"]), (" \n", []), ("[]", []), ("", []),
        ] as [(String, [String])] {
            for text in [text, text.replacing("\n", with: "\r\n"), "\u{FEFF}" + text] {
                #expect(try Self.read(text, chunk: chunk) == expected, "\(text.debugDescription)")
            }
        }
        // Two files with a byte order mark each, put together.
        #expect(try Self.read("\u{FEFF}\(a)\n\u{FEFF}\(b)", chunk: chunk) == ["1@1 a", "2@2 b"])
    }

    @Test(arguments: [1, 3, 65_536])
    func `what is no payload is named, and the next ones are read all the same`(chunk: Int) throws {
        let (a, b, c) = (Self.event("a"), Self.event("b"), Self.event("c"))
        for (text, expected) in [
            ("\(a)\n{\"event\":\n\(b)\n\(c)", ["1@1 a", "2@2 not JSON", "3@3 b", "4@4 c"]),
            ("\(a)\n{\"event\":\n\(b)", ["1@1 a", "2@2 not JSON", "3@3 b"]),
            ("{\"event\":\"cut o\n\(b)\n\(c)", ["1@1 not JSON", "2@2 b", "3@3 c"]),
            ("{\"event\":\"x\",\n\(b)\n\(c)", ["1@1 not JSON", "2@2 b", "3@3 c"]),
            ("[\(a),{\"event\":tru},\(c)]", ["1@1 a", "2@1 not JSON", "3@1 c"]),
            ("{\"event\":x}\(b)", ["1@1 not JSON", "2@1 b"]),
            (
                "no, \(a)\n\(b)\n7\n\"a\u{1}\"\n\(c)",
                ["1@1 no JSON object", "2@2 b", "3@3 no JSON object", "4@4 no JSON object", "5@5 c"]
            ),
            ("[7,\"a,]\",null,\(a)]", ["1@1 no JSON object", "2@1 no JSON object", "3@1 no JSON object", "4@1 a"]),
            ("[\(a),\n\(b)", ["1@1 a", "2@2 b", "3@2 the array is cut off before its end"]),
            ("[\(a),\n{\"event\":", ["1@1 a", "2@2 not JSON", "3@2 the array is cut off before its end"]),
            (
                Self.pretty("a") + "\n" + Self.pretty("b").replacing("\"b\",", with: "\"b\"") + "\n" + Self.pretty("c"),
                ["1@1 a", "2@9 not JSON", "3@17 c"]
            ),
            (
                "[\n" + Self.pretty("a", indentation: "  ").replacing("\"a\",", with: "\"a\"") + ",\n"
                    + Self.pretty("b", indentation: "  ") + "]", ["1@2 not JSON", "2@10 b"]
            ),
            ("{{}\n\(b)", ["1@1 not JSON", "2@2 b"]), ("}\n\(b)", ["1@1 no JSON object", "2@2 b"]),
        ] as [(String, [String])] {
            #expect(try Self.read(text, chunk: chunk) == expected, "\(text.debugDescription)")
        }
    }

    @Test func `a payload has at most 1 MiB, and what is longer is skipped to its end`() throws {
        let limit = PayloadReader.limitBytes
        let longest = "{\"event\":\"a\",\"x\":\"" + String(repeating: "x", count: limit - 20) + "\"}"
        #expect(longest.utf8.count == limit)
        #expect(try Self.read("{}\n\(longest)") == ["1@1 {}", "2@2 a"])
        let tooLong = longest.replacing("\"a\"", with: "\"aa\"")
        for (between, line) in [("", 1), ("\n", 2), (" ,\n", 2)] {
            #expect(
                try Self.read("\(tooLong)\(between)\(Self.event("b"))") == ["1@1 over 1 MiB", "2@\(line) b"])
        }
        // Many arrays with small ones are no long payload.
        let many = "[" + Array(repeating: Self.event("a"), count: 30_000).joined(separator: ",") + "]"
        #expect(many.utf8.count > limit)
        #expect(try Self.read(many).count == 30_000)
    }

    @Test func `a file in another form is named once`() throws {
        let utf16: [UInt8] = [0xFF, 0xFE] + Self.event("a").utf8.flatMap { [$0, 0] }
        for (bytes, why) in [
            (utf16, "UTF-16"), ([0xFE, 0xFF, 0, 0x7B], "UTF-16"), ([0x1F, 0x8B, 8, 0], "compressed"),
        ] {
            let payloads = try Self.payloads(bytes, chunk: 5)
            guard case .bad(PayloadReader.Place(event: 1, line: 1), let said)? = payloads.first else {
                Issue.record("\(payloads)")
                continue
            }
            #expect(said.contains(why))
            #expect(payloads.count == 1)
        }
    }

    @Test
    func `what a database would refuse is cut away`() throws {
        let text = "{\"event\":\"a\\u0000\",\"n\":1e400000,\"name\":\"CANARY\"}"
        let payload = try #require(try Self.payloads(Array(text.utf8), chunk: 7).first)
        guard case .event(let cut, PayloadReader.Place(event: 1, line: 1)) = payload else {
            Issue.record("\(payload)")
            return
        }
        #expect(cut.hasPrefix("{\"event\":\"a\u{FFFD}\",\"payload_sha256\":"))
    }
}
