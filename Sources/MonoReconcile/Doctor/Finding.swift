import Reports
import Text

/// One check of `doctor` and its result.
struct Finding: Equatable, Sendable {
    enum Verdict: String, Sendable {
        case ok
        /// Worth knowing, and nothing that stops the nightly job.
        case hint
        case problem
        /// Something that the check needs was missing.
        case notChecked = "not_checked"
    }

    /// The name of the check; stable, for programs.
    var check: String
    var verdict: Verdict
    var said: String
    /// What mends a problem.
    var mend: String?
    /// The code that a run would end with because of the problem.
    var code: Failure.ExitStatus?

    static func ok(_ check: String, _ said: String) -> Self { Self(check: check, verdict: .ok, said: said) }

    static func hint(_ check: String, _ said: String, mend: String) -> Self {
        Self(check: check, verdict: .hint, said: said, mend: mend)
    }

    static func problem(
        _ check: String, _ said: String, mend: String, code: Failure.ExitStatus = .configuration
    ) -> Self {
        Self(check: check, verdict: .problem, said: said, mend: mend, code: code)
    }

    static func notChecked(_ check: String, _ why: String) -> Self {
        Self(check: check, verdict: .notChecked, said: why)
    }

    /// A failure of the program's own, with its remedy.
    static func problem(_ check: String, _ failure: Failure) -> Self {
        Self(
            check: check, verdict: .problem, said: failure.problem,
            mend: failure.remedy ?? "see the manual, configuration.md",
            code: Failure.ExitStatus(rawValue: failure.code) ?? .configuration)
    }
}

/// All findings of one visit.
struct Diagnosis: Equatable, Sendable {
    var findings: [Finding]

    /// The contract's order: the first that applies.
    private static let order: [Failure.ExitStatus] = [
        .keyRefused, .configuration, .usage, .badInput, .unreachable, .tryLater, .reportNotWritten, .internalError,
    ]

    /// Why the command fails; nil if there is no problem.
    var failure: Failure? {
        let problems = findings.filter { $0.verdict == .problem }
        guard !problems.isEmpty else { return nil }
        let code = Self.order.first { code in problems.contains { $0.code == code } } ?? .configuration
        let names = problems.map(\.check).joined(separator: ", ")
        return Failure(
            code, "\(problems.count) problem\(problems.count == 1 ? "" : "s"): \(names)",
            remedy: "see above how to mend")
    }

    var text: String {
        let width = findings.map(\.check.count).max() ?? 0
        return findings.flatMap { finding -> [String] in
            let word = finding.verdict == .notChecked ? "not checked" : finding.verdict.rawValue
            let start = Self.pad(word, 13) + Self.pad(finding.check, width + 2)
            let mend = finding.mend.map { [Self.pad("", 13) + Self.pad("", width + 2) + "mend: \($0)"] }
            return [start + finding.said] + (mend ?? [])
        }.joined(separator: "\n")
    }

    /// The findings for a program; names and order are stable.
    var json: String {
        let checks = findings.map { finding -> JSONText in
            .object([
                ("check", .string(finding.check)), ("verdict", .string(finding.verdict.rawValue)),
                ("said", .string(finding.said)), ("mend", .text(finding.mend)),
            ])
        }
        let value = JSONText.object([
            ("schema_version", .integer(1)), ("exit_code", .integer(Int64(failure?.code ?? 0))),
            ("checks", .array(checks)),
        ])
        return value.description
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
