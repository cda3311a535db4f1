import Reconciliation
import TestTraits
import Testing

@testable import Reports

@Suite(.processorBound)
struct ReportPageTests {
    @Test func `the page has the same bytes whatever the order of the cases, and each time`() {
        let night = RealisticNight.run(120)
        let page = ReportPage.bytes(of: night)
        var other = night
        var dice = SplitMix64(seed: 1)
        for _ in 1...5 {
            other.cases.shuffle(using: &dice)
            #expect(ReportPage.bytes(of: other) == page)
        }
    }

    @Test func `a page is well-formed and complete without its script`() throws {
        let night = RealisticNight.run(200)
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.problems == [])
        #expect(page.text.contains(try #require(page.all("h1").first).text))
        #expect(page.all("h1").map(\.text) == [Headline.text(of: night)])
        let rows = page.all("tr").filter { $0.attributes.isEmpty && $0.path.contains("article") }
        for record in night.cases {
            let mine = rows.filter { $0.text.contains(record.accountID) }
            #expect(mine.count == 1)
            #expect(mine.first?.text.contains(record.customerRef ?? "-") == true)
            #expect(mine.first?.text.contains(record.institution ?? "-") == true)
        }
    }

    @Test func `only the search field waits for the script`() {
        let page = HTMLReader(ReportPage.bytes(of: RealisticNight.run(20)))
        #expect(page.elements.filter { $0.attributes["hidden"] != nil }.map { $0.attributes["id"] } == ["f"])
        #expect(page.all("noscript").isEmpty)
    }

    @Test func `a page loads nothing, and its policy allows its own style and script alone`() throws {
        let page = HTMLReader(ReportPage.bytes(of: RealisticNight.run(50)))
        let policy = try #require(
            page.all("meta").first { $0.attributes["http-equiv"] != nil }?.attributes["content"])
        let style = Fingerprint.base64(of: try #require(page.all("style").first).text)
        let script = Fingerprint.base64(of: try #require(page.all("script").first).text)
        #expect(
            policy == "default-src 'none'; style-src 'sha256-\(style)'; script-src 'sha256-\(script)'; "
                + "base-uri 'none'; form-action 'none'")
        #expect(page.all("style").count == 1 && page.all("script").count == 1)
        for element in page.elements {
            for (name, value) in element.attributes {
                #expect(
                    !["src", "style", "srcset", "data", "action", "background"].contains(name) && !name.hasPrefix("on"))
                // Within the page, beside it, or the customer's link.
                if name == "href" {
                    #expect(
                        ["#", "../", "accounts.csv", "summary.json", "https://link.mono.co/"].contains(
                            where: value.hasPrefix))
                }
            }
        }
        for word in ["@import", "url(", "http"] { #expect(page.all("style").first?.text.contains(word) == false) }
    }

    @Test func `headings are in order, ids are unique, and what is labelled exists`() {
        let page = HTMLReader(ReportPage.bytes(of: RealisticNight.run(300)))
        var level = 0
        for element in page.elements where ["h1", "h2", "h3", "h4"].contains(element.name) {
            let next = Int(element.name.dropFirst()) ?? 0
            #expect(next <= level + 1, "\(element.text)")
            level = next
        }
        let ids = page.elements.compactMap { $0.attributes["id"] }
        #expect(ids.count == Set(ids).count)
        for element in page.elements {
            let labels = (element.attributes["aria-labelledby"] ?? "").split(separator: " ").map(String.init)
            #expect(Set(labels).isSubset(of: ids))
            if let target = element.attributes["href"], target.hasPrefix("#") {
                #expect(ids.contains(String(target.dropFirst())))
            }
            if let target = element.attributes["for"] { #expect(ids.contains(target)) }
        }
        #expect(page.all("html").first?.attributes["lang"] == "en")
    }

    @Test func `a screen reader walks every table, and every picture has words or is beside them`() {
        let page = HTMLReader(ReportPage.bytes(of: RealisticNight.run(300)))
        #expect(page.all("caption").count == page.all("table").count)
        for header in page.all("th") { #expect(["col", "row"].contains(header.attributes["scope"] ?? "")) }
        for picture in page.all("svg") {
            let isNamed = picture.attributes["role"] == "img" && picture.attributes["aria-labelledby"] != nil
            #expect(isNamed || picture.attributes["aria-hidden"] == "true")
        }
        #expect(page.all("svg").contains { $0.attributes["role"] == "img" })
    }

    @Test(arguments: Outcome.allCases)
    func `from the page alone one finds why an account is stuck and what to do`(outcome: Outcome) throws {
        var one = record("a-1", outcome, institution: "GTBank", detail: "the run was interrupted")
        one.syncIntendedAt = runStart
        one.settledAt = runStart.advanced(by: .seconds(9))
        let night = run([one] + cases(5, .recovered))
        let facts = RunFacts(night)
        let page = HTMLReader(ReportPage.bytes(of: night))
        let group = try #require(page.all("article").first { $0.text.contains("a-1") })
        let sentences = Sentences(sharedBy: one, in: facts)
        #expect(group.text.contains(sentences.whatHappened))
        #expect(group.text.contains(sentences.nextStep))
        #expect(group.text.contains(outcome.rawValue))
        let owner = try #require(
            page.all("section").first { $0.attributes["aria-labelledby"] == facts.owner(of: one).rawValue })
        #expect(owner.text.contains("a-1"))
    }

    @Test func `an empty run says so and has no list`() {
        for kind in [RunKind.nightly, .oneOff] {
            let page = HTMLReader(ReportPage.bytes(of: run([], kind: kind)))
            #expect(page.problems == [])
            #expect(page.all("h1").map(\.text) == ["Nothing is stuck."])
            #expect(page.all("article").isEmpty && page.all("script").isEmpty)
            #expect(page.all("svg").map { $0.attributes["role"] } == ["img"])
            #expect(page.text.contains("No account was tried in this run."))
        }
    }

    @Test func `without a night to compare with there is no filter for changes`() {
        var night = RealisticNight.run(20)
        #expect(HTMLReader(ReportPage.bytes(of: night)).all("select").compactMap { $0.attributes["id"] } == ["b", "s"])
        night.closing?.previous = nil
        #expect(HTMLReader(ReportPage.bytes(of: night)).all("select").compactMap { $0.attributes["id"] } == ["b"])
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `the time of the next try is told if it is after the run`(seconds: Int, isTold: Bool) throws {
        var night = run([record("a", .deferred)])
        night.cases[0].nextAttemptAt = night.finishedAt?.advanced(by: .seconds(seconds))
        #expect(HTMLReader(ReportPage.bytes(of: night)).text.contains("Next try from") == isTold)
    }

    @Test func `a one-off run compares with no night`() {
        var oneOff = RealisticNight.run(5)
        oneOff.kind = .oneOff
        let page = HTMLReader(ReportPage.bytes(of: oneOff))
        #expect(page.text.contains("One-off run 42"))
        #expect(!page.text.contains("Since last night") || page.all("h2").allSatisfy { $0.text != "Since last night" })
        #expect(page.all("b").allSatisfy { $0.text != "new" })
    }

    @Test(arguments: [(1_000, 300_000), (10_000, 3_000_000)])
    func `a page is small`(accounts: Int, bytes: Int) {
        #expect(ReportPage.bytes(of: RealisticNight.run(accounts)).count <= bytes)
    }

    @Test func `the frame around the cases is small`() {
        #expect(ReportPage.bytes(of: run([])).count <= 12_000)
    }

    @Test func `a link is one only if it is https and short, and a token is shown`() {
        let texts = [
            "https://link.mono.co/x?a=1&b=2", "http://link.mono.co/x", "javascript:alert(1)", "token123",
            "https://link.mono.co/" + String(repeating: "x", count: 300),
        ]
        let links = texts.map { link in
            var one = record("a-1", .reauthorisationRequired)
            one.reauthLink = link
            let page = HTMLReader(ReportPage.bytes(of: run([one])))
            let link = page.all("a").first { $0.path.contains("article") }
            return link?.attributes["href"] ?? page.all("td").last?.text.trimmed ?? ""
        }
        #expect(
            links == [
                texts[0], "Token: http://link.mono.co/x", "Token: javascript:alert(1)", "Token: token123",
                "Its link is in accounts.csv",
            ])
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
}
