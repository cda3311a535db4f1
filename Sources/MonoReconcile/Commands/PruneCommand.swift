import ArgumentParser
import FoundationEssentials
import Ledger
import Postgres
import Reconciliation
import Reports
import Text

/// `mono-reconcile prune`.
struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Delete runs, cases and events older than --keep, and with --report-dir their reports.",
        discussion: """
            Open runs, the newest nightly run and the newest event stay whatever their age, accounts are not touched. \
            Deletes in small batches; interrupted, it is simply run again. Put it into cron once a week.
            """)

    /// Mono sends an event again for hours at most, and a week's reports are worth keeping.
    static let leastKeep = Duration.seconds(7 * 86_400)

    @Option(
        parsing: .unconditional, help: ArgumentHelp("What is younger stays; at least 7d.", valueName: "duration"))
    var keep: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Also remove the folders of runs there that are older.", valueName: "folder"))
    var reportDir: String?

    @Flag(help: "Only say what would be deleted.")
    var dryRun = false

    @Flag(help: "Print nothing while all is well.")
    var quiet = false

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        // No variable sets these two: whoever deletes says on the command line what is deleted.
        let keep = try Setting(option: keep, name: "keep", environment: [:])
            .read("a duration from 7d", example: "90d") { text in
                Values.duration(text).flatMap { $0 >= Self.leastKeep ? $0 : nil }
            }
        let directory = try Reader(environment: Environment.current).path(
            Setting(option: reportDir, name: "report-dir", environment: [:]), "a directory", example: "./reports")
        guard let keep else { throw Failure(.usage, "--keep is missing", remedy: "for instance --keep 90d") }
        let isRehearsal = dryRun
        let pruned = try await ConnectionSettings().withAdmin { (admin) async throws(Failure) in
            try await Failure.mapping { () throws(PostgresError) in
                isRehearsal ? try await admin.prunable(keep: keep) : try await admin.prune(keep: keep)
            }
        }
        var folders: ReportFolders.Pruned?
        do throws(ReportError) {
            if let directory {
                let before = WallClock.now.advanced(by: .zero - keep)
                folders = try ReportFolders.prune(directory, before: before, isRehearsal: isRehearsal)
            }
        } catch {
            show(pruned, nil)
            let rest = dryRun ? "check the path" : "the database was pruned; check the path, and prune again"
            throw Failure(.reportNotWritten, "--report-dir: \(error); \(rest)")
        }
        show(pruned, folders)
        guard let left = folders?.left, let first = left.first else { return }
        let others = left.count > 1 ? " (and \(left.count - 1) more)" : ""
        throw Failure(
            .reportNotWritten, "not removed: \(first.name)\(others): \(first.reason)", remedy: "see to it by hand")
    }

    private func show(_ pruned: Pruned, _ folders: ReportFolders.Pruned?) {
        if json {
            Terminal.print(Self.json(pruned, folders, isRehearsal: dryRun))
        } else if !quiet {
            Terminal.print(Self.text(pruned, folders, isRehearsal: dryRun))
        }
    }

    static func text(_ pruned: Pruned, _ folders: ReportFolders.Pruned?, isRehearsal: Bool) -> String {
        func number(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        let verb = isRehearsal ? "Would delete" : "Deleted"
        var text = "\(verb) \(number(pruned.runs, "run")) with \(number(pruned.cases, "case"))"
        text += " and \(number(pruned.events, "event"))"
        if let folders { text += ", and \(number(folders.removed.count, "report folder"))" }
        return text + ", from before \(pruned.before.iso8601)."
    }

    static func json(_ pruned: Pruned, _ folders: ReportFolders.Pruned?, isRehearsal: Bool) -> String {
        let left = folders?.left.map { one -> JSONText in
            .object([("folder", .string(one.name)), ("reason", .string(one.reason))])
        }
        let value = JSONText.object([
            ("schema_version", .integer(1)), ("dry_run", .bool(isRehearsal)),
            ("before", .string(pruned.before.iso8601)),
            ("runs", .integer(Int64(pruned.runs))), ("cases", .integer(Int64(pruned.cases))),
            ("events", .integer(Int64(pruned.events))),
            ("report_folders", .array((folders?.removed ?? []).map { .string($0) })),
            ("report_folders_left", .array(left ?? [])),
        ])
        return value.description
    }
}
