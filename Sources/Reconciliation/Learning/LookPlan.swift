/// When to look at a sync, for one law, window and patience: the looks that cost least, by dynamic programming.
///
/// The plan is a table over the time since the trigger, so a look that was late, held or made by another worker needs
/// no state. The window's end is always a look. A copy is one reference.
package struct LookPlan: Equatable, Sendable {
    /// No chain of looks is longer.
    package static let mostLooks = 12
    /// The window that a patience is meant for; in a shorter one a second of delay weighs as much more.
    package static let referenceWindow = Duration.seconds(300)

    private let table: Table

    /// Finds the cheapest plan.
    ///
    /// `patience` is the delay that is worth one look in a window of 300 s. In a shorter window it shrinks in
    /// proportion, or the only look would be the one at the end.
    package init(_ law: LookLaw, window: Duration, patience: Duration) {
        table = Table(law, window: window, patience: patience)
    }

    /// The time of the next look, counted from the trigger like `elapsed`; at or after the window's end that end.
    package func nextLook(after elapsed: Duration) -> Duration {
        var next = table.next(after: elapsed)
        // A look that is due at once would tell what the one just made has told.
        while next - elapsed < table.shortestGap, next < table.window { next = table.next(after: next) }
        return next
    }

    /// All looks of a sync that never ends.
    package var looks: [Duration] {
        var looks: [Duration] = []
        repeat { looks.append(nextLook(after: looks.last ?? .zero)) } while looks[looks.count - 1] < table.window
        return looks
    }

    /// How many looks a sync needs on average, if the law is true.
    package var expectedLooks: Double { table.expectedLooks }

    /// How long a sync's end waits for its look or event on average, if the law is true; those that do not end count
    /// as no delay.
    package var expectedDelay: Duration { table.expectedDelay }

    package static func == (left: Self, right: Self) -> Bool {
        left.table === right.table
            || left.table.window == right.table.window && left.table.nextLooks == right.table.nextLooks
    }
}

/// The next look after each edge.
private final class Table: Sendable {
    let window: Duration
    let shortestGap: Duration
    let nextLooks: [Duration]
    let expectedLooks: Double
    let expectedDelay: Duration

    init(_ law: LookLaw, window: Duration, patience: Duration) {
        let scale = min(max(window.inSeconds, 0) / LookPlan.referenceWindow.inSeconds, 1)
        let solver = LookSolver(law, window: window)
        let price = max(patience.inSeconds, 0.01) * scale
        var next = solver.solve(price: price)
        // What each look of the chain costs besides, needed or not: it thins out the chain where few syncs get to.
        var fee = price / 1_024
        while solver.chain(next).count > LookPlan.mostLooks {
            next = solver.solve(price: price, fee: fee)
            fee *= 1.5
        }
        let cost = solver.cost(of: solver.chain(next))
        self.window = window
        shortestGap = .milliseconds(250) * scale
        let last = solver.times.count - 1
        nextLooks = next.map { $0 == last ? window : LatencyGrid.time(of: $0) }
        expectedLooks = cost.looks
        expectedDelay = .seconds(cost.delay)
    }

    func next(after elapsed: Duration) -> Duration {
        guard elapsed < window else { return window }
        return nextLooks[LatencyGrid.lastEdge(atMost: elapsed)]
    }
}
