import Foundation
import Postgres
import TestSupport
import Testing

/// The exit codes as people and scripts rely on them, produced by the real program.
///
/// Every code but 0 comes with one line on standard error. Where several codes apply, the first in this order counts.
///
/// Three ways to 69 and 75 take a minute or half of it, and are tested where time can be shortened: a database that goes
/// away in mid-run (60 s, `LedgerLaneTests`), 20 calls in a row without an answer (30 s, `ReachTests`), and a migration lock
/// (60 s, `MigratorTests`).
struct ExitCodeContractTests {
    /// One way to end.
    struct Row: Sendable, CustomTestStringConvertible {
        var code: Int32
        var name: String
        /// What the line has to say: what happened or what to do.
        var says: [String] = []
        var accounts: [Sample] = []
        var command: [String] = Stage.quick
        var environment: @Sendable (Stage) throws -> [String: String] = { _ in [:] }
        var before: @Sendable (Stage) async throws -> Void = { _ in }
        var during: @Sendable (Stage, Tool) async throws -> Void = { _, _ in }
        /// The parser takes a few.
        var mostLines = 1

        var testDescription: String { "\(code): \(name)" }
    }

    static let rows =
        interrupted + keyRefused + configuration + usage + badInput + unreachable + tryLater + unwritten
        + internalError + unsettled + well

    @Test(arguments: rows)
    func `every way to end has its code and its line`(row: Row) async throws {
        try await Stage.with(row.accounts) { stage in
            try await row.before(stage)
            let tool = try stage.start(row.command, environment: row.environment(stage))
            try await row.during(stage, tool)
            let ending = await tool.completion()
            #expect(ending.code == row.code, "\(ending.everything)")
            guard row.code != 0 else {
                #expect(ending.errors.isEmpty)
                return
            }
            #expect((1...row.mostLines).contains(ending.complaints.count), "\(ending.errors)")
            if row.mostLines == 1 { #expect(ending.errors.hasPrefix("mono-reconcile: "), "\(ending.errors)") }
            for text in row.says { #expect(ending.errors.contains(text), "\(text) is not in: \(ending.errors)") }
        }
    }

    // MARK: 130, 143

    private static let hanging = Sample("hanging", "recovers", faults: [.hangingDetails])

    private static func interrupt(_ signal: Int32) -> @Sendable (Stage, Tool) async throws -> Void {
        { stage, tool in
            try await stage.until("Mono is asked") { try stage.sandbox.calls().total >= 1 }
            tool.signal(signal)
        }
    }

    private static let interrupted = [
        Row(
            code: 130, name: "SIGINT", says: ["interrupted", "what was settled is kept"], accounts: [hanging],
            command: ["--window", "5m"], during: interrupt(SIGINT)),
        Row(
            code: 143, name: "SIGTERM", says: ["interrupted", "the rest is deferred"], accounts: [hanging],
            command: ["--window", "5m"], during: interrupt(SIGTERM)),
        Row(
            code: 143, name: "before a report that cannot be written", says: ["interrupted"], accounts: [hanging],
            command: ["--window", "5m"], before: blockReports, during: interrupt(SIGTERM)),
    ]

    // MARK: 77

    private static let keyRefused = [
        Row(
            code: 77, name: "401", says: ["refuses the key", "check MONO_SECRET_KEY"],
            accounts: [Sample("one", "recovers")], environment: { _ in ["MONO_SECRET_KEY": "test_sk_other"] }),
        Row(
            code: 77, name: "402 for three accounts in a row", says: ["402 or 403", "MONO_SECRET_KEY"],
            accounts: Sample.many(4, "denied", "recovers", faults: [Sample.Fault("402", on: ["details"])])),
        Row(
            code: 77, name: "403 for three accounts in a row", says: ["402 or 403"],
            accounts: Sample.many(4, "denied", "recovers", faults: [Sample.Fault("403", on: ["details"])])),
        Row(
            code: 77, name: "404 for the first twenty accounts", says: ["this key sees none of these accounts"],
            accounts: Sample.many(20, "unseen", "gone")),
        Row(
            code: 77, name: "before a report that cannot be written", says: ["refuses the key"],
            accounts: [Sample("one", "recovers")], environment: { _ in ["MONO_SECRET_KEY": "test_sk_other"] },
            before: blockReports),
        Row(
            code: 77, name: "a link with a wrong key", says: ["check MONO_SECRET_KEY"],
            command: ["link", "--code", "code_1234"], environment: { _ in ["MONO_SECRET_KEY": "test_sk_other"] }),
    ]

    // MARK: 78

    private static let configuration = [
        Row(
            code: 78, name: "no key", says: ["set MONO_SECRET_KEY"], environment: { _ in ["MONO_SECRET_KEY": ""] }),
        Row(
            code: 78, name: "a key file that is not there", says: ["MONO_SECRET_KEY_FILE: cannot read /nowhere"],
            environment: { _ in ["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": "/nowhere"] }),
        Row(
            code: 78, name: "http to a remote host", says: ["MONO_BASE_URL"],
            environment: { _ in ["MONO_BASE_URL": "http://mono.example"] }),
        Row(
            code: 78, name: "a malformed variable", says: ["MONO_RECONCILE_LIMIT", "for instance"],
            environment: { _ in ["MONO_RECONCILE_LIMIT": "ten"] }),
        Row(
            code: 78, name: "pending migrations", says: ["pending migrations", "run: mono-reconcile migrate"],
            before: { try await $0.sql.execute("delete from mono.schema_migrations") }),
        Row(
            code: 78, name: "another API than the open run's",
            says: ["run 1 is open with --api realtime", "use the same"],
            accounts: [hanging], command: Stage.quick + ["--api", "data-sync"], before: leaveOpenRun),
        Row(
            code: 78, name: "another address than the open run's", says: ["run 1 is open", "use the same"],
            accounts: [hanging], environment: { _ in ["MONO_BASE_URL": "http://127.0.0.1:9"] }, before: leaveOpenRun),
        Row(
            code: 78, name: "a user without the rights", says: ["grant this user the role mono_reconciler"],
            environment: { ["DATABASE_URL": $0.database.connectionString + " user=hook"] }),
        Row(
            code: 78, name: "a listener without a secret", says: ["set MONO_WEBHOOK_SECRET"], command: ["listen"]),
    ]

    // MARK: 64

    private static let usage = [
        Row(
            code: 64, name: "a malformed option", says: ["--window: \"5\" is not", "for instance --window 5m"],
            command: ["--window", "5"]),
        Row(
            code: 64, name: "an unknown option", says: ["--acount", "Did you mean '--account'?"],
            command: ["--acount", "x"], mostLines: 4),
        Row(
            code: 64, name: "an option without its value", says: ["--window"], command: ["--window"], mostLines: 4),
        Row(
            code: 64, name: "an unknown command", says: ["\"migarte\"", "did you mean: mono-reconcile migrate"],
            command: ["migarte"]),
        Row(
            code: 64, name: "before a malformed variable's 78", says: ["--rate"], command: ["--rate", "0"],
            environment: { _ in ["MONO_RECONCILE_RATE": "x"] }),
    ]

    // MARK: 65

    private static let badInput = [
        Row(
            code: 65, name: "names that no account has", says: ["\"no id\"", "\"é\"", "find TEXT"],
            command: ["--account", "no id", "--account", "é"]),
        Row(
            code: 65, name: "unknown accounts, all named",
            says: ["\"nobody-1\", \"nobody-2\"", "nothing was done; mono-reconcile find TEXT"],
            accounts: [Sample("one", "recovers")],
            command: ["--account", "nobody-1", "--account", "one", "--account", "nobody-2"],
            during: expectNothingDone),
        Row(
            code: 65, name: "record: lines that are no JSON", says: ["line 2 (not JSON)", "the rest is"],
            command: ["record", badEvents], before: writeBadEvents),
        Row(
            code: 65, name: "record: a file that is not there", says: ["cannot open /nowhere"],
            command: ["record", "/nowhere"]),
        Row(
            code: 65, name: "explain: nothing is known", says: ["\"nobody\"", "find TEXT"],
            command: ["explain", "nobody"]),
        Row(
            code: 65, name: "report: no such run", says: ["there is no run 7"], command: ["report", "--run", "7"]),
        Row(
            code: 65, name: "reauth-link: not in the table", says: ["nor a reference in mono.accounts"],
            command: ["reauth-link", "nobody"]),
    ]

    // MARK: 69

    private static let unreachable = [
        Row(
            code: 69, name: "no database at the start", says: ["check that PostgreSQL is up"],
            environment: { _ in
                ["DATABASE_URL": "host=127.0.0.1 port=\(try freeLoopbackPort()) user=nobody dbname=nothing"]
            }),
        Row(
            code: 69, name: "a database that only reads", says: ["read-only", "names the primary"],
            environment: {
                [
                    "DATABASE_URL": $0.database.connectionString
                        + " user=night options='-c default_transaction_read_only=on'"
                ]
            }),
        Row(
            code: 69, name: "no answer to the first five requests", says: ["check MONO_BASE_URL and the network"],
            accounts: Sample.many(8, "stuck", "recovers"),
            environment: { _ in ["MONO_BASE_URL": "http://127.0.0.1:\(try freeLoopbackPort())"] }),
    ]

    // MARK: 75

    private static let tryLater = [
        Row(
            code: 75, name: "Retry-After beyond the window", says: ["wait 60 s", "run again later"],
            accounts: [Sample("busy", "recovers", faults: [Sample.Fault("429", on: ["details"], retryAfter: "60s")])]),
        Row(
            code: 75, name: "the report of an open run", says: ["run 1 is not finished", "try again"],
            command: ["report", "--run", "1"],
            before: { try await $0.sql.execute("insert into mono.reconciliation_runs (kind) values ('nightly')") }),
    ]

    // MARK: 73

    private static let unwritten = [
        Row(
            code: 73, name: "a report that cannot be written",
            says: ["cannot write", "run 1 is kept: mono-reconcile report --run 1"], before: blockReports),
        Row(
            code: 73, name: "before a run's own 1", says: ["run 1 is kept"], accounts: [errs], before: blockReports),
        Row(
            code: 73, name: "the report command", says: ["cannot write", "run 1 is kept"], command: ["report"],
            before: { stage in
                try await runWell(stage)
                try FileManager.default.removeItem(atPath: stage.reports)
                try await blockReports(stage)
            }),
    ]

    // MARK: 70

    private static let internalError = [
        Row(
            code: 70, name: "a schema that somebody broke",
            says: ["select_accounts", "please report this with the log"],
            before: {
                try await $0.sql.execute(
                    "drop function mono.select_accounts(interval, interval, int, bigint, int, boolean)")
            })
    ]

    // MARK: 1

    private static let errs = Sample("odd", "recovers", faults: [.pageForDetails])

    private static let unsettled = [
        Row(code: 1, name: "an errored case", says: ["run 1 ended with 1 errored", "/run-1"], accounts: [errs]),
        Row(
            code: 1, name: "a deferred case", says: ["deferred", "/run-1"],
            accounts: Sample.many(2, "stuck", "recovers"),
            command: Stage.quick + ["--max-calls", "4"]),
        Row(
            code: 1, name: "strict, and part of the data", says: ["1 partial"], accounts: [Sample("part", "partial")],
            command: Stage.quick + ["--strict"]),
        Row(
            code: 1, name: "an account inside Mono's limit", says: ["1 deferred"],
            accounts: [Sample("flagged", "reauthorisation", flagged: true)],
            command: Stage.quick + ["--quiet", "--account", "flagged"],
            before: { _ = try await $0.reconcile(Stage.quick) }),
        Row(
            code: 1, name: "an account that cannot be re-authorised", says: ["the customer has to link it again"],
            accounts: [
                {
                    var lost = Sample("lost", "reauthorisation", flagged: true)
                    lost.canReauthorise = false
                    return lost
                }()
            ], command: ["reauth-link", "lost"]),
    ]

    // MARK: 0

    private static let well = [
        Row(code: 0, name: "nothing to do", accounts: [.healthy("healthy")]),
        Row(code: 0, name: "nothing to do, quietly", command: ["--quiet"]),
        Row(code: 0, name: "all settled, though not all well", accounts: [Sample("part", "partial")]),
        Row(code: 0, name: "a plan", accounts: [Sample("one", "recovers")], command: ["plan"]),
        Row(code: 0, name: "a dry run", accounts: [Sample("one", "recovers")], command: ["--dry-run"]),
        Row(
            code: 0, name: "a report once more", command: ["report"],
            before: runWell),
        Row(code: 0, name: "a story", accounts: [Sample("one", "recovers")], command: ["explain", "one"]),
        Row(
            code: 0, name: "a schema that is up to date", command: ["migrate"],
            environment: { ["DATABASE_URL": $0.database.connectionString] }),
        Row(code: 0, name: "the version", command: ["--version"]),
        Row(code: 0, name: "help", command: ["help", "run"]),
    ]

    // MARK: What the rows begin with

    /// A file is in the way: even root cannot make a folder below it.
    @Sendable private static func blockReports(_ stage: Stage) async throws {
        try Data().write(to: URL(filePath: stage.reports))
    }

    private static let badEvents = FileManager.default.temporaryDirectory.appending(path: "bad-\(UUID()).json").path

    @Sendable private static func writeBadEvents(_ stage: Stage) async throws {
        let lines = #"{"event":"mono.events.other","data":{}}"# + "\n{\"event\":\n"
        try Data(lines.utf8).write(to: URL(filePath: badEvents))
    }

    /// A night without anything to do.
    @Sendable private static func runWell(_ stage: Stage) async throws {
        let ending = try await stage.reconcile()
        try #require(ending.code == 0)
    }

    @Sendable private static func expectNothingDone(_ stage: Stage, _ tool: Tool) async throws {
        _ = await tool.completion()
        let (calls, runs) = (try stage.sandbox.calls().total, try await stage.runs().count)
        #expect(calls == 0)
        #expect(runs == 0)
    }

    /// A run whose process was killed.
    @Sendable private static func leaveOpenRun(_ stage: Stage) async throws {
        let tool = try stage.start(["--window", "5m"])
        try await stage.until("Mono is asked") { try stage.sandbox.calls().total >= 1 }
        tool.signal(SIGKILL)
        _ = await tool.completion()
        // It seems to live: as if the server had restarted, and it has its lease to come back.
        try await stage.sql.execute(
            "update mono.workers set server_life = 'another', lease_until = now() + interval '1 hour'")
    }
}
