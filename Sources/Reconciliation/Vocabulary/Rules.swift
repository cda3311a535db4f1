/// When to look again while Mono works.
package struct PollSchedule: Equatable, Sendable {
    /// The wait before the first look.
    package var first: Duration
    /// What each further wait is multiplied by; at least 1.
    package var factor: Double
    /// The longest wait.
    package var maximum: Duration

    package init(first: Duration = .seconds(2), factor: Double = 1.6, maximum: Duration = .seconds(45)) {
        self.first = first
        self.factor = factor
        self.maximum = maximum
    }

    /// The wait before the next look when `looks` were made: `first × factor^looks`, never above `maximum`.
    package func delay(afterLooks looks: Int) -> Duration {
        var delay = min(first, maximum)
        // Capped at every step, so that no product can overflow.
        for _ in 0..<min(looks, 64) where delay < maximum {
            delay = min(delay * factor, maximum)
        }
        return delay
    }
}

extension PollSchedule {
    /// How many looks fall before a time after the trigger.
    package func looks(before elapsed: Duration) -> Int {
        var (count, at) = (0, delay(afterLooks: 0))
        while at < elapsed {
            count += 1
            at += max(delay(afterLooks: count), .milliseconds(1))
        }
        return count
    }
}

/// How a failed read is repeated: full jitter over a doubling base.
package enum ReadRepeats {
    /// Repeats after the first try.
    package static let limit = 5
    /// How long after the window's end a look that fails may still be repeated.
    package static let grace = Duration.seconds(15)

    private static let base = Duration.milliseconds(500)
    private static let cap = Duration.seconds(30)

    /// The wait before repeat number `number` (1…5); `chance` in 0..<1 chooses within the bound.
    package static func delay(beforeRepeat number: Int, chance: Double) -> Duration {
        let bound = min(base * (1 << min(max(number - 1, 0), 10)), cap)
        return bound * chance
    }
}

/// What one run holds its cases to.
package struct Rules: Equatable, Sendable {
    /// The API generation.
    package var api: APIGeneration
    /// How long after the intent a sync may take.
    package var window: Duration
    /// How long an account may await its event before it is stuck.
    package var stuckAfter: Duration
    /// Mono's own limit: no second trigger of an account before this has passed.
    package var syncLimit: Duration
    /// When to look, where looks are not learned.
    package var schedule: PollSchedule
    /// How many seconds of delay are worth one call, for looks that go by the banks' learned laws; nil: they go by
    /// ``schedule``, and nothing is learned.
    package var patience: Duration?
    /// Whether a link is asked for once it is confirmed that the customer has to re-authorise.
    package var asksForLinks: Bool

    package init(
        api: APIGeneration, window: Duration = .seconds(300), stuckAfter: Duration = .seconds(300),
        syncLimit: Duration? = nil, schedule: PollSchedule = PollSchedule(), patience: Duration? = nil,
        asksForLinks: Bool = false
    ) {
        self.api = api
        self.window = window
        self.stuckAfter = stuckAfter
        self.syncLimit = syncLimit ?? Self.defaultSyncLimit(of: api)
        self.schedule = schedule
        self.patience = patience
        self.asksForLinks = asksForLinks
    }

    /// The patience of nightly runs unless somebody says otherwise: a delay at night harms nobody.
    package static let nightlyPatience = Duration.seconds(60)
    /// That of runs of single accounts, for which somebody waits.
    package static let oneOffPatience = Duration.seconds(5)

    /// Mono's per-account limit: 5 minutes for realtime (docs.mono.co, realtime-data, 2026-03-10), 2 minutes for
    /// data-sync (mono.co/blog, a-beginners-guide-to-mono-data-sync).
    package static func defaultSyncLimit(of api: APIGeneration) -> Duration {
        switch api {
        case .realtime: .seconds(300)
        case .dataSync: .seconds(120)
        }
    }

    /// How long a failed job may wait for the event that says why: 10 s, at most a quarter of the window.
    package var explanationWait: Duration { min(.seconds(10), window / 4) }
}
