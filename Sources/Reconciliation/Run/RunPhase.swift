/// Where a process stands in the life of its runs, from the start to its exit code.
///
/// ARCHITECTURE.md draws these phases and ``successors``; a test holds the picture against them.
package enum RunPhase: String, CaseIterable, Sendable {
    /// Looks for one-off runs whose process died: they keep their accounts from every other run.
    case findingStranded
    /// Asks whether the accounts named exist.
    case findingUnknown
    /// Opens a run, or joins the open one.
    case opening
    /// Asks which of the accounts named another run holds.
    case findingElsewhere
    /// An open run is older than a night, or speaks to another address: asks whether anybody still works on it.
    case findingWorkers
    /// Prepares to work on the run: an old stop is forgotten, the clock measured, a stale run's untried cases deferred.
    case takingOver
    /// Settles cases.
    case working
    /// Has no case left and waits until all that it asked of the store is answered.
    case finishing
    /// Adds its calls and gives up its lock.
    case leaving
    /// Has handed its cases back: asks whether somebody goes on with them.
    case findingSuccessors
    /// Closes the run, or waits until another worker does.
    case closing
    /// Asks why the others stopped the run, and writes the report.
    case reporting
    /// Reads what is known of a run that others go on with.
    case summarising
    /// Waits for the accounts named whose cases another run holds.
    case waitingElsewhere
    /// The exit code is known.
    case ended

    /// The phases that may follow.
    package var successors: Set<RunPhase> {
        switch self {
        case .findingStranded: [.takingOver, .opening, .findingUnknown]
        case .findingUnknown: [.opening, .ended]
        case .opening: [.takingOver, .findingWorkers, .findingElsewhere, .ended]
        case .findingElsewhere: [.takingOver]
        case .findingWorkers: [.takingOver, .ended]
        case .takingOver: [.working, .leaving]
        case .working: [.finishing]
        case .finishing: [.leaving]
        case .leaving: [.closing, .findingSuccessors]
        case .findingSuccessors: [.closing, .summarising]
        case .closing: [.reporting, .summarising]
        // A stranded or stale run is followed by the next one.
        case .reporting: [.takingOver, .opening, .findingUnknown, .waitingElsewhere, .ended]
        case .summarising: [.ended]
        case .waitingElsewhere: [.ended]
        case .ended: []
        }
    }
}
