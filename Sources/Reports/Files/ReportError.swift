/// Why a report was not written.
package enum ReportError: Error, Equatable, CustomStringConvertible {
    /// The run, or one of its cases, is still open.
    case unfinished(runID: Int64)
    /// The file system refused; `reason` is the system's own text.
    case failed(path: String, reason: String)

    /// One line that names the path and the reason.
    package var description: String {
        switch self {
        case .unfinished(let runID): "run \(runID) is not finished, so there is nothing to report yet"
        case .failed(let path, let reason): "cannot write \(path.printable(limit: .max)): \(reason)"
        }
    }
}
