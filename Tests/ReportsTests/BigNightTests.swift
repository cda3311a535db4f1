import Reconciliation
import Testing

@testable import Reports

/// What a report does with more cases than a page bears.
@Suite struct BigNightTests {
    private static let night = run(
        cases(3, .recovered) + cases(4, .reauthorisationRequired, institution: "Zenith") + cases(2, .bankUnavailable))

    @Test func `the page lists the first by need and says where the rest is`() {
        let page = text(CaseList(Self.night, most: 5).markup.bytes)
        #expect(page.contains("lists the first 5 accounts of 9"))
        #expect(page.contains("href=\"accounts.csv\""))
        #expect(page.ranges(of: "<th scope=row>").count == 5)
        for account in 0..<4 { #expect(page.contains("reauthorisation_required\(account)")) }
        #expect(page.contains("bank_unavailable0") && !page.contains("bank_unavailable1"))
        #expect(!page.contains("recovered0"))
    }

    @Test func `a page that lists all does not speak of a rest`() {
        let page = text(CaseList(Self.night, most: 9).markup.bytes)
        #expect(!page.contains("lists the first"))
        #expect(page.ranges(of: "<th scope=row>").count == 9)
    }

    @Test func `who was not reached before a stop was not left out by a limit that nobody set`() {
        var stopped = Self.night
        stopped.notSelected = 7
        stopped.isLimited = false
        #expect(Headline.text(of: stopped).hasSuffix("; 7 accounts were not reached."))
        #expect(!text(ReportPage.bytes(of: stopped)).contains("by the limit"))
        stopped.isLimited = true
        #expect(Headline.text(of: stopped).hasSuffix("; 7 accounts were left out by the limit."))
    }

    @Test func `the table comes in pieces, and is the same as at once`() throws {
        let big = run(cases(3_000, .recovered, institution: "Zenith"))
        var pieces: [[UInt8]] = []
        try AccountsCSV.write(big, profile: .plain) { piece in pieces.append(piece) }
        #expect(pieces.count > 2)
        #expect(pieces.allSatisfy { $0.count < 1 << 19 })
        let lines = text(pieces.flatMap { $0 }).split(separator: "\r\n")
        #expect(lines.count == 3_001)
        #expect(Set(lines).count == 3_001)
    }
}
