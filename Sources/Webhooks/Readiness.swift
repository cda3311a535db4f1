/// Whether the database answers; askers at the same time share one question.
actor Readiness {
    private let limit: Duration
    private let clock: any Clock<Duration>
    private let ask: @Sendable () async -> Bool
    private var waiting: [CheckedContinuation<Bool, Never>] = []
    private var isAsking = false
    private var timer: Task<Void, Never>?
    private var isOverdue = false

    /// - Parameters:
    ///   - limit: After that long the answer is no.
    ///   - clock: Measures it.
    ///   - ask: The question; cancelled when it is overdue.
    init(limit: Duration, clock: any Clock<Duration> = ContinuousClock(), ask: @escaping @Sendable () async -> Bool) {
        self.limit = limit
        self.clock = clock
        self.ask = ask
    }

    /// The answer, within the limit; no at once while an overdue question is still open.
    func answer() async -> Bool {
        if isOverdue { return false }
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
        resume(answer)
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
