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
            #expect(Changes.Change(of: with(before, now), since: Self.lastNight) == change)
        }
        #expect(Changes.Change(of: record("a", nil), since: Self.lastNight) == nil)
    }

    private static let lastNight = {
        var night = PreviousNight(runID: 41, startedAt: runStart.advanced(by: .seconds(-86_400)))
        night.stuckAfter = .seconds(300)
        return night
    }()

    static let starts: [(reason: Reason, seconds: Int?, change: Changes.Change)] = [
        (.missingUpdate, -300, .notTried), (.missingUpdate, -299, .new), (.reauthorisationRequired, 0, .notTried),
        (.reauthorisationRequired, 1, .new), (.missingUpdate, nil, .notTried),
    ]

    @Test(arguments: starts)
    func `new is what could not have been tried last night`(reason: Reason, seconds: Int?, change: Changes.Change) {
        var one = record("a", .partial, reason: reason)
        one.stuckSince = seconds.map { Self.lastNight.startedAt.advanced(by: .seconds($0)) }
        #expect(Changes.Change(of: one, since: Self.lastNight) == change)
    }

    @Test func `a night counts its changes, and how long its unresolved accounts have been so`() throws {
        var night = run(Self.changes.map { with($0.before, $0.now) })
        night.cases[2].nightsInARow = 4
        night.closing = ClosingFacts()
        #expect(Changes(night) == nil)
        night.closing?.previous = Self.lastNight
        night.cases[0].stuckSince = nil
        night.cases.append(with(nil, .partial))
        let changes = try #require(Changes(night))
        #expect(
            [changes.new, changes.notTried, changes.again, changes.back, changes.same, changes.different]
                == [1, 1, 2, 2, 1, 1])
        #expect(changes.nights == [1: 5, 4: 1])
        night.kind = .oneOff
        #expect(Changes(night) == nil)
    }

    @Test func `the page tells them in words`() throws {
        var night = run([with(nil, .partial), with(.deferred, .partial), with(.recovered, .partial)])
        var left = record("x", .partial)
        left.stuckSince = Self.lastNight.startedAt.advanced(by: .seconds(-900))
        night.cases.append(left)
        for index in night.cases.indices { night.cases[index].accountID = "a\(index)" }
        var previous = Self.lastNight
        (previous.cases, previous.unresolved, previous.calls) = (9, 8, 1_234)
        (previous.backSince, previous.unlinkedSince, previous.absent) = (3, 1, 2)
        night.closing = ClosingFacts()
        night.closing?.previous = previous
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.problems == [])
        let badges = page.all("b").filter { $0.path.last == "th" }.map(\.text)
        #expect(badges.sorted() == ["before: put off", "new", "not tried last night", "stuck again"])
        let card = try #require(page.all("section").first { $0.attributes["aria-labelledby"] == "h-chg" }).text
        for part in [
            "new1not tried last night1came back3", "still the same0", "still stuck, other cause1",
            "Not back tonight: 4; last night: 8 of 9 accounts (run 41, 9 Mar 03:00).",
            "Also: 1 account that came back last night is stuck again; 3 accounts came back without us during the day; "
                + "1 account was unlinked since; 2 accounts have no case tonight.",
        ] { #expect(card.contains(part), "\(part)") }
        night.notSelected = 1
        let limited = HTMLReader(ReportPage.bytes(of: night)).text
        #expect(limited.contains("2 accounts have no case tonight (left out by the limit, or not due)."))
    }

    @Test func `the first night has nothing to compare with, and a run without notes says nothing of it`() {
        var night = run([with(nil, .partial)])
        #expect(!HTMLReader(ReportPage.bytes(of: night)).all("h2").contains { $0.text == "Since last night" })
        night.closing = ClosingFacts()
        let page = HTMLReader(ReportPage.bytes(of: night))
        #expect(page.all("p").contains { $0.text.hasPrefix("This is the first nightly run") })
        #expect(page.all("b").allSatisfy { $0.text != "new" })
    }

    @Test func `who was not tried tonight is the same if what was known stood before`() {
        var one = carried("a", .partial, because: .keyRefused, nights: 2)
        one.outcomeBefore = .partial
        #expect(Changes.Change(of: one, since: Self.lastNight) == .same)
        one.outcomeBefore = .bankUnavailable
        #expect(Changes.Change(of: one, since: Self.lastNight) == .different(from: .bankUnavailable))
    }

    private func with(_ before: Outcome?, _ now: Outcome) -> CaseRecord {
        var one = record("a", now)
        one.stuckSince = runStart.advanced(by: .seconds(-3_600))
        one.outcomeBefore = before
        return one
    }
}
