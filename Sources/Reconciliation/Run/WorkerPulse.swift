/// What a worker does beside its cases, by the clock: it renews its lease, and looks at what the others have told.
struct WorkerPulse: Sendable {
    private let pauses: RunPauses
    private var nextBeat: Timestamp
    private var nextLook: Timestamp
    private var isLooking = false
    /// Parts of the last beat that are not answered.
    private var beatsOpen = 0

    /// A pulse that begins now, when the worker has just taken its lock.
    init(_ pauses: RunPauses, at now: Timestamp) {
        self.pauses = pauses
        nextBeat = now.advanced(by: pauses.beat)
        nextLook = now.advanced(by: pauses.signs)
    }

    /// The same with everything due at once, since times before a move of the clock mean nothing after it.
    func begunAnew(at now: Timestamp) -> Self {
        var anew = self
        anew.nextBeat = now
        anew.nextLook = now
        return anew
    }

    /// Nothing of it is under way.
    var isAtRest: Bool { !isLooking && beatsOpen == 0 }

    /// When there is something to do again; nil while everything waits for an answer.
    var nextDue: Timestamp? {
        switch (beatsOpen == 0, isLooking) {
        case (true, false): min(nextBeat, nextLook)
        case (true, true): nextBeat
        case (false, false): nextLook
        case (false, true): nil
        }
    }

    /// Whether the lease is to be renewed now; then `parts` answers follow.
    mutating func beats(parts: Int, at now: Timestamp) -> Bool {
        guard beatsOpen == 0, nextBeat <= now else { return false }
        beatsOpen = parts
        return true
    }

    /// The next renewal is due at once.
    mutating func hasten(at now: Timestamp) { nextBeat = min(nextBeat, now) }

    /// One part of the beat was answered.
    mutating func beatAnswered(at now: Timestamp) {
        beatsOpen -= 1
        if beatsOpen == 0 { nextBeat = now.advanced(by: pauses.beat) }
    }

    /// Whether to look now at what the others have told.
    mutating func looks(at now: Timestamp) -> Bool {
        guard !isLooking, nextLook <= now else { return false }
        isLooking = true
        return true
    }

    /// The look was answered.
    mutating func lookAnswered(at now: Timestamp) {
        isLooking = false
        nextLook = now.advanced(by: pauses.signs)
    }
}

/// How long a process waits between two looks at the same thing.
package struct RunPauses: Equatable, Sendable {
    /// Between two renewals of the lease: a third of it.
    package var beat = WorkerLimits.lease / 3
    /// Between two looks at what the others have told: within a second it holds for all.
    package var signs = Duration.milliseconds(500)
    /// Between two looks whether the run can be closed.
    package var close = Duration.milliseconds(200)
    /// Between two looks at a case that another run holds.
    package var elsewhere = Duration.milliseconds(300)
    /// So many of these looks in a row must find nobody at work before nobody is: a worker may be about to take its
    /// lock anew, or to close the run.
    package var looksWithoutWorker = 20

    package init() {}
}

extension WorkerLimits {
    /// How long a worker that says nothing counts as alive.
    package static let lease = Duration.seconds(15)
}
