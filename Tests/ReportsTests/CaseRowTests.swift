import Reconciliation
import Testing

@testable import Reports

@Suite struct CaseRowTests {
    @Test func `the customer comes first, then the account, bank, since, nights and what to do`() throws {
        var one = record("acc-1", .reauthorisationRequired, institution: "Kuda", nights: 3)
        one.customerRef = "CUS-7"
        one.stuckSince = runStart.advanced(by: .seconds(-3 * 86_400))
        #expect(try cells(one).prefix(5) == ["CUS-7acc-1", "Kuda", "7 Mar3 days", "3", "Ask to log in again"])
        one.customerRef = nil
        #expect(try cells(one).first == "acc-1")
        one.stuckSince = runStart.advanced(by: .seconds(-7_199))
        #expect(try cells(one)[2] == "10 Mar1 hour")
    }

    @Test func `a link can be copied and printed but not followed, and tells when it was made`() throws {
        let texts = [
            "https://link.mono.co/x?a=1&b=2", "http://link.mono.co/x", "javascript:alert(1)", "token123",
            "https://link.mono.co/" + String(repeating: "x", count: 300),
        ]
        let told = try texts.map { link in
            var one = record("a-1", .reauthorisationRequired)
            one.reauthLink = link
            one.settledAt = runStart
            let page = HTMLReader(ReportPage.bytes(of: run([one])))
            #expect(page.all("a").allSatisfy { !$0.path.contains("article") })
            #expect(page.all("code").filter { $0.path.contains("td") }.map(\.text) == (link == texts[0] ? [link] : []))
            return try cells(one)[4]
        }
        #expect(
            told == [
                "Send the link\(texts[0])Link made 10 Mar 03:00", "Send the linkToken: http://link.mono.co/x",
                "Send the linkToken: javascript:alert(1)", "Send the linkToken: token123",
                "Send the linkIts link is in accounts.csv",
            ])
    }

    @Test func `a link from an earlier night is not called new`() throws {
        var one = carried("a", .reauthorisationRequired, because: .keyRefused, nights: 2)
        one.reauthLink = "https://link.mono.co/x"
        #expect(try cells(one)[4].hasSuffix("Link made on an earlier night"))
    }

    @Test(arguments: [1, 2])
    func `Mono's number is there to be quoted`(nights: Int) throws {
        var one = record("a", .providerFailed, nights: nights)
        one.dataRequestID = "REQ1"
        #expect(try cells(one)[4].hasSuffix("Quote this number to Mono: REQ1"))
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `the time of the next try is told if it is after the run`(seconds: Int, isTold: Bool) throws {
        var one = record("a", .bankUnavailable)
        one.nextAttemptAt = run([]).finishedAt?.advanced(by: .seconds(seconds))
        #expect(try cells(one)[4].contains("Next try from 10 Mar 03:05") == isTold)
    }

    @Test func `who is in cool-down has the day of the next try, and no picture`() throws {
        var one = record("a", .partial)
        one.isTried = false
        one.nextAttemptAt = run([]).finishedAt?.advanced(by: .seconds(18 * 3_600))
        #expect(try cells(one)[4].contains("Next try on 11 Mar"))
        #expect(try cells(one)[5] == "not tried")
    }

    @Test func `why accounts were not tried is told once above the rows, by cause`() throws {
        let all =
            (0..<3).map { carried("k\($0)", .reauthorisationRequired, because: .keyRefused, nights: 4) }
            + [carried("l", nil, because: .limit)]
            + [carried("e", .partial, because: .readGivenUp, outcome: .errored, nights: 2)]
            + [record("d", .deferred, .syncInDoubt), record("r", .recovered)]
        #expect(
            NotTried(run(all)).lines == [
                "Not tried tonight: Mono refused our access key, which concerns every account; an engineer has to mend it "
                    + "(3 accounts)",
                "Not tried tonight: it was left out by the limit on accounts for one night (1 account)",
                "Went wrong tonight: Mono gave no usable answer, however often it was asked (1 account)",
            ])
        let page = HTMLReader(ReportPage.bytes(of: run(all)))
        #expect(page.problems == [])
        #expect(page.text.ranges(of: "Mono refused our access key").count == 1)
        #expect(page.text.contains("by what was known before"))
        #expect(NotTried(run(cases(2, .recovered))).markup.text.isEmpty)
        #expect(NotTried(run([all[0]], kind: .oneOff)).lines[0].hasPrefix("Not tried in this run: "))
    }

    @Test func `a first night's partial data is apart from customers who must be called`() throws {
        let all = [record("a", .partial), record("b", .partial, nights: 2), record("c", .accountNotFound)]
        let page = HTMLReader(ReportPage.bytes(of: run(all)))
        #expect(
            page.all("h3").map(\.text) == [
                "The customer must act: 2", "Use what is there; nobody must be called yet: 1",
            ])
    }

    /// The texts of the one row.
    private func cells(_ record: CaseRecord) throws -> [String] {
        let page = HTMLReader(ReportPage.bytes(of: run([record])))
        return page.elements.filter {
            ["th", "td"].contains($0.name) && $0.path.suffix(3) == ["table", "tbody", "tr"]
                && $0.path.contains("article")
        }
        .map { $0.text.replacing("\n", with: "") }
    }
}
