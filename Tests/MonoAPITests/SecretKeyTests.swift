import Testing

@testable import MonoAPI

struct SecretKeyTests {
    @Test(arguments: [keyText, keyText + "\n", keyText + "\r\n"])
    func `a key may end in one newline, as in a file`(text: String) throws {
        #expect(try #require(SecretKey(text)).value == keyText)
    }

    @Test(arguments: [
        "", "\n", " ", "a b", " a", "a ", "a\n\n", "\na", "a\nb", "a\r\nb: c", "a\u{0}", "a\u{7F}", "a\tb", "clé",
        "\u{FEFF}a", String(repeating: "a", count: 513),
    ])
    func `a text that cannot be a key is refused`(text: String) {
        #expect(SecretKey(text) == nil)
    }

    @Test func `a key of 512 characters is accepted`() {
        #expect(SecretKey(String(repeating: "a", count: 512)) != nil)
    }

    @Test func `no description, dump or mirror shows the key`() throws {
        let key = try key()
        var dumped = ""
        dump(["a": (key, Optional(key))], to: &dumped)
        let optional: SecretKey? = key
        for text in [dumped, "\(key)", String(reflecting: key), "\(String(describing: optional))", "\([key])"] {
            #expect(!text.contains("Never"))
            #expect(!text.contains("test_sk"))
        }
        #expect(Mirror(reflecting: key).children.isEmpty)
    }
}
