package import Logging

/// Why payloads were not recorded.
package enum RecorderError: Error, Equatable, Sendable {
    /// The database records nothing now, or its answer was lost: the payloads can be tried again later.
    case unavailable(String)
    /// The database refused the whole commit because of one of its payloads.
    case refused(String)
}

/// Records payloads in one commit and returns the effect of each, in their order.
///
/// A cancelled call may return late: whoever waited for its payloads has been answered already.
package typealias Recorder = @Sendable (_ payloads: [String]) async throws(RecorderError) -> [String]

/// What became of one payload.
package enum Receipt: Sendable, Equatable {
    /// The payload is committed.
    case recorded(effect: String)
    /// Nobody knows whether the payload is committed; the sender shall send it again.
    case unavailable
    /// The database refuses this payload by itself; the sender shall send it again, and a person look at the log.
    case refused(why: String)
}

/// Payloads on their way into the database: those that come during one commit share the next commit.
package actor EventQueue {
    /// Bounds of the queue.
    package struct Limits: Sendable {
        /// Payloads of one commit.
        package var batchCount = 500
        /// Bytes of one commit; a single payload may be larger.
        package var batchBytes = 1 << 20
        /// Payloads that wait; further ones are turned away.
        package var waiting = 5_000
        /// How long one commit may take before all that wait are turned away.
        package var patience = Duration.seconds(5)

        package init() {}
    }

    struct Entry {
        let payload: String
        let answer: CheckedContinuation<Receipt, Never>
    }

    private enum State { case idle, writing, hanging }

    private let limits: Limits
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let recorder: Recorder
    private var state = State.idle
    private(set) var waiting: [Entry] = []
    private var batch: [Entry] = []
    private var writer: Task<Void, Never>?
    private var alarm: Task<Void, Never>?
    private(set) var isClosed = false
    private var closing: CheckedContinuation<Void, Never>?
    /// Payloads turned away since the database went; nil while the database takes payloads.
    private var turnedAway: Int?

    /// Prepares a queue.
    package init(
        limits: Limits = Limits(), clock: any Clock<Duration> = ContinuousClock(), logger: Logger,
        recorder: @escaping Recorder
    ) {
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.recorder = recorder
    }

    /// Whether the database holds a batch that was given up, so that no payload is taken.
    package var isHanging: Bool { state == .hanging }

    /// Hands a payload over and waits for its commit, at most twice the patience.
    package func submit(_ payload: String) async -> Receipt {
        guard !isClosed, state != .hanging, waiting.count < limits.waiting else {
            turnedAway? += 1
            return .unavailable
        }
        return await withCheckedContinuation { answer in
            waiting.append(Entry(payload: payload, answer: answer))
            writeNext()
        }
    }

    /// Takes no more payloads, and returns when all waiting payloads are answered or the time given is over.
    package func close(within patience: Duration) async {
        isClosed = true
        guard !batch.isEmpty else { return }
        let deadline = Task {
            // Cancelled when everything is written.
            guard (try? await clock.sleep(for: patience)) != nil else { return }
            giveUp("not within \(patience) of the stop")
        }
        await withCheckedContinuation { closing = $0 }
        deadline.cancel()
    }

    // MARK: Writing

    private func writeNext() {
        guard case .idle = state else { return }
        guard !waiting.isEmpty else {
            closing?.resume()
            closing = nil
            return
        }
        var bytes = 0
        let count = waiting.prefix(limits.batchCount).prefix { entry in
            defer { bytes += entry.payload.utf8.count }
            return bytes == 0 || bytes + entry.payload.utf8.count <= limits.batchBytes
        }.count
        batch = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        state = .writing
        let payloads = batch.map(\.payload)
        writer = Task { finish(await receipts(for: payloads)) }
        alarm = Task {
            // Cancelled when the batch is written.
            guard (try? await clock.sleep(for: limits.patience)) != nil else { return }
            giveUp("no answer within \(limits.patience)")
        }
    }

    private func finish(_ receipts: [Receipt]) {
        alarm?.cancel()
        // The batch is empty if its callers were answered when the database hung.
        for (entry, receipt) in zip(batch, receipts) { entry.answer.resume(returning: receipt) }
        if !batch.isEmpty { note(receipts) }
        batch = []
        state = .idle
        writeNext()
    }

    /// Answers every waiting payload as unknown; the queue takes none until the database has let go of the batch.
    private func giveUp(_ why: String) {
        guard case .writing = state, !Task.isCancelled else { return }
        state = .hanging
        writer?.cancel()
        noteFailure("the database hangs: \(why)")
        turnedAway? += batch.count + waiting.count
        for entry in batch + waiting { entry.answer.resume(returning: .unavailable) }
        batch = []
        waiting = []
        closing?.resume()
        closing = nil
    }

    private func receipts(for payloads: [String]) async -> [Receipt] {
        let isRefusal = { (error: RecorderError) in
            if case .refused = error { true } else { false }
        }
        let results = await recordByHalves(payloads, isRefusal: isRefusal) { (piece) throws(RecorderError) in
            let effects = try await recorder(piece)
            guard effects.count == piece.count else {
                throw .unavailable("\(effects.count) effects of \(piece.count) events")
            }
            return effects
        }
        return results.map { result in
            switch result {
            case .success(let effect): return .recorded(effect: effect)
            case .failure(.refused(let why)): return .refused(why: why)
            case .failure(.unavailable(let why)):
                if case .writing = state { noteFailure(why) }
                return .unavailable
            }
        }
    }

    // MARK: One line when the database goes, one when it is back

    private func noteFailure(_ why: String) {
        guard turnedAway == nil else { return }
        turnedAway = 0
        logger.warning("events are not recorded and answered with 503, so that Mono sends them again: \(why)")
    }

    private func note(_ receipts: [Receipt]) {
        turnedAway? += receipts.count { $0 == .unavailable }
        guard let count = turnedAway, receipts.contains(where: { $0 != .unavailable }) else { return }
        turnedAway = nil
        logger.notice("events are recorded again; \(count) were answered with 503 meanwhile")
    }
}
