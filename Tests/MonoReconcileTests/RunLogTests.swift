import Ledger
import Logging
import Reconciliation
import Testing

@testable import MonoReconcile

/// What the log says of a run at work.
struct RunLogTests {
    private static let start = Timestamp(microseconds: 1_773_108_000_000_000)

    private static func open(isNew: Bool = true) -> OpenRun {
        OpenRun(
            runID: 7, kind: .nightly, startedAt: start, options: RunOptions(rules: Rules(api: .realtime), baseURL: "x"),
            age: .zero, isNew: isNew)
    }

    private static func log(_ catcher: LogCatcher, _ level: Logger.Level = .debug) -> RunLog {
        var log = RunLog(catcher.logger(level))
        _ = log.begin(open())
        return log
    }

    @Test func `a call is one line, with what was answered and how long that took`() throws {
        let (catcher, account) = (LogCatcher(), try #require(AccountID("a1")))
        var log = Self.log(catcher)
        for (number, call) in [Call.details, .trigger, .job("j"), .reauthLink].enumerated() {
            log.sending(MonoCall(number: number, account: account, call: call))
        }
        let secret = Details(status: .partial, institution: "GTBank", bankCode: "058")
        let link = ReauthLink("https://link.example.com/secret")
        log.took(.called(number: 0, .details(.success(secret))))
        log.took(.called(number: 1, .trigger(.inDoubt(Doubt("HTTP 500", isAnswer: true)))))
        log.took(.called(number: 2, .job(.failure(.server(status: 503)))))
        log.took(.called(number: 3, .reauthLink(.success(link))))
        log.took(.called(number: 9, .job(.success(.finished))))
        #expect(catcher.lines.map(\.message) == ["called", "called", "called", "called"])
        #expect(catcher.lines.compactMap { $0.fields["call"] } == ["details", "trigger", "job", "reauth"])
        #expect(
            catcher.lines.compactMap { $0.fields["answer"] } == ["PARTIAL", "in doubt: HTTP 500", "HTTP 503", "a link"])
        for line in catcher.lines {
            #expect(line.level == .debug)
            #expect(line.fields.keys.sorted() == ["account", "answer", "call", "ms", "run"])
            #expect(line.fields["ms"].flatMap { Int($0) } != nil)
            #expect(line.fields["run"] == "7")
        }
    }

    @Test func `an event is told once, however often it is read`() throws {
        let (catcher, account) = (LogCatcher(), try #require(AccountID("a1")))
        var log = Self.log(catcher)
        let event = EventNote(key: "k", kind: .reauthorised, receivedAt: Self.start)
        let news = [account: News(account: nil, events: [event])]
        for _ in 0..<2 { log.took(.answered(.readNews([account], of: Self.open()), .news(news))) }
        #expect(
            catcher.lines == [
                LogCatcher.Line(
                    level: .debug, message: "heard",
                    fields: [
                        "account": "a1", "event": "account_reauthorized", "received_at": "2026-03-10T02:00:00.000Z",
                        "run": "7",
                    ])
            ])
    }

    @Test func `what was decided is told, and what was settled with its cause, once it is written`() throws {
        let catcher = LogCatcher()
        var log = Self.log(catcher)
        let accounts = try ["a1", "a2"].map { try #require(AccountID($0)) }
        let settlement = Settlement(.partial, cause: .syncFailedInPart, "GTBank said little")
        let writes = accounts.map { account in
            CaseWrite(
                Case(
                    Claim(accountID: account, reason: .requested, stuckSince: nil, news: News(account: nil)),
                    rules: Rules(api: .realtime), now: Self.start
                ).snapshot, .settlement(settlement))
        }
        var result = WriteResult()
        result.settled = [accounts[0]]
        log.took(.answered(.write(writes, calls: CallCounts(), of: Self.open()), .wrote(result)))
        let intents = IntentResult(committed: [accounts[1]: CommittedIntent(at: Self.start, account: AccountState())])
        log.took(.answered(.intend([], of: Self.open()), .intended(intents)))
        #expect(catcher.lines.map(\.message) == ["settled", "decided: ask for a sync"])
        #expect(
            catcher.lines.first?.fields
                == ["account": "a1", "outcome": "partial", "cause": "sync_failed_in_part", "run": "7"])
        #expect(catcher.lines.last?.fields == ["account": "a2", "run": "7"])
    }

    @Test func `the end has counts, calls and duration; a process that leaves says so`() {
        let catcher = LogCatcher()
        let log = Self.log(catcher, .info)
        var record = RunRecord(runID: 7, kind: .nightly, startedAt: Self.start)
        record.cases = [Outcome.recovered, .recovered, .deferred].map { outcome in
            var one = CaseRecord(runID: 7, accountID: "x", reason: .missingUpdate)
            one.outcome = outcome
            return one
        }
        record.calls.details = 5
        record.exitCode = 1
        log.ended(record)
        record.finishedAt = Self.start.advanced(by: .seconds(61))
        log.ended(record)
        #expect(catcher.lines.map(\.message) == ["left to other processes", "ended"])
        #expect(
            catcher.lines.last?.fields == [
                "run": "7", "outcomes": "recovered=2,deferred=1", "calls": "5", "seconds": "61", "exit_code": "1",
            ])
    }

    @Test func `at info nothing is said of single accounts`() throws {
        let (catcher, account) = (LogCatcher(), try #require(AccountID("a1")))
        var log = Self.log(catcher, .info)
        log.sending(MonoCall(number: 0, account: account, call: .details))
        log.took(.called(number: 0, .details(.failure(.notFound))))
        #expect(catcher.lines.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a run tells its beginning, and each minute how far it is`() async throws {
        let catcher = LogCatcher()
        let log = try #require(
            MinuteLog.start(catcher.logger(.info), Self.open(), rate: 10, pause: .milliseconds(1)) {
                var progress = RunProgress(at: Self.start)
                progress.banks = [RunProgress.Bank(name: "GTBank", total: 9, open: 4)]
                progress.waiting = 3
                progress.callsElsewhere.job = 20
                return progress
            })
        let lines = await catcher.next(3)
        await log.end()
        #expect(lines.map(\.message) == ["begins", "at work", "at work"])
        #expect(lines.first?.fields == ["kind": "nightly", "accounts": "9", "api": "realtime", "rate": "10.0"])
        #expect(
            lines.last?.fields == [
                "settled": "5", "accounts": "9", "calls": "20", "calls_last_minute": "0", "syncs_under_way": "3",
            ])
    }

    @Test(.timeLimit(.minutes(1)))
    func `the beginning of the shortest run is told all the same, and nobody's wish costs nothing`() async throws {
        let catcher = LogCatcher()
        let log = MinuteLog.start(catcher.logger(.info), Self.open(isNew: false), rate: 0.5) { nil }
        await log?.end()
        #expect(catcher.lines.map(\.message) == ["joined"])
        #expect(MinuteLog.start(catcher.logger(.notice), Self.open(), rate: 1) { nil } == nil)
    }
}
