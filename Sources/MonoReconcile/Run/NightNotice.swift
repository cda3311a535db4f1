import Reconciliation
import Reports
import Text

/// What people are told of a nightly run by a webhook: the headline, and how many accounts wait for whom.
struct NightNotice {
    var run: RunRecord
    /// Why the exit code is not 0.
    var failure: Failure?
    /// Where people open the run's report; nil where that is not known, or none was written.
    var reportURL: String?

    /// What a chat shows of it.
    var text: String {
        var lines = ["Run \(run.runID): \(Headline.text(of: run))"]
        let waiting = run.workList.filter { $0.count > 0 && $0.owner != .nobody }
        if !waiting.isEmpty {
            lines.append("Who must act: " + waiting.map { "\($0.owner.rawValue) \($0.count)" }.joined(separator: ", "))
        }
        if let failure { lines.append(failure.naming(.reconciler).message) }
        if let reportURL, !(failure?.message.contains(reportURL) ?? false) { lines.append(reportURL) }
        // A bank's name must not call everybody: a chat reads what stands between these as a command.
        return lines.joined(separator: "\n").replacing("<", with: "‹").replacing(">", with: "›")
    }

    /// The body of the post.
    var json: String {
        let counts = run.workList.map { ($0.owner.rawValue, JSONText.integer(Int64($0.count))) }
        return JSONText.object([
            ("text", .string(text)), ("headline", .string(Headline.text(of: run))),
            ("exit_code", .integer(Int64(failure?.code ?? 0))), ("work_list", .object(counts)),
            ("report_url", .text(reportURL)),
        ]).description
    }
}
