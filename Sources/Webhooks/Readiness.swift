/// Whether an event could be recorded now; askers at the same time, or within a second, share one question.
actor Readiness {
    private let limit: Duration
    private let freshness: Duration
    private let clock: any Clock<Duration>
    private let ask: @Sendable () async -> Bool
    private var waiting: [CheckedContinuation<Bool, Never>] = []
    private var isAsking = false
    /// The last answer, as long as it is fresh.
    private var known: Bool?
    private var timer: Task<Void, Never>?
    private var isOverdue = false

    /// - Parameters:
    ///   - limit: After that long the answer is no.
    ///   - freshness: How long an answer is given again: a storm of probes costs no more than one.
    ///   - clock: Measures both.
    ///   - ask: The question; cancelled when it is overdue.
    init(
        limit: Duration, freshness: Duration = .seconds(1), clock: any Clock<Duration> = ContinuousClock(),
        ask: @escaping @Sendable () async -> Bool
    ) {
        self.limit = limit
        self.freshness = freshness
        self.clock = clock
        self.ask = ask
    }

    /// The answer, within the limit; no at once while an overdue question is still open.
    func answer() async -> Bool {
        if isOverdue { return false }
        if let known { return known }
        return await withCheckedContinuation { continuation in
            waiting.append(continuation)
            if !isAsking { begin() }
        }
    }

    private func begin() {
        isAsking = true
        let question = Task { finish(await ask()) }
        timer = Task {
            // Cancelled when the answer comes.
            guard (try? await clock.sleep(for: limit)) != nil else { return }
            isLate(question)
        }
    }

    private func finish(_ answer: Bool) {
        timer?.cancel()
        isAsking = false
        isOverdue = false
        keep(answer)
        resume(answer)
    }

    private func keep(_ answer: Bool) {
        guard freshness > .zero else { return }
        known = answer
        Task {
            // Nobody cancels it; the next question is asked after it at the earliest.
            try? await clock.sleep(for: freshness)
            known = nil
        }
    }

    private func isLate(_ question: Task<Void, Never>) {
        // A timer that rang just before it was cancelled belongs to an earlier question.
        guard isAsking, !Task.isCancelled else { return }
        isOverdue = true
        question.cancel()
        resume(false)
    }

    private func resume(_ answer: Bool) {
        for continuation in waiting { continuation.resume(returning: answer) }
        waiting = []
    }
}
