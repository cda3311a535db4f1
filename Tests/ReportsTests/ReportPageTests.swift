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
                // Within the page or beside it: a customer's link is never followed by a click.
                if name == "href" {
                    #expect(["#", "../", "accounts.csv", "summary.json"].contains(where: value.hasPrefix))
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
        #expect(group.text.contains(outcome.title))
        let need = Need(of: one, in: facts).rawValue
        let part = try #require(page.all("section").first { $0.attributes["aria-labelledby"] == need })
        #expect(part.text.contains("a-1"))
    }

    @Test func `an empty run says so and has no list`() {
        for kind in [RunKind.nightly, .oneOff] {
            let page = HTMLReader(ReportPage.bytes(of: run([], kind: kind)))
            #expect(page.problems == [])
            #expect(page.all("h1").map(\.text) == ["Nothing is stuck."])
            #expect(page.all("article").isEmpty && page.all("script").isEmpty)
            #expect(page.all("svg").map { $0.attributes["role"] } == ["img"])
            #expect(page.text.contains("This run had no account to try."))
        }
    }

    @Test func `an empty list of accounts does not look as if all were well`() {
        var night = run([])
        night.closing = ClosingFacts()
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.all("svg").isEmpty)
        #expect(page.all("h2").map(\.text) == ["0 accounts are known"])
        #expect(page.text.contains("adoption.md"))
        #expect(page.all("h1").map(\.text) == [Headline.text(of: night)])
        #expect(
            page.all("b").filter { $0.path.last == "h1" }.map(\.text) == ["Nothing is stuck: 0 accounts are known."])
        night.closing?.knownAccounts = 1
        #expect(HTMLReader(ReportPage.bytes(of: night)).all("svg").count == 1)
    }

    @Test func `one outcome's bar has a colour for each who must act`() {
        let page = HTMLReader(
            ReportPage.bytes(of: run([record("a", .providerFailed), record("b", .providerFailed, nights: 2)])))
        let bars = page.all("rect").filter { $0.path.suffix(3) == ["tr", "td", "svg"] && !$0.path.contains("article") }
        #expect(bars.compactMap { $0.attributes["class"] }.prefix(2) == ["customer", "mono"])
        #expect(bars.compactMap { $0.attributes["width"] }.prefix(2) == ["50.0%", "50.0%"])
    }

    @Test func `who was left out is told in the head, with the longest stuck of all`() throws {
        var night = run(cases(2, .reauthorisationRequired))
        night.closing = ClosingFacts()
        night.closing?.leftOut = 1_200
        night.closing?.oldestStuckSince = runStart.advanced(by: .seconds(-20 * 86_400))
        let facts = try #require(
            HTMLReader(ReportPage.bytes(of: night)).all("p").first { $0.attributes["class"] == "facts" })
        #expect(
            facts.text == "2 accounts · 1,200 more left out by the limit · the longest stuck of all since 18 Feb 03:00 "
                + "(20 days) · took 5 min 12 s")
    }

    @Test func `times are those of the run's zone, which is named once`() {
        var night = RealisticNight.run(60)
        night.zone = TimeZoneRules(name: "Asia/Dubai", offset: 4 * 3_600)
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.text.ranges(of: "Asia/Dubai").count == 1)
        #expect(!page.text.contains("UTC"))
        #expect(page.all("p").contains { $0.text == "All runs · Nightly run 42 · 10 Mar 2026, 05:00" })
    }

    @Test func `no word of an engineer's is in an agent's sight`() throws {
        let page = HTMLReader(ReportPage.bytes(of: RealisticNight.run(400)))
        let engineers = try #require(page.all("details").last?.text)
        #expect(engineers.contains("For engineers") && engineers.contains("worker"))
        let shown = page.text.replacing(engineers, with: "")
        for word in Outcome.allCases.map(\.rawValue) where word.contains("_") { #expect(!shown.contains(word)) }
        for word in ["worker", "API call", " look", "details", "recovered", "webhook"] {
            #expect(!shown.lowercased().contains(word.lowercased()), "\(word)")
        }
    }

    @Test func `without a night to compare with there is no filter for changes`() {
        var night = RealisticNight.run(20)
        #expect(HTMLReader(ReportPage.bytes(of: night)).all("select").compactMap { $0.attributes["id"] } == ["b", "s"])
        night.closing?.previous = nil
        #expect(HTMLReader(ReportPage.bytes(of: night)).all("select").compactMap { $0.attributes["id"] } == ["b"])
    }

    @Test func `a one-off run compares with no night`() {
        var oneOff = RealisticNight.run(5)
        oneOff.kind = .oneOff
        let page = HTMLReader(ReportPage.bytes(of: oneOff))
        #expect(page.text.contains("One-off run 42"))
        #expect(!page.text.contains("Since last night") || page.all("h2").allSatisfy { $0.text != "Since last night" })
        #expect(page.all("b").allSatisfy { $0.text != "new" })
    }

    @Test(arguments: [(1_000, 320_000), (10_000, 3_000_000)])
    func `a page is small`(accounts: Int, bytes: Int) {
        #expect(ReportPage.bytes(of: RealisticNight.run(accounts)).count <= bytes)
    }

    @Test func `the frame around the cases is small`() {
        #expect(ReportPage.bytes(of: run([])).count <= 14_000)
    }
}
