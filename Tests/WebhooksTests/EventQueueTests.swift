import Logging
import Synchronization
import Testing

@testable import Webhooks

/// Commits that are shared, fail and hang.
@Suite(.timeLimit(.minutes(5)))
struct EventQueueTests {
    @Test func `what comes while a commit is under way shares the next, in order`() async {
        let recorder = GatedRecorder()
        let queue = EventQueue(limits: .patient, logger: silent, recorder: recorder.record)
        let receipts = await withTaskGroup(of: Receipt.self) { group in
            group.addTask { await queue.submit("0") }
            await recorder.calls(1)
            for number in 1...20 { group.addTask { await queue.submit("\(number)") } }
            await eventually { await queue.count >= 20 }
            recorder.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.count == 21)
        #expect(receipts.allSatisfy { $0 == .recorded(effect: "applied") })
        let batches = recorder.batches
        #expect(batches.map(\.count) == [1, 20])
        #expect(Set(batches.joined()) == Set((0...20).map(String.init)))
    }

    @Test(arguments: [(3, 1_000, [1, 3, 3, 1]), (500, 4, [1, 2, 2, 2, 1]), (500, 1, [1, 1, 1, 1, 1, 1, 1, 1])])
    func `a commit is bounded`(count: Int, bytes: Int, sizes: [Int]) async {
        let recorder = GatedRecorder()
        var limits = EventQueue.Limits.patient
        (limits.batchCount, limits.batchBytes) = (count, bytes)
        let queue = EventQueue(limits: limits, logger: silent, recorder: recorder.record)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await queue.submit("00") }
            await recorder.calls(1)
            for _ in 1...7 { group.addTask { _ = await queue.submit("12") } }
            await eventually { await queue.count >= 7 }
            recorder.open()
        }
        #expect(recorder.batches.map(\.count) == sizes)
    }

    @Test func `more than may wait are turned away at once`() async {
        let recorder = GatedRecorder()
        var limits = EventQueue.Limits.patient
        limits.waiting = 2
        let queue = EventQueue(limits: limits, logger: silent, recorder: recorder.record)
        await withTaskGroup(of: Receipt.self) { group in
            for number in 0..<3 {
                group.addTask { await queue.submit("\(number)") }
                await recorder.calls(1)
                await eventually { await queue.count >= number }
            }
            #expect(await queue.submit("one too many") == .unavailable)
            recorder.open()
            for await receipt in group { #expect(receipt == .recorded(effect: "applied")) }
        }
    }

    @Test func `a failed commit is told to all of it, and once to the log`() async {
        let lines = LogCapture()
        let isDown = Mutex(true)
        let queue = EventQueue(limits: .patient, logger: lines.logger) { payloads throws(RecorderError) in
            guard !isDown.withLock({ $0 }) else { throw .unavailable("no server") }
            return payloads.map { _ in "applied" }
        }
        for _ in 0..<3 { #expect(await queue.submit("a") == .unavailable) }
        isDown.withLock { $0 = false }
        for _ in 0..<3 { #expect(await queue.submit("a") == .recorded(effect: "applied")) }
        #expect(lines.all.count == 2)
        #expect(lines.all.first?.contains("no server") == true)
        #expect(lines.all.last?.contains("again; 3 were answered with 503") == true)
    }

    @Test func `a missing effect is no success`() async {
        let queue = EventQueue(limits: .patient, logger: silent) { (_) throws(RecorderError) in [] }
        #expect(await queue.submit("a") == .unavailable)
    }

    @Test func `one refused payload fails alone`() async {
        let gate = GatedRecorder()
        let queue = EventQueue(limits: .patient, logger: silent) { (payloads) throws(RecorderError) in
            let effects = try await gate.record(payloads)
            guard !payloads.contains("bad") else { throw .refused("no good") }
            return effects
        }
        let receipts = await withTaskGroup(of: (Int, Receipt).self) { group in
            group.addTask { (0, await queue.submit("first")) }
            await gate.calls(1)
            for number in 1...9 {
                group.addTask { (number, await queue.submit(number == 6 ? "bad" : "good")) }
            }
            await eventually { await queue.count >= 9 }
            gate.open()
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in 0...9 {
            #expect(receipts[number] == (number == 6 ? .refused(why: "no good") : .recorded(effect: "applied")))
        }
    }

    @Test func `once the database is unavailable, the other half is not tried`() async {
        let batches = Mutex<[[String]]>([])
        let failed = await recordByHalves(
            ["a", "b", "c", "d"], isRefusal: { (error: RecorderError) in error == .refused("one of these") }
        ) { (piece) throws(RecorderError) in
            batches.withLock { $0.append(piece) }
            throw piece.count == 4 ? .refused("one of these") : .unavailable("gone")
        }
        #expect(failed == Array(repeating: .failure(.unavailable("gone")), count: 4))
        #expect(batches.withLock { $0 } == [["a", "b", "c", "d"], ["a", "b"]])
    }

    @Test func `a hanging commit answers all that wait, and nobody waits until it has let go`() async {
        let recorder = GatedRecorder()
        let lines = LogCapture()
        var limits = EventQueue.Limits()
        limits.patience = .milliseconds(50)
        let queue = EventQueue(limits: limits, logger: lines.logger, recorder: recorder.record)
        #expect(await queue.submit("hangs") == .unavailable)
        #expect(await queue.submit("is turned away") == .unavailable)
        #expect(recorder.batches == [["hangs"]])
        recorder.open()
        await eventually { await queue.submit("goes") != .unavailable }
        #expect(lines.all.count == 2)
    }

    @Test func `a closed queue finishes what waits and takes no more`() async {
        let recorder = GatedRecorder()
        let queue = EventQueue(limits: .patient, logger: silent, recorder: recorder.record)
        async let first = queue.submit("first")
        await recorder.calls(1)
        async let second = queue.submit("second")
        await eventually { await queue.count >= 1 }
        async let closed: Void = queue.close(within: .seconds(60))
        await eventually { await queue.isClosed }
        #expect(await queue.submit("late") == .unavailable)
        recorder.open()
        await closed
        #expect(await [first, second] == [.recorded(effect: "applied"), .recorded(effect: "applied")])
        await queue.close(within: .zero)
    }

    @Test func `closing a queue that hangs ends all the same`() async {
        let recorder = GatedRecorder()
        let queue = EventQueue(limits: .patient, logger: silent, recorder: recorder.record)
        async let first = queue.submit("first")
        await recorder.calls(1)
        await queue.close(within: .milliseconds(10))
        #expect(await first == .unavailable)
        recorder.open()
    }
}

extension EventQueue {
    /// For tests: how many wait beside the commit under way.
    var count: Int { waiting.count }
}
