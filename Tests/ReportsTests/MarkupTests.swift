import Testing

@testable import Reports

@Suite struct MarkupTests {
    @Test func `every text in markup is escaped, markup in markup is not`() {
        let foreign = "<b a='1' c=\"2\">&amp;</b>"
        let inner: Markup = "<i>\(foreign)</i>"
        let expected = "<i>&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;&lt;/b&gt;</i>"
        #expect(inner.text == expected)
        let outer: Markup = "<p>\(inner)\([inner, inner])\(17)</p>"
        #expect(outer.text == "<p>\(expected)\(expected)\(expected)17</p>")
    }

    @Test(arguments: ["\u{0}", "\n", "\r", "\t", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{200F}", "\u{2028}"])
    func `what a browser or reader would act on is shown as a mark`(hostile: String) {
        #expect("a\(hostile)b".escapedForHTML == "a\u{FFFD}b")
    }

    @Test(arguments: ["", "GTBank", "Ọlá Bánkì", "بنك", "🏦", "~ }{|"])
    func `harmless text stays as it is`(text: String) {
        #expect(text.escapedForHTML == text)
    }

    static let cuts: [(text: String, limit: Int, cut: String)] = [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…"), ("ééé", 6, "ééé"), ("éééé", 6, "é…"), ("éééé", 7, "éé…"),
        ("🏦🏦", 7, "🏦…"), ("\"\"", 12, "\"\""), ("\"\"", 11, "\"…"), ("<&>", 9, "<…"), ("\u{0}\u{0}", 5, "…"),
        ("abcd", 2, "…"), ("", 0, ""),
    ]

    @Test(arguments: cuts)
    func `a cut counts bytes and never splits a scalar`(text: String, limit: Int, cut: String) {
        #expect(text.cut(toBytes: limit) == cut)
    }

    @Test func `one character of thousands of scalars is cut too`() {
        let tower = "a" + String(repeating: "\u{0301}", count: 5_000)
        #expect(tower.count == 1)
        #expect(tower.cut(toBytes: 100).utf8.count <= 100)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678"), (-1_000, "-1,000")])
    func `thousands are set apart`(number: Int, text: String) {
        #expect(grouped(number) == text)
    }

    /// Test vectors of FIPS 180-4 and lengths around a block's end, checked with sha256sum.
    @Test(arguments: [
        ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), ("abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE="
        ),
        (String(repeating: "x", count: 55), "1eKFaDzU78AtAhpcYgFGlJWJAQBdb3HongmJ+sd+QHI="),
        (String(repeating: "x", count: 56), "BMJiYTcO51QVSdFt7jIMcj4/0UZx5moJmv4KN3wWiI4="),
        (String(repeating: "x", count: 64), "fOEAlx9k5wAej+WlGXPs3+HO1Cvv5+6NX9YhlQa1OTw="),
        (String(repeating: "x", count: 1_000), "RPg1RJSlugO6F5Ko0+nFNMR6kYGYD956P0SwbvKufH8="),
    ])
    func `digests are those of the standard`(text: String, digest: String) {
        #expect(Fingerprint.base64(of: text) == digest)
    }
}
