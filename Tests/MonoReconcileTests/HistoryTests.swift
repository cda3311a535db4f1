import Reconciliation
import Reports
import Testing

@testable import Ledger
@testable import MonoReconcile

/// An account's history as it is shown.
struct HistoryTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private static func event(_ seconds: Int64, _ name: String = "mono.events.sync_failed") -> AccountHistory.Event {
        AccountHistory.Event(receivedAt: at(seconds), name: name, effect: "applied")
    }

    private static func oneCase(_ steps: [Step], intended: Int64? = nil, settled: Int64?) -> AccountHistory.CaseInRun {
        var record = CaseRecord(runID: 7, accountID: "a", reason: .requested)
        record.steps = steps
        record.syncIntendedAt = intended.map(at)
        record.settledAt = settled.map(at)
        record.outcome = settled.map { _ in .recovered }
        return AccountHistory.CaseInRun(kind: .oneOff, runStartedAt: at(100), record: record)
    }

    private static func history(
        _ events: [AccountHistory.Event], _ cases: [AccountHistory.CaseInRun] = [], count: Int
    ) throws -> AccountHistory {
        let id = try #require(AccountID("a"))
        return AccountHistory(accountID: id, now: at(1_000), events: events, cases: cases, entryCount: count)
    }

    private static func story(_ history: AccountHistory) -> Story {
        Story(
            history, AccountLimits(stuckAfter: .seconds(300), syncLimit: .seconds(300)),
            LocalClock(zone: .utc, now: history.now))
    }

    private static func step(_ seconds: Double, _ name: StepName, _ said: String = "said") -> Step {
        Step(seconds: seconds, name: name, said: said)
    }

    @Test
    func `steps get the time of the intent, and events come between them`() throws {
        let steps = [Self.step(1, .details), Self.step(2, .intent, "committed"), Self.step(9, .settle, "recovered")]
        let history = try Self.history([Self.event(121)], [Self.oneCase(steps, intended: 122, settled: 130)], count: 5)
        let timeline = HistoryTimeline(history)
        #expect(timeline.entries.map(\.at) == [100, 121, 121, 122, 130].map(Self.at))
        #expect(timeline.leftOut == 0)
        #expect(!HistoryText.text(Self.story(history)).contains("estimated"))
    }

    @Test
    func `without an intent the settlement dates the steps, without both they are estimates`() throws {
        let steps = [Self.step(1, .details), Self.step(3, .settle, "recovered")]
        let dated = HistoryTimeline(try Self.history([], [Self.oneCase(steps, settled: 153)], count: 3))
        #expect(dated.entries.map(\.at) == [100, 151, 153].map(Self.at))
        let open = try Self.history([], [Self.oneCase([Self.step(1, .details, "503")], settled: nil)], count: 2)
        #expect(HistoryTimeline(open).entries.map(\.at) == [100, 101].map(Self.at))
        #expect(HistoryText.text(Self.story(open)).contains("details 503 (time estimated)"))
    }

    @Test
    func `no step comes after the outcome`() throws {
        let steps = [Self.step(2, .intent, "committed"), Self.step(9, .job), Self.step(9, .settle, "recovered")]
        let history = try Self.history([], [Self.oneCase(steps, intended: 122, settled: 128)], count: 4)
        #expect(HistoryTimeline(history).entries.map(\.at) == [100, 122, 128, 128].map(Self.at))
    }

    @Test(arguments: [(200, 0), (201, 1)])
    func `the newest 200 entries are shown`(count: Int, leftOut: Int) throws {
        let history = try Self.history((0..<count).map { Self.event(Int64($0)) }, count: count)
        let timeline = HistoryTimeline(history)
        #expect(timeline.entries.count == 200)
        #expect(timeline.entries.last?.at == Self.at(Int64(count - 1)))
        #expect(timeline.leftOut == leftOut)
        #expect(HistoryText.text(Self.story(history)).contains("(1 older entry is left out)") == (leftOut == 1))
    }

    @Test
    func `no line is longer than the terminal, and nothing acts on it`() throws {
        let name = "\u{1B}[31m" + String(repeating: "long", count: 30) + " and more words to wrap at some blank"
        let text = HistoryText.text(Self.story(try Self.history([Self.event(1, name)], count: 1)))
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= HistoryText.width })
        #expect(lines.contains { $0.count == HistoryText.width })
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("1970-01-01 00:00:01  event  "))
    }

    @Test func `rewording what is shown changes no entry's time, place or kind`() throws {
        func entries(_ text: String) throws -> [String] {
            let steps = [
                Step(seconds: 1, name: .details, said: .text(text)),
                Step(seconds: 2, name: .intent, said: .code(.committed)),
                Step(seconds: 9, name: .job, said: .text(text)), Step(seconds: 0, name: .resume, said: .text(text)),
                Step(seconds: 3, name: .event, said: .text(text)), Step(seconds: 4, name: .settle, said: .text(text)),
            ]
            var one = Self.oneCase(steps, intended: 122, settled: 140)
            one.record.detail = text
            return HistoryTimeline(try Self.history([Self.event(121)], [one], count: 8)).entries.map { entry in
                switch entry.kind {
                case .event: "\(entry.at) event"
                case .opened: "\(entry.at) opened"
                case .step(let step, _, let isEstimated): "\(entry.at) \(step.name) \(isEstimated)"
                case .settled(let one): "\(entry.at) \(Sentences(of: one.record))"
                }
            }
        }
        let plain = try entries("x")
        for text in ["committed", "settle", "resume", "its event came", "not tried tonight", ""] {
            #expect(try entries(text) == plain)
        }
    }
}
