import Reconciliation
import Testing

@testable import Reports

@Suite struct ChangesTests {
    private static let changes: [(before: Outcome?, now: Outcome, change: Changes.Change?)] = [
        (nil, .partial, .new), (nil, .recovered, nil), (.partial, .partial, .same),
        (.deferred, .partial, .different(from: .deferred)), (.recovered, .partial, .again),
        (.alreadyAvailable, .deferred, .again), (.partial, .recovered, .back), (.errored, .alreadyAvailable, .back),
        (.recovered, .recovered, nil), (.recovered, .alreadyAvailable, nil),
    ]

    @Test func `each account's change is told from its outcomes`() {
        for (before, now, change) in Self.changes {
            #expect(Changes.Change(of: with(before, now)) == change)
        }
        #expect(Changes.Change(of: record("a", nil)) == nil)
    }

    @Test func `a night counts its changes, and how long its unresolved accounts have been so`() throws {
        var night = run(Self.changes.map { with($0.before, $0.now) })
        night.cases[2].nightsInARow = 4
        night.closing = ClosingFacts()
        #expect(Changes(night) == nil)
        night.closing?.previous = PreviousNight(runID: 41, startedAt: runStart)
        let changes = try #require(Changes(night))
        #expect(
            [changes.new, changes.again, changes.back, changes.same, changes.different] == [1, 2, 2, 1, 1])
        #expect(changes.nights == [1: 4, 4: 1])
        night.kind = .oneOff
        #expect(Changes(night) == nil)
    }

    @Test func `the page tells them in words`() throws {
        var night = run([with(nil, .partial), with(.deferred, .partial), with(.recovered, .partial)])
        for index in night.cases.indices { night.cases[index].accountID = "a\(index)" }
        var previous = PreviousNight(runID: 41, startedAt: runStart)
        (previous.cases, previous.unresolved, previous.calls) = (9, 8, 1_234)
        (previous.backSince, previous.unlinkedSince, previous.absent) = (3, 1, 2)
        night.closing = ClosingFacts()
        night.closing?.previous = previous
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.problems == [])
        let badges = page.all("b").filter { $0.path.last == "th" }.map(\.text)
        #expect(badges.sorted() == ["new", "stuck again", "was deferred"])
        let card = try #require(page.all("section").first { $0.attributes["aria-labelledby"] == "h-chg" }).text
        for part in [
            "new1", "came back3", "still the same0", "still stuck, other cause1",
            "Not back tonight: 3; last night: 8 of 9 accounts, with 1,234 API calls (run 41, 2026-03-10 02:00 UTC).",
            "Also: 1 account that came back last night is stuck again; 3 accounts came back without us during the day; "
                + "1 account was unlinked since; 2 accounts were not due tonight.",
        ] { #expect(card.contains(part), "\(part)") }
    }

    @Test func `the first night has nothing to compare with, and a run without notes says nothing of it`() {
        var night = run([with(nil, .partial)])
        #expect(!HTMLReader(ReportPage.bytes(of: night)).all("h2").contains { $0.text == "Since last night" })
        night.closing = ClosingFacts()
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.all("p").contains { $0.text.hasPrefix("This is the first nightly run") })
        #expect(page.all("b").allSatisfy { $0.text != "new" })
    }

    private func with(_ before: Outcome?, _ now: Outcome) -> CaseRecord {
        var one = record("a", now)
        one.outcomeBefore = before
        return one
    }
}
