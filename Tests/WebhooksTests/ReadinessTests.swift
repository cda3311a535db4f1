import Synchronization
import Testing

@testable import Webhooks

/// Questions of readiness and their timers, with a clock that rings when the test says so.
struct ReadinessTests {
    @Test func `the timer of a question that was answered does not end a later one`() async {
        let bell = Bell()
        let questions = Questions()
        let readiness = Readiness(limit: .seconds(2), freshness: .zero, clock: bell, ask: questions.ask)
        async let first = readiness.answer()
        await bell.sleepers(1)
        await questions.answer(true)
        #expect(await first)
        let second = Task { await readiness.answer() }
        await bell.sleepers(2)
        bell.ring()
        for _ in 0..<1_000 { await Task.yield() }
        await questions.answer(true)
        #expect(await second.value)
        bell.ring()
    }

    @Test func `a question that takes too long is answered with no, and so is every one until it ends`() async {
        let bell = Bell()
        let questions = Questions()
        let readiness = Readiness(limit: .seconds(2), freshness: .zero, clock: bell, ask: questions.ask)
        async let first = readiness.answer()
        await bell.sleepers(1)
        bell.ring()
        #expect(await !first)
        #expect(await !readiness.answer())
        async let again: Void = {
            await eventually { await readiness.answer() }
        }()
        await questions.answer(true)
        await questions.answer(true)
        await again
        await bell.sleepers(2)
        bell.ring()
    }

    @Test(arguments: [true, false])
    func `an answer is given again until it is no longer fresh`(answer: Bool) async {
        let bell = Bell()
        let questions = Questions()
        let readiness = Readiness(limit: .seconds(2), clock: bell, ask: questions.ask)
        async let first = readiness.answer()
        await questions.answer(answer)
        #expect(await first == answer)
        for _ in 1...100 { #expect(await readiness.answer() == answer) }
        // The first question's timer, and the end of its freshness.
        await bell.sleepers(2)
        bell.ring()
        bell.ring()
        async let asked: Void = questions.answer(!answer)
        await eventually { await readiness.answer() != answer }
        await asked
    }
}

/// A clock whose sleepers wake when the test rings, cancelled or not: a timer may ring just before it is cancelled.
private final class Bell: Clock {
    private struct State {
        var count = 0
        var sleepers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var now: ContinuousClock.Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        await withCheckedContinuation { sleeper in
            state.withLock { state in
                state.count += 1
                state.sleepers.append(sleeper)
            }
        }
    }

    /// Wakes the one that sleeps longest.
    func ring() { state.withLock { $0.sleepers.removeFirst() }.resume() }

    /// Returns when so many have lain down, the woken ones included.
    func sleepers(_ count: Int) async {
        await eventually { self.state.withLock { $0.count } >= count }
    }
}

/// A database that answers when the test says so.
private final class Questions: Sendable {
    private let open = Mutex<[CheckedContinuation<Bool, Never>]>([])

    @Sendable
    func ask() async -> Bool {
        await withCheckedContinuation { question in open.withLock { $0.append(question) } }
    }

    /// Answers the oldest open question, and waits for one if there is none.
    func answer(_ answer: Bool) async {
        while true {
            if let question = open.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                return question.resume(returning: answer)
            }
            guard (try? await Task.sleep(for: .milliseconds(1))) != nil else { return }
        }
    }
}
