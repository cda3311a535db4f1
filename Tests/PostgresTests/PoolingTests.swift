import Foundation
import Postgres
import TestSupport
import Testing

/// What lies between us and the server; with PgBouncer where it is installed.
@Suite(.timeLimit(.minutes(5))) struct PoolingTests {
    private static let pgbouncer = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test func `there is none on a connection of the server's own`() async throws {
        let test = try await TestCluster.shared.makeDatabase()
        #expect(try await Pooling.find(test.configuration) == .none)
    }

    @Test func `it is not found out without a server`() async throws {
        let port = try freeLoopbackPort()
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(port) user=nobody dbname=none", applicationName: "tests")
        let error = await #expect(throws: PostgresError.self) { try await Pooling.find(configuration) }
        #expect(error?.kind == .connectionFailed)
    }

    @Test(
        .enabled(if: pgbouncer != nil),
        arguments: [
            ("session", 5, .session), ("transaction", 5, .transaction), ("transaction", 1, .transaction),
            ("statement", 5, .transaction), ("session", 1, .unknown),
        ] as [(String, Int, Pooling)])
    func `it is what PgBouncer does`(mode: String, size: Int, expected: Pooling) async throws {
        let program = try #require(Self.pgbouncer)
        let cluster = try await TestCluster.shared
        let folder = FileManager.default.temporaryDirectory.appending(path: "pgbouncer-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let port = try freeLoopbackPort()
        let settings = """
            [databases]
            postgres = host=127.0.0.1 port=\(cluster.port) dbname=postgres user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            auth_type = any
            pool_mode = \(mode)
            default_pool_size = \(size)
            unix_socket_dir =
            ignore_startup_parameters = extra_float_digits, options
            \(geteuid() == 0 ? "user = nobody" : "")
            """
        try Data(settings.utf8).write(to: URL(filePath: "\(folder)/ini"))
        let log = try #require(FileHandle(forWritingAtPath: "/dev/null")).fileDescriptor
        let input = Pipe()
        // It ends with the test, whatever becomes of that: the shell waits for the end of its input.
        let child = try spawn(
            ["/bin/sh", "-c", #""$0" "$1" & read -r _; kill $!; wait"#, program, "\(folder)/ini"],
            environment: ["PATH": "/usr/bin:/bin"], input: input.fileHandleForReading.fileDescriptor, output: log,
            errors: log)
        let configuration = try PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(port) user=postgres dbname=postgres", applicationName: "tests")
        let found = await Result { try await patiently { try await Pooling.find(configuration) } }
        try input.fileHandleForWriting.close()
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.pgbouncer").async {
                var status: Int32 = 0
                while waitpid(child, &status, 0) == -1, errno == EINTR {}
                continuation.resume()
            }
        }
        try FileManager.default.removeItem(atPath: folder)
        #expect(try found.get() == expected)
    }

    /// Until PgBouncer listens.
    private func patiently(_ body: () async throws -> Pooling) async throws -> Pooling {
        for _ in 1...200 {
            do {
                return try await body()
            } catch let error as PostgresError where error.kind == .connectionFailed {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        return try await body()
    }

    @Test(
        arguments: [
            ("/run/postgresql", "", true), ("@socket", "", true), ("localhost", "127.0.0.1", true),
            ("::1", "::1", true),
            ("localhost", "127.8.9.1", true), ("x", "::ffff:127.0.0.1", true), ("db.example.com", "192.0.2.7", false),
            ("127.0.0.1.example.com", "192.0.2.7", false), ("x", "2001:db8::1", false),
            ("x", "::ffff:192.0.2.7", false),
            ("x", "", false), ("12.7.0.1", "12.7.0.1", false),
        ] as [(String, String, Bool)])
    func `a peer is on this machine or not`(host: String, address: String, isLocal: Bool) {
        #expect(Peer(host: host, address: address, isEncrypted: false).isLocal == isLocal)
    }

    @Test func `a connection knows its peer`() async throws {
        let cluster = try await TestCluster.shared
        let socket = Database(
            try PostgresConfiguration(connectionString: cluster.connectionString(), applicationName: "tests"))
        let overSocket = try await socket.run { (session) throws(PostgresError) in session.peer }
        #expect(overSocket == Peer(host: cluster.directory, address: "", isEncrypted: false))
        let network = Database(
            try PostgresConfiguration(
                connectionString: cluster.connectionString(usesTCP: true), applicationName: "tests"))
        let overTCP = try await network.run { (session) throws(PostgresError) in session.peer }
        #expect(overTCP == Peer(host: "127.0.0.1", address: "127.0.0.1", isEncrypted: false))
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
