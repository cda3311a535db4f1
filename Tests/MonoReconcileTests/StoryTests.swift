import Reconciliation
import Testing

@testable import Ledger
@testable import MonoReconcile

/// An account's story as it is shown.
struct StoryTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private static func event(_ seconds: Int64, _ name: String = "mono.events.sync_failed") -> AccountStory.Event {
        AccountStory.Event(receivedAt: at(seconds), name: name, effect: "applied")
    }

    private static func chapter(_ steps: [Step], intended: Int64? = nil, settled: Int64?) -> AccountStory.Chapter {
        var record = CaseRecord(runID: 7, accountID: "a", reason: .requested)
        record.steps = steps
        record.syncIntendedAt = intended.map(at)
        record.settledAt = settled.map(at)
        record.outcome = settled.map { _ in .recovered }
        return AccountStory.Chapter(kind: .oneOff, runStartedAt: at(100), record: record)
    }

    private static func story(
        _ events: [AccountStory.Event], _ chapters: [AccountStory.Chapter] = [], count: Int
    ) throws -> AccountStory {
        let id = try #require(AccountID("a"))
        return AccountStory(accountID: id, events: events, chapters: chapters, entryCount: count)
    }

    private static func step(_ seconds: Double, _ name: StepName, _ said: String = "said") -> Step {
        Step(seconds: seconds, name: name, said: said)
    }

    @Test
    func `steps get the time of the intent, and events come between them`() throws {
        let steps = [Self.step(1, .details), Self.step(2, .intent, "committed"), Self.step(9, .settle, "recovered")]
        let story = try Self.story([Self.event(121)], [Self.chapter(steps, intended: 122, settled: 130)], count: 5)
        let timeline = StoryTimeline(story)
        #expect(timeline.entries.map(\.at) == [100, 121, 121, 122, 130].map(Self.at))
        #expect(timeline.leftOut == 0)
        #expect(!StoryText.text(story).contains("estimated"))
    }

    @Test
    func `without an intent the settlement dates the steps, without both they are estimates`() throws {
        let steps = [Self.step(1, .details), Self.step(3, .settle, "recovered")]
        let dated = StoryTimeline(try Self.story([], [Self.chapter(steps, settled: 153)], count: 3))
        #expect(dated.entries.map(\.at) == [100, 151, 153].map(Self.at))
        let open = try Self.story([], [Self.chapter([Self.step(1, .details, "503")], settled: nil)], count: 2)
        #expect(StoryTimeline(open).entries.map(\.at) == [100, 101].map(Self.at))
        #expect(StoryText.text(open).contains("details 503 (time estimated)"))
    }

    @Test
    func `no step comes after the outcome`() throws {
        let steps = [Self.step(2, .intent, "committed"), Self.step(9, .job), Self.step(9, .settle, "recovered")]
        let story = try Self.story([], [Self.chapter(steps, intended: 122, settled: 128)], count: 4)
        #expect(StoryTimeline(story).entries.map(\.at) == [100, 122, 128, 128].map(Self.at))
    }

    @Test(arguments: [(200, 0), (201, 1)])
    func `the newest 200 entries are shown`(count: Int, leftOut: Int) throws {
        let story = try Self.story((0..<count).map { Self.event(Int64($0)) }, count: count)
        let timeline = StoryTimeline(story)
        #expect(timeline.entries.count == 200)
        #expect(timeline.entries.last?.at == Self.at(Int64(count - 1)))
        #expect(timeline.leftOut == leftOut)
        #expect(StoryText.text(story).contains("(1 older entry is left out)") == (leftOut == 1))
    }

    @Test
    func `no line is longer than the terminal, and nothing acts on it`() throws {
        let name = "\u{1B}[31m" + String(repeating: "long", count: 30) + " and more words to wrap at some blank"
        let text = StoryText.text(try Self.story([Self.event(1, name)], count: 1))
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= StoryText.width })
        #expect(lines.contains { $0.count == StoryText.width })
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("1970-01-01 00:00:01  event  "))
    }
}
