import Reconciliation
import TestTraits
import Testing

@testable import Reports

/// Whatever stands in ids, references, bank names and details, a page stays what it is.
@Suite(.processorBound)
struct HostileTextTests {
    static let texts = [
        "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "<!--",
        "-->",
        "]]>", "&lt;b&gt;", "&#x3c;script&#x3e;", "</td></tr></table>", "</style><style>*{display:none}", "`${1}`",
        "\u{202E}evil\u{202C}", "\u{2066}x\u{2069}", "a\u{0}b", "line\r\nbreak\u{2028}", "\u{FEFF}", "",
        " ", "👩‍👩‍👧‍👦", "Ọlá", "العربية", "<", "&", "\"", String(repeating: "<", count: 10_000),
        String(repeating: "a\u{0301}\u{0302}", count: 5_000), String(repeating: "🏦", count: 3_000),
    ]

    @Test(arguments: texts)
    func `no text becomes markup, in any field`(text: String) {
        var plain = RealisticNight.run(40)
        plain.cases.indices.forEach { plain.cases[$0].reauthLink = nil }
        var hostile = plain
        hostile.stopDetail = text
        for index in hostile.cases.indices { Self.fill(&hostile.cases[index], with: text) }
        let page = HTMLReader(ReportPage.bytes(of: hostile))
        #expect(page.problems == [])
        #expect(Set(page.elements.map(\.name)).isSubset(of: Self.names))
        #expect(page.all("script").count == 1)
        let bytes = ReportPage.bytes(of: hostile)
        let shown = String(decoding: bytes, as: UTF8.self).unicodeScalars
        #expect(
            !shown.contains { scalar in
                [.control, .format, .lineSeparator].contains(scalar.properties.generalCategory) && scalar != "\n"
            })
    }

    @Test func `random texts do not either`() {
        var dice = SplitMix64(seed: 5)
        let pieces = Self.texts + ["<a", "=", "/>", "x", "\u{1F600}", "\u{200D}", "1e5", ";", "\\"]
        for _ in 1...60 {
            var night = RealisticNight.run(6)
            for index in night.cases.indices {
                let text = (0..<5).compactMap { _ in pieces.randomElement(using: &dice)?.prefix(60) }.joined()
                Self.fill(&night.cases[index], with: text)
            }
            let page = HTMLReader(ReportPage.bytes(of: night))
            #expect(page.problems == [])
            #expect(Set(page.elements.map(\.name)).isSubset(of: Self.names))
        }
    }

    @Test(arguments: ["<", "🏦", "x", "\""])
    func `a case takes at most 1 KiB, whatever its row holds`(letter: String) {
        var night = RealisticNight.run(150)
        for index in night.cases.indices {
            let text = "\(index)" + String(repeating: letter, count: 2_000)
            Self.fill(&night.cases[index], with: text)
            night.cases[index].accountID = "\(index)-" + String(repeating: "x", count: 60)
        }
        #expect(ReportPage.bytes(of: night).count <= 150 * 1_024)
    }

    private static func fill(_ record: inout CaseRecord, with text: String) {
        record.accountID = "id\(text)"
        record.customerRef = text
        record.institution = text
        record.bankCode = text
        record.detail = text
        record.dataRequestID = text
        record.reauthLink = "https://\(text)"
        record.dataStatusBefore = text
        record.dataStatusAfter = text
        record.nextAttemptAt = runStart
        record.steps.append(Step(seconds: 1e300, name: .other(text), said: text))
        record.steps.append(Step(seconds: -.infinity, name: .job, said: text))
        record.steps.append(Step(seconds: .nan, name: .job, said: text))
    }

    private static let names: Set<String> = [
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "nav",
        "div",
        "h1", "h2", "h3", "h4", "p", "a", "b", "i", "br", "span", "code", "ul", "li", "dl", "dt", "dd", "table",
        "caption",
        "thead", "tbody", "tr", "th", "td", "svg", "path", "rect", "circle", "use", "defs", "desc", "input", "label",
        "select", "option", "output", "details", "summary", "script",
    ]
}
