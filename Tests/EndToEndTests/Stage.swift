import Foundation
import Postgres
import TestSupport
import Testing

/// What one test needs: a database with its accounts, a sandbox that knows them, and a folder.
struct Stage: Sendable {
    /// The key that the sandbox accepts.
    static let key = "test_sk_stage"
    /// Options of a run that lasts seconds.
    static let quick = ["--window", "2s", "--poll-first", "100ms", "--poll-max", "500ms", "--rate", "200"]

    let database: TestDatabase
    /// The test's own connection.
    let sql: Database
    let sandbox: SandboxProcess
    let folder: String
    /// Variables that name the database, the sandbox and the key.
    let environment: [String: String]

    var reports: String { "\(folder)/reports" }

    /// Sets a stage, plays, and clears it away.
    ///
    /// At most a few stages are set at a time: programs under test that wait for a processor tell nothing.
    static func with(
        _ accounts: [Sample], sandboxOptions: [String] = [], cluster: TestCluster? = nil,
        _ play: (Stage) async throws -> Void
    ) async throws {
        try await Doorkeeper.shared.admitted {
            let stage = try await Stage(accounts, sandboxOptions, cluster)
            let result: Result<Void, any Error>
            do {
                result = .success(try await play(stage))
            } catch {
                result = .failure(error)
            }
            await stage.sandbox.stop()
            await stage.sql.close()
            try FileManager.default.removeItem(atPath: stage.folder)
            try result.get()
        }
    }

    private init(_ accounts: [Sample], _ options: [String], _ cluster: TestCluster?) async throws {
        let home: TestCluster
        if let cluster { home = cluster } else { home = try await TestCluster.shared }
        database = try await home.makeDatabase(preparedAs: "end_to_end") { template in
            let migration = try await Tool.run(
                .reconcile, ["migrate"], environment: ["DATABASE_URL": template.connectionString])
            // Not an expectation: every test that needs the database must fail.
            guard migration.code == 0 else { throw ToolError(description: "migrate: \(migration.errors)") }
            let sql = template.connect()
            try await sql.execute("create role night login in role mono_reconciler")
            try await sql.execute("create role hook login in role mono_webhook")
            await sql.close()
        }
        sql = database.connect()
        folder = try Folder.make()
        sandbox = try await SandboxProcess(accounts, key: Self.key, folder: folder, options: options)
        // With the rights of the nightly job and no others; a later word wins.
        environment = [
            "DATABASE_URL": database.connectionString + " user=night", "MONO_BASE_URL": sandbox.baseURL,
            "MONO_SECRET_KEY": Self.key,
        ]
        try await insert(accounts)
    }

    /// Runs `mono-reconcile` with this stage's environment, its reports in the stage's folder.
    func reconcile(_ arguments: [String] = [], environment more: [String: String] = [:]) async throws -> Tool.Completion
    {
        try await start(arguments, environment: more).completion()
    }

    /// Starts `mono-reconcile` likewise, without waiting for it.
    func start(
        _ arguments: [String] = [], environment more: [String: String] = [:], output: PipeText? = nil,
        errors: PipeText? = nil
    ) throws -> Tool {
        var variables = environment
        variables["MONO_RECONCILE_REPORT_DIR"] = reports
        return try Tool(
            .reconcile, arguments, environment: variables.merging(more) { $1 }, output: output, errors: errors)
    }

    /// The accounts as our database knows them: stuck and flagged ones have been so for an hour.
    func insert(_ accounts: [Sample]) async throws {
        let (ids, had) = (accounts.map(\.id), accounts.map(\.hadData))
        let (awaiting, flagged) = (accounts.map(\.isAwaiting), accounts.map(\.isFlagged))
        try await sql.execute(
            """
            insert into mono.accounts (account_id, customer_ref, connected_at, data_available, awaiting_update_since,
                reauthorisation_required_since)
            select id, 'ref-' || id, now() - interval '2 hours', had_data,
                case when awaiting then now() - interval '1 hour' end,
                case when flagged then now() - interval '1 hour' end
            from unnest(\(ids), \(had), \(awaiting), \(flagged)) as t (id, had_data, awaiting, flagged)
            """)
    }
}

/// Folders of tests.
enum Folder {
    /// Makes an empty one in the system's place for such.
    static func make() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "end-to-end-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        return url.path
    }
}

/// Lets a few tests at a time start programs.
actor Doorkeeper {
    static let shared = Doorkeeper(places: 3)

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Performs the body when there is a place.
    nonisolated func admitted(_ body: () async throws -> Void) async throws {
        await enter()
        do {
            try await body()
        } catch {
            await leave()
            throw error
        }
        await leave()
    }

    private func enter() async {
        guard places == 0 else {
            places -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        guard waiting.isEmpty else { return waiting.removeFirst().resume() }
        places += 1
    }
}
