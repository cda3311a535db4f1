import Testing

@testable import MonoAPI

struct LinkCodeTests {
    @Test(arguments: [
        "c", "code_test0000000000000000000", " code_1\n", "\tcode_1\r\n", String(repeating: "c", count: 512),
    ])
    func `a code is one word; blanks at its ends are mistakes of copying`(text: String) throws {
        let code = try #require(LinkCode(text))
        #expect(!code.value.contains { $0 == " " || $0.isNewline || $0 == "\t" })
    }

    @Test(arguments: ["", " ", "\n", "code 1", "code\n1", "cod\u{e9}", "code\u{0}", String(repeating: "c", count: 513)])
    func `anything else is none`(text: String) {
        #expect(LinkCode(text) == nil)
    }

    @Test func `no description shows it`() throws {
        let code = try #require(LinkCode("code_canary"))
        var dumped = ""
        dump(code, to: &dumped)
        for text in [dumped, "\(code)", String(reflecting: code)] { #expect(!text.contains("canary")) }
    }
}
