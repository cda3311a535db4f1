import Ledger
import Logging
import Postgres
import Reconciliation
import Synchronization
import Testing

@testable import MonoReconcile

/// What is repeated while the database is away, and for how long.
struct RetryingLedgerTests {
    private static func ledger(
        patience: Duration, logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws -> RetryingLedger {
        // Nothing is asked of it: the operations of these tests answer themselves.
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=1 dbname=none", applicationName: "tests")
        let ledger = Ledger(
            database: Database(configuration), worker: Worker(host: "test", pid: 1),
            machine: { MachineTime(boot: "test", uptime: .zero) })
        return RetryingLedger(ledger, logger: logger, patience: patience)
    }

    @Test func `a database that stays away longer than the patience ends the job with 69`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await Self.ledger(patience: .milliseconds(50)).perform(.patient) { (_, _) throws(PostgresError) in
                throw PostgresError(.connectionLost, "the server is gone")
            }
        }
        #expect(failure?.code == 69)
    }

    @Test func `one that comes back is asked again, and told that this is a repeat`() async throws {
        let tries = Mutex<[Bool]>([])
        let answer = try await Self.ledger(patience: .seconds(60)).perform(.patient) {
            (_, isRepeat) throws(PostgresError) in
            tries.withLock { $0.append(isRepeat) }
            if !isRepeat { throw PostgresError(.connectionLost, "the server is gone") }
            return 42
        }
        #expect(answer == 42)
        #expect(tries.withLock { $0 } == [false, true])
    }

    @Test func `what a repeat would not mend is told at once`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await Self.ledger(patience: .seconds(60)).perform(.patient) { (_, _) throws(PostgresError) in
                throw PostgresError(.server, "relation does not exist", sqlState: .undefinedTable)
            }
        }
        #expect(failure?.code == 70)
    }

    @Test func `a server that does not answer is waited for no longer than one that is gone`() async throws {
        let latest = ContinuousClock.now + .seconds(61)
        let ledger = try Self.ledger(patience: .seconds(60))
        let deadline = try await ledger.perform(.patient) { (_, _) throws(PostgresError) in Database.deadline }
        #expect(try #require(deadline) < latest)
        // Where nothing is tried again, each statement has its own limit.
        #expect(try await ledger.perform(.once) { (_, _) throws(PostgresError) in Database.deadline } == nil)
    }

    @Test(
        arguments: [(.none, nil), (.session, nil), (.transaction, "15 s"), (.unknown, "pool_mode")]
            as [(Pooling, String?)])
    func `a run says what a pooler costs it`(pooling: Pooling, said: String?) throws {
        guard let said else { return #expect(RunWork.notice(of: pooling) == nil) }
        let notice = try #require(RunWork.notice(of: pooling))
        #expect(notice.contains(said) && notice.contains("next look"))
    }

    @Test(arguments: ["40001", "40P01", "55P03", "57014"], [RunLifecycle.Persistence.once, .patient])
    func `what may pass is tried again, is no repeat and no outage, and ends with 75`(
        state: String, persistence: RunLifecycle.Persistence
    ) async throws {
        let levels = LevelBook()
        let tries = Mutex<[Bool]>([])
        let ledger = try Self.ledger(patience: .milliseconds(100), logger: Logger(label: "test") { _ in levels })
        let failure = await #expect(throws: Failure.self) {
            try await ledger.perform(persistence) { (_, isRepeat) throws(PostgresError) in
                tries.withLock { $0.append(isRepeat) }
                throw PostgresError(.server, "in the way", sqlState: SQLState(rawValue: state))
            }
        }
        #expect(failure?.code == 75)
        #expect(tries.withLock { $0.count > 1 && !$0.contains(true) })
        let lines = levels.lines.withLock { $0 }
        #expect(lines.allSatisfy { !$0.contains("away") })
        #expect(state != "55P03" || lines.first == "waits for a lock held by another session")
    }

    @Test func `an outage is told once, and the next one again`() async throws {
        let levels = LevelBook()
        let ledger = try Self.ledger(patience: .seconds(60), logger: Logger(label: "test") { _ in levels })
        for _ in 1...2 {
            let tries = Mutex(0)
            try await ledger.perform(.patient) { (_, _) throws(PostgresError) in
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if number <= 2 { throw PostgresError(.connectionLost, "the server is gone") }
            }
        }
        #expect(levels.levels.withLock { $0 } == [.warning, .debug, .warning, .debug])
    }
}

/// A log that keeps the levels of its lines.
private final class LevelBook: LogHandler {
    let levels = Mutex<[Logger.Level]>([])
    let lines = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        levels.withLock { $0.append(event.level) }
        lines.withLock { $0.append(event.message.description) }
    }
}
