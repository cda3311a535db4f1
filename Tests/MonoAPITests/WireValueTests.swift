import Testing

@testable import MonoAPI

/// What is taken out of a body, however it is written.
struct WireValueTests {
    private func root(_ text: String) throws -> WireValue { try #require(WireValue(bytes(text))) }

    @Test(arguments: [
        (#"{"a":"x"}"#, "x"), ("\u{FEFF} { \"a\"\t:\n\"x\" } \r\n", "x"), (#"{"\u0061":" x\t"}"#, "x"),
        (#"{"b":[{"a":1},"a"],"c":{"a":"}\"]"},"a":"x"}"#, "x"), (#"{"a":"\u00e9\ud83d\ude42\/\""}"#, "é🙂/\""),
        (#"{"a":"\u0000"}"#, "\0"), (#"{"a":""}"#, ""), ("{\"b\":-1.5e+3 ,\"c\":true\n,\"a\":\"x\"}", "x"),
        (#"{"aa":"y","a":"x"}"#, "x"),
    ])
    func `a member is found and decoded`(text: String, value: String) throws {
        #expect(try root(text)["a"]?.string == value)
    }

    @Test func `of two members with one name the first counts`() throws {
        #expect(try root(#"{"a":"1","a":"2","\u0061":"3"}"#)["a"]?.string == "1")
        #expect(try root(#"{"a":null,"a":"2"}"#)["a"] == nil)
        #expect(try root(#"{"a":null,"b":"2"}"#)["a", "b"]?.string == "2")
        #expect(try root(#"{"a":17,"b":"2"}"#)["a", "b"]?.string == nil)
    }

    @Test(arguments: [
        #"{"a":17}"#, #"{"a":"\ud800"}"#, #"{"a":"\udc00\ud800"}"#, #"{"a":{}}"#, #"{"a":["x"]}"#, "[\"a\",\"x\"]",
        "\"a\"", "17", "{}", #"{"b":{"a":"x"}}"#, #"{"A":"x"}"#,
    ])
    func `what is no text has none`(text: String) throws {
        #expect(try root(text)["a"]?.string == nil)
    }

    @Test func `bytes that are no UTF-8 harm their own text alone, and a name with them the document`() {
        let before = bytes(#"{"b":""#), after = bytes(#"","a":"x"}"#)
        #expect(WireValue(before + [0xE9] + after)?["a"]?.string == "x")
        #expect(WireValue(before + [0xE9] + after)?["b"]?.string == nil)
        #expect(WireValue(bytes(#"{""#) + [0xE9] + bytes(#"":1,"a":"x"}"#)) == nil)
    }

    @Test func `a list gives its texts, of the first 32 elements`() throws {
        #expect(try root(#"["a", 7, null, ["b"], {"c":"d"}, " e "]"#).strings == ["a", "e"])
        #expect(try root("[]").strings.isEmpty)
        #expect(try root(#"{"a":"b"}"#).strings.isEmpty)
        let many = "[" + Array(repeating: #""x""#, count: 40).joined(separator: ",") + "]"
        #expect(try root(many).strings.count == 32)
    }

    @Test(arguments: [
        "", "{", "{\"a\":\"x\"", "{\"a\":\"x\"}}", "{\"a\":\"x\",}", "{'a':'x'}", "{\"a\":\"x\"}\u{0}",
        "{\"a\":\"x\u{0}\"}", "{\"b\":01,\"a\":\"x\"}", #"{"b":"\q","a":"x"}"#, "\u{0}{}",
        String(repeating: "[", count: 10_000), String(repeating: "{\"a\":", count: 10_000),
        String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
        "{\"a\":" + String(repeating: "[", count: 512) + String(repeating: "]", count: 512) + "}",
    ])
    func `what is no document, or too deep, has nothing`(text: String) {
        #expect(WireValue(bytes(text)) == nil)
    }

    @Test func `511 levels beside the answer are borne`() throws {
        let deep = String(repeating: "[", count: 511) + String(repeating: "]", count: 511)
        #expect(try root("{\"b\":\(deep),\"a\":\"x\"}")["a"]?.string == "x")
    }

    @Test(
        arguments: [("\u{1}A\u{7F}\u{80}\u{9F}B\u{A0}é", "AB\u{A0}é"), ("plain", "plain"), ("\u{9F}", nil)]
            as [(String, String?)])
    func `a label has no control characters`(text: String, label: String?) throws {
        let escaped = text.unicodeScalars.map { $0.value < 0x20 ? "\\u000\($0.value)" : String($0) }.joined()
        #expect(try root("{\"a\":\"\(escaped)\"}").label("a") == label)
    }
}
