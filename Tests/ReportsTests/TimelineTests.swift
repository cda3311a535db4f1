import Reconciliation
import Testing

@testable import Reports

@Suite struct TimelineTests {
    @Test func `the scale holds the slowest sync, between 20 s and an hour`() {
        for (slowest, longest) in [(nil, 20), (5, 20), (300, 300), (90_000, 3_600)] as [(Int?, Int)] {
            let cases = slowest.map { [asked(settledAfter: $0)] } ?? []
            #expect(Timeline(run(cases)).longest == .seconds(longest))
        }
    }

    @Test(arguments: [(-5, 24), (0, 24), (1, 35), (25, 81), (100, 138), (900, 138)])
    func `a time's place grows with its square root and stays on the scale`(seconds: Int, place: Int) {
        let timeline = Timeline(run([asked(settledAfter: 100)]))
        #expect(timeline.place(.seconds(seconds)) == place)
    }

    @Test func `a picture shows stuck, asked, looks and the end`() {
        var one = asked(settledAfter: 100)
        one.steps = [
            Step(seconds: 1, name: .details, said: "PROCESSING"), Step(seconds: 2, name: .intent, said: "committed"),
            Step(seconds: 3, name: .trigger, said: "started"), Step(seconds: 27, name: .job, said: "processing"),
            Step(seconds: 28, name: .event, said: "x"), Step(seconds: 51, name: .job, said: "finished"),
        ]
        let timeline = Timeline(run([one]))
        let picture = timeline.picture(of: one, stuckDays: 30).text
        #expect(picture.contains("d=\"M4 8H24V2v12V8H138M81 5v6M104 5v6\""))
        #expect(picture.contains("<use href=#o x=138 />"))
        one.outcome = .bankUnavailable
        #expect(
            timeline.picture(of: one, stuckDays: 0).text.contains("M20 8H24V2v12V8H138M81 5v6M104 5v6\"/><use href=#x"))
        one.outcome = .stillProcessing
        #expect(timeline.picture(of: one, stuckDays: nil).text.contains("<use href=#r"))
    }

    @Test func `a worker that took over counts by its own clock, so its looks are not drawn`() {
        var one = asked(settledAfter: 100)
        one.steps = [
            Step(seconds: 2, name: .intent, said: "committed"), Step(seconds: 27, name: .job, said: "processing"),
            Step(seconds: 0, name: .resume, said: "started"), Step(seconds: 51, name: .job, said: "finished"),
        ]
        #expect(Timeline(run([one])).picture(of: one, stuckDays: 0).text.contains("V8H138M81 5v6\""))
    }

    @Test func `without a sync there is only the time before`() {
        let one = record("a", .deferred, apiCalls: 0)
        let picture = Timeline(run([one])).picture(of: one, stuckDays: 400).text
        #expect(picture == "<svg class=t aria-hidden=true><path d=\"M4 8H20\"/><use href=#r x=24 /></svg>")
    }

    @Test func `the words beside it say as much`() {
        let one = asked(settledAfter: 41)
        #expect(Timeline(run([one])).words(of: one).text == "41 s")
        let other = record("a", .alreadyAvailable)
        #expect(Timeline(run([other])).words(of: other).text == "no new fetch")
    }

    private func asked(settledAfter seconds: Int) -> CaseRecord {
        var one = record("a", .recovered)
        one.syncIntendedAt = runStart
        one.settledAt = runStart.advanced(by: .seconds(seconds))
        return one
    }
}
