import Reconciliation

/// The named points at which a worker can be struck.
package enum Point: String, CaseIterable, Sendable {
    // Requests to the store.
    case findStranded = "find-stranded"
    case open
    case findUnknown = "find-unknown"
    case findElsewhere = "find-elsewhere"
    case enlist
    case findOthers = "find-others"
    case leave
    case readSigns = "read-signs"
    case stop
    case forgetStop = "forget-stop"
    case hold, reserve, tally, learn, probe, claim
    case readNews = "read-news"
    case intend, write
    case deferRest = "defer-rest"
    case close
    case readElsewhere = "read-elsewhere"
    case findWitness = "find-witness"
    case clock
    // The rest.
    case callLeave = "call-leave"
    /// The connection stands; the request has not left.
    case callConnected = "call-connected"
    case callAnswer = "call-answer"
    case report

    /// Whether it is a request to the store, with three stages.
    var isRequest: Bool {
        switch self {
        case .callLeave, .callConnected, .callAnswer, .report: false
        default: true
        }
    }
}

extension StoreRequest {
    /// Where a worker that makes the request can be struck.
    var point: Point {
        switch self {
        case .findStranded: .findStranded
        case .openNightly, .openOneOff: .open
        case .findUnknown: .findUnknown
        case .findElsewhere: .findElsewhere
        case .enlist: .enlist
        case .findOthers: .findOthers
        case .leave: .leave
        case .readSigns: .readSigns
        case .stop: .stop
        case .forgetStop: .forgetStop
        case .hold: .hold
        case .reserve: .reserve
        case .tally: .tally
        case .claim: .claim
        case .readNews: .readNews
        case .intend: .intend
        case .write: .write
        case .deferRest: .deferRest
        case .close: .close
        case .readElsewhere: .readElsewhere
        case .findWitness: .findWitness
        case .learn: .learn
        case .probe: .probe
        }
    }
}

/// Where within a request.
package enum Stage: String, CaseIterable, Sendable {
    /// Decided, not on its way.
    case before
    /// Done at the other end, the answer on its way.
    case executed
    /// The answer is here and was not looked at.
    case answered
}

/// What strikes a worker.
package enum Fault: String, CaseIterable, Sendable {
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

/// How often worlds were struck, by point, stage and fault.
package struct FaultCounts: Sendable {
    package private(set) var counts: [String: Int] = [:]

    package init() {}

    mutating func note(_ fault: Fault, at point: Point, _ stage: Stage) {
        counts["\(point.rawValue).\(stage.rawValue).\(fault.rawValue)", default: 0] += 1
    }

    /// Adds another world's.
    package mutating func add(_ other: Self) {
        counts.merge(other.counts) { $0 + $1 }
    }

    /// How often a fault fell, wherever.
    package func total(_ fault: Fault) -> Int {
        counts.filter { $0.key.hasSuffix(".\(fault.rawValue)") }.values.reduce(0, +)
    }

    /// All points at which a worker can crash, as keys of ``counts``.
    package static var crashes: [String] {
        Point.allCases.flatMap { point in
            (point.isRequest ? Stage.allCases : [.before]).map { "\(point.rawValue).\($0.rawValue).crash" }
        }
    }
}
