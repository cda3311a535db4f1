/// Whether and why the scheduler stops before its cases are done.
struct EarlyEnd: Equatable, Sendable {
    /// Why; nil while the work goes on.
    private(set) var reason: StopReason?
    /// Whether open cases are left to the run's other workers.
    private(set) var isHandingBack = false
    /// Whether the executor has still to be told that the calls under way are given up.
    private var cancelsCalls = false

    /// Whether the work goes on.
    var isNone: Bool { reason == nil }

    /// Why the cases at the scheduler are deferred; nil if they are not.
    var deferral: StopReason? { isHandingBack ? nil : reason }

    /// Stops the work, unless it is stopped already: the first reason stays.
    ///
    /// - Returns: Whether it is stopped for this reason.
    mutating func begin(_ reason: StopReason, isHandingBack: Bool, givesUpCalls: Bool) -> Bool {
        guard isNone else { return false }
        self.reason = reason
        self.isHandingBack = isHandingBack
        cancelsCalls = givesUpCalls
        return true
    }

    /// Whether the calls under way are to be given up now; true once at most.
    mutating func takeCancellation() -> Bool {
        defer { cancelsCalls = false }
        return cancelsCalls
    }
}
