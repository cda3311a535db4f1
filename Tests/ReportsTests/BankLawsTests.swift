import Reconciliation
import Testing

@testable import Reports

/// How long banks take, and when they are looked at, on the page.
@Suite struct BankLawsTests {
    private func law(_ bank: String, cases: Int = 212, hasShifted: Bool = false) -> BankLaw {
        var law = BankLaw(institution: bank, kind: .job)
        law.curve = [(1, 0), (2, 0.1), (4, 0.5), (8, 0.9), (300, 0.96)].map { BankLaw.Point(seconds: $0, ended: $1) }
        (law.looks, law.cases, law.nights) = ([3, 31, 300], cases, 6)
        (law.mostEnd, law.lateShare, law.hasShifted) = (BankLaw.Point(seconds: 31.2, ended: 0.95), 0.04, hasShifted)
        return law
    }

    private func night(_ laws: [BankLaw]) -> RunRecord {
        var night = run(cases(2, .recovered))
        night.closing = ClosingFacts()
        night.closing?.laws = laws
        return night
    }

    private func page(_ laws: [BankLaw]) -> String { text(ReportPage.bytes(of: night(laws))) }

    @Test func `a bank has its curve, a tick for each look, and a sentence`() {
        let page = page([law("Kuda")])
        #expect(
            page.contains(
                "<b>Kuda</b>: 95 % end within 31 s; we look after 3, 31, 300 s; 4 % take longer than 300 s; known from 212 requests in 6 nights."
            ))
        // Half-way between the second and the third of five points, then beyond the fourth, then at the end.
        #expect(page.contains("M90 56v6M184 56v6M240 56v6"))
        #expect(!page.contains("changed tonight"))
    }

    @Test func `a law that changed comes first, and is told`() {
        let page = page([law("Kuda", cases: 900), law("Zenith", cases: 9, hasShifted: true)])
        #expect(page.contains("(1 bank changed tonight)") && page.contains("Law changed tonight"))
        let (zenith, kuda) = (page.firstRange(of: "<b>Zenith"), page.firstRange(of: "<b>Kuda"))
        #expect(zenith.map(\.lowerBound) ?? page.endIndex < kuda.map(\.lowerBound) ?? page.startIndex)
    }

    @Test func `of many banks the first dozen have curves, all have sentences`() {
        let page = page((0..<20).map { law("Bank \($0)", cases: 100 - $0) })
        #expect(page.ranges(of: "<title id=\"law-").count == 12)
        #expect(page.contains("<b>Bank 19</b>"))
    }

    @Test func `a hostile name stays text`() {
        let page = page([law("<script>alert(1)</script>")])
        #expect(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"))
    }

    @Test func `where nothing is known nothing is shown`() {
        #expect(!page([]).contains("How long each bank takes"))
    }

    @Test func `banks that were left alone are named, with how many of their customers wait`() {
        var night = run(cases(3, .deferred))
        for place in night.cases.indices {
            night.cases[place].cause = .bankPaused
            night.cases[place].institution = place == 0 ? "Kuda" : "Zenith"
        }
        #expect(
            night.pausedBanks
                == "Zenith kept failing, so 2 of its customers were left for another night; "
                + "Kuda kept failing, so 1 of its customers was left for another night")
        #expect(text(ReportPage.bytes(of: night)).contains("Zenith kept failing, so 2"))
        #expect(run(cases(1, .recovered)).pausedBanks == nil)
    }
}
