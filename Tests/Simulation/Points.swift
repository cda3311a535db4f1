/// The named points at which a worker can be struck.
package enum Point: String, CaseIterable, Sendable {
    case open, stranded, enlist, claim, reserve, intend, write, read, hold, tally, watch, others
    case stopCode = "stop-code"
    case deferRest = "defer-rest"
    case handBack = "hand-back"
    case leave, close, outcome
    case callLeave = "call-leave"
    case callAnswer = "call-answer"
    case report

    /// Whether it is a trip to the database, with three stages.
    var isTrip: Bool {
        switch self {
        case .callLeave, .callAnswer, .report: false
        default: true
        }
    }
}

/// Where within a trip.
package enum Stage: String, CaseIterable, Sendable {
    /// Decided, not on its way.
    case before
    /// Done at the other end, the answer on its way.
    case executed
    /// The answer is here and was not looked at.
    case answered
}

/// What strikes a worker.
package enum Blow: String, CaseIterable, Sendable {
    /// The process is gone.
    case crash
    /// SIGSTOP, and SIGCONT up to several leases later.
    case pause
    /// The connection to the database breaks.
    case cut
    /// Neither question nor answer passes between it and the database for a while.
    case partition
    /// Likewise between it and Mono.
    case deafness
    /// SIGTERM.
    case terminate
}

/// How often worlds were struck, by point, stage and blow.
package struct BlowCounts: Sendable {
    package private(set) var counts: [String: Int] = [:]

    package init() {}

    mutating func note(_ blow: Blow, at point: Point, _ stage: Stage) {
        counts["\(point.rawValue).\(stage.rawValue).\(blow.rawValue)", default: 0] += 1
    }

    /// Adds another world's.
    package mutating func add(_ other: Self) {
        counts.merge(other.counts) { $0 + $1 }
    }

    /// How often a blow fell, wherever.
    package func total(_ blow: Blow) -> Int {
        counts.filter { $0.key.hasSuffix(".\(blow.rawValue)") }.values.reduce(0, +)
    }

    /// All points at which a worker can crash, as keys of ``counts``.
    package static var crashes: [String] {
        Point.allCases.flatMap { point in
            (point.isTrip ? Stage.allCases : [.before]).map { "\(point.rawValue).\($0.rawValue).crash" }
        }
    }
}
