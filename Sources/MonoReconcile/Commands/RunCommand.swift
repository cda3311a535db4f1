import ArgumentParser
import FoundationEssentials
import Ledger
import Logging
import MonoAPI
import Platform
import Postgres
import Reconciliation
import Reports

/// `mono-reconcile run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Reconcile all stuck and flagged accounts, or those named with --account.",
        discussion: """
            Durations are written 500ms, 30s, 5m, 2h or 90d.

            Exit codes: 0 the run ended and found out how every account stands, or nothing was stuck; accounts without \
            data may be left, and the report says who must act (--strict makes that 1), 1 some are deferred or errored, 64 malformed option, 65 bad Account ID, 69 database or Mono unreachable, 73 report not written, \
            75 try later, 77 Mono refuses the key, 78 configuration, 130 and 143 interrupted.
            """)

    @OptionGroup var plan: PlanArguments
    @OptionGroup var arguments: RunArguments

    @Flag(help: "Only say what would be done: no API call, no write.")
    var dryRun = false

    func run() async throws {
        let environment = Environment.current
        var settings = try RunSettings(plan, arguments, environment: environment)
        if try dryRun || Reader(environment: environment).flag("dry-run", false) {
            return try await PlanCommand.plan(settings, ConnectionSettings(environment: environment))
        }
        let logger = Logger(label: "mono-reconcile") { _ in
            LogLines(level: settings.logLevel, format: settings.logFormat)
        }
        Self.fitConcurrency(of: &settings, logger)
        let monitor = JobMonitor(settings, logger)
        let result: RunResult
        do throws(Failure) {
            result = try await carryOut(settings, ConnectionSettings(environment: environment), logger)
        } catch {
            await monitor.end(error, isInterrupted: error.code >= 128)
            throw error
        }
        if let note = result.report.note { Terminal.complain(note) }
        if !result.end.isLeftToOthers { show(result, settings) }
        let failure = Self.failure(of: result)
        await monitor.end(
            failure, run: result.end.isLeftToOthers ? nil : result.record, notice: notice(of: result, failure),
            isInterrupted: (failure?.code ?? 0) >= 128)
        if let failure { throw failure }
    }

    /// Calls in flight stay below what the limit of open files leaves: each may hold two connections.
    private static func fitConcurrency(of settings: inout RunSettings, _ logger: Logger) {
        let reserve = 64
        let room = max(1, (Process.raiseDescriptorLimit() - reserve) / 2)
        guard settings.concurrency > room else { return }
        logger.warning(
            "calls in flight are cut to what the limit of open files allows; raise it by ulimit -n",
            metadata: ["wanted": "\(settings.concurrency)", "cut_to": "\(room)"])
        settings.concurrency = room
    }

    private func carryOut(
        _ settings: RunSettings, _ connection: ConnectionSettings, _ logger: Logger
    ) async throws(Failure) -> RunResult {
        let key = try connection.secretKey()
        let baseURL = try connection.baseURL()
        let configuration = try connection.database()
        let signals = SignalBox()
        StopSignals.install(
            lastWords: "interrupted; what was settled is kept, the rest goes on with the next run", signals.raise)
        for warning in RunSettings.warnings(of: connection.environment) { logger.warning("\(warning)") }
        let database = Database(configuration) { notice in
            logger.debug("the database says", metadata: ["notice": "\(notice)"])
        }
        try await Schema.check(database)
        let accounts = try await LedgerReader(database: database).accounts(
            named: settings.accounts, subject: "--account")
        let options = RunOptions(
            rules: settings.rules, baseURL: baseURL.description, limit: settings.limit, maxCalls: settings.maxCalls,
            strict: settings.strict, force: settings.force, timeZone: settings.timeZone.name, prices: settings.prices)
        let executor = RunExecutor(
            RunExecutor.Setting(
                run: settings, accounts: accounts, options: options, key: key, baseURL: baseURL,
                configuration: configuration,
                database: database, logger: logger, signals: signals))
        let result = try await executor.run()
        await database.close()
        return result
    }

    private func show(_ result: RunResult, _ settings: RunSettings) {
        if settings.json {
            Terminal.print(String(decoding: SummaryJSON.bytes(of: result.record), as: UTF8.self))
        } else if !settings.quiet {
            if result.record.kind == .oneOff {
                for one in result.record.cases + result.end.elsewhere {
                    Terminal.print(
                        OneLine.text(of: one, zone: result.record.zone) + Self.nextAttempt(of: one, result.record))
                }
            } else {
                Terminal.print(SummaryTable.text(of: result.record, reportFolder: result.report.folder), .copy)
            }
        }
    }

    /// People are told of a nightly run once, by the first process to report it.
    private func notice(of result: RunResult, _ failure: Failure?) -> NightNotice? {
        guard result.report.isFirst, result.record.kind == .nightly else { return nil }
        return NightNotice(run: result.record, failure: failure, reportURL: result.report.url)
    }

    /// Until when Mono takes no request for an account that was put off; empty where that is not known.
    private static func nextAttempt(of one: CaseRecord, _ run: RunRecord) -> String {
        guard one.outcome == .deferred, let next = one.nextAttemptAt else { return "" }
        return " It may be tried again from \(LocalClock(zone: run.zone, now: run.finishedAt ?? next).minute(next))."
    }

    /// The exit code of the contract with its one line, nil when all is well.
    private static func failure(of result: RunResult) -> Failure? {
        let record = result.record
        let at = (result.report.url ?? result.report.folder).map { "; see \($0)" } ?? ""
        if result.end.isLeftToOthers, let stop = result.end.stop {
            if case .unreachable(let why) = stop {
                return Failure(
                    code: stop.exitCode,
                    "Mono cannot be reached from here: \(why); the other processes go on, look at this one's network")
            }
            return Failure(
                code: stop.exitCode, "interrupted; what was settled is kept, the other processes go on with the rest")
        }
        if let stop = result.end.stop { return Failure(code: stop.exitCode, "\(stop.message)\(at)") }
        if let error = result.report.error {
            return Failure(
                .reportNotWritten,
                "\(error); run \(record.runID) is kept: mono-reconcile report --run \(record.runID) --report-dir DIR")
        }
        guard result.end.exitCode != 0 else { return nil }
        let all = record.cases + result.end.elsewhere
        // What a night leaves out on purpose is no reason, unless there is no other.
        let others = all.filter { record.kind == .oneOff || !$0.isLeftOutOnPurpose }
        let cases = others.contains { $0.outcome?.failsRun(isStrict: false) == true } ? others : all
        var counts: [String] = []
        for outcome in Outcome.allCases where outcome.isUnresolved {
            let count = cases.count { $0.outcome == outcome }
            let isReason = outcome.failsRun(isStrict: false)
            if count > 0, isReason || count == cases.count { counts.append("\(count) \(outcome.rawValue)") }
        }
        let what = counts.isEmpty ? "not every account has its data" : counts.joined(separator: ", ")
        let list = at.isEmpty ? "; mono-reconcile report --run \(record.runID) writes the list" : at
        return Failure(code: result.end.exitCode, "run \(record.runID) ended with \(what)\(list)")
    }
}

extension StopReason {
    /// What happened and what to do.
    fileprivate var message: String {
        switch self {
        case .interrupted: "interrupted; what was settled is kept, the rest is deferred"
        case .keyRefused(let why): "Mono refuses the key: \(why); check MONO_SECRET_KEY"
        case .unreachable(let why): "Mono cannot be reached: \(why); check MONO_BASE_URL and the network"
        case .tryLater(let wait):
            "Mono asks to wait \(wait.components.seconds) s, longer than the window; run again later"
        }
    }
}

extension RunSettings {
    /// How progress is shown on standard error as it is.
    var progressStyle: ProgressStyle {
        ProgressStyle(
            progress, isQuiet: quiet || json, isTerminal: Terminal.isInteractive,
            environment: Environment.current)
    }
}
