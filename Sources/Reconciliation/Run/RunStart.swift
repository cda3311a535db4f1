/// A run as its database knows it from every other one: a number alone comes again after a restore.
package struct RunStart: Equatable, Sendable {
    package let runID: Int64
    package let startedAt: Timestamp

    package init(runID: Int64, startedAt: Timestamp) {
        (self.runID, self.startedAt) = (runID, startedAt)
    }
}
