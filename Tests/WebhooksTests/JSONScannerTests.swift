import Testing
import Text

/// What is a JSON document and what is not.
struct JSONScannerTests {
    private static func compact(_ bytes: [UInt8]) throws(JSONError) -> String {
        var scanner = JSONScanner(bytes, keepsCompact: true)
        while try scanner.next() != nil {}
        return String(decoding: scanner.compact, as: UTF8.self)
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E400000", "0.0e-0", "\"\"", "\"\\\"\"",
        "\"\\u0000\\uD800\\uFFFF\\/\\b\\f\\n\\r\\t\\\\\"", "[[],{}]", "{\"a\":{\"a\":[1,2,{\"b\":null}]},\"a\":2}",
        "\"\u{7F}é🙂\u{2028}\"", "[[[[[[1]]]]]]", "{\"\":\"\"}",
    ])
    func `a document is read as it is`(text: String) throws {
        #expect(try Self.compact(Array(text.utf8)) == text)
    }

    @Test func `white space outside of strings is left out`() throws {
        #expect(try Self.compact(Array("\t\r\n { \"a b\" : [ 1 , 2 ] }\n".utf8)) == "{\"a b\":[1,2]}")
        #expect(try Self.compact([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == "{}")
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{1}", "{]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "nul", "nulls", "True", "NaN",
        "-", "+1", "01", "-01", ".5", "1.", "1.e1", "1e", "1e+", "0x10", "1 1", "{}{}", "\"", "\"\\", "\"\\x\"",
        "\"\\u12\"", "\"\\u12G4\"", "\"a\nb\"", "\"\t\"", "\u{FEFF}\u{FEFF}{}", "// no\n{}", "{}\u{A0}", "a=b&c=d",
    ])
    func `what is no document is refused`(text: String) {
        #expect(throws: JSONError.self) { try Self.compact(Array(text.utf8)) }
    }

    @Test func `bytes that are no text are refused outside of strings and borne in them`() throws {
        #expect(throws: JSONError(offset: 1)) { try Self.compact([0x5B, 0xFF, 0x5D]) }
        #expect(throws: JSONError(offset: 0)) { try Self.compact(Array("{}".utf16.flatMap { [0, UInt8($0)] })) }
        #expect(throws: Never.self) { try Self.compact([0x22, 0xFF, 0xC0, 0xED, 0xA0, 0x80, 0x22]) }
        #expect(throws: JSONError(offset: 1)) { try Self.compact([0x22, 0, 0x22]) }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `half a million levels are a document, and one end less is none`(begin: String, end: String) throws {
        let levels = 500_000
        let deep = Array(String(repeating: begin, count: levels).utf8)
        let middle = begin == "[" ? [] : Array("1".utf8)
        let ends = Array(String(repeating: end, count: levels).utf8)
        #expect(try Self.compact(deep + middle + ends).utf8.count == deep.count + middle.count + levels)
        #expect(throws: JSONError.self) { try Self.compact(deep + middle + ends.dropLast()) }
        #expect(throws: JSONError.self) { try Self.compact(deep + middle + ends + Array(end.utf8)) }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `random documents are read, their beginnings are not`(seed: UInt64) throws {
        var random = Dice(seed: seed)
        let text = "{\"a\":" + RandomJSON.value(&random, depth: 4) + "}"
        let bytes = Array(text.utf8)
        let compact = try Self.compact(bytes)
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
            #expect(throws: JSONError.self) { try Self.compact(Array(bytes.prefix(length))) }
        }
        #expect(try Self.compact(Array(compact.utf8)) == compact)
    }
}

/// JSON texts that nobody would write.
enum RandomJSON {
    static func value(_ random: inout Dice, depth: Int) -> String {
        let blank = ["", " ", "\n", "\t \r\n"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0...(depth > 0 ? 7 : 4), using: &random) {
        case 0: return blank + "null"
        case 1: return "true" + blank
        case 2: return ["0", "-12.50", "1e400000", "9007199254740993"].randomElement(using: &random) ?? "0"
        case 3, 4: return string(&random)
        case 5:
            let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth: depth - 1) }
            return "[" + blank + items.joined(separator: "," + blank) + "]"
        default:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                string(&random) + blank + ":" + value(&random, depth: depth - 1)
            }
            return "{" + members.joined(separator: blank + ",") + "}"
        }
    }

    static func string(_ random: inout Dice) -> String {
        let pieces = ["a", "é", "🙂", "\\\"", "\\\\", "\\u0041", "\\ud83d\\ude42", "\\ud800", " ", "{", "]", ","]
        let text = (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        return "\"" + text.joined() + "\""
    }
}

/// The same numbers for the same seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
