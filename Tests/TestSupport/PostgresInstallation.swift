import Foundation

/// Why a private cluster could not be had; the text says what to do.
package struct TestClusterError: Error, CustomStringConvertible {
    package let description: String

    /// Keeps the text.
    package init(description: String) {
        self.description = description
    }
}

/// Where PostgreSQL's programs are, and how to run them when the tests run as root.
struct PostgresInstallation: Sendable {
    let initdb: String
    let postgres: String
    let baseBackup: String
    /// The ordinary user the server runs as; nil when the tests run as one.
    let user: User?

    struct User: Sendable {
        let name: String
        let userID: uid_t
        let groupID: gid_t
    }

    /// Looks in `PATH`, then where Debian keeps the programs, newest version first.
    static func find() throws -> Self {
        let searched = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let directories = searched + debianDirectories()
        func program(_ name: String) throws -> String {
            let paths = directories.map { "\($0)/\(name)" }
            guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
                throw TestClusterError(
                    description: "PostgreSQL's \(name) was not found in PATH or /usr/lib/postgresql/*/bin; "
                        + "install the server: apt-get install postgresql")
            }
            return path
        }
        return try Self(
            initdb: program("initdb"), postgres: program("postgres"), baseBackup: program("pg_basebackup"),
            user: serverUser())
    }

    /// The command line that runs a program as the server's user.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        guard let user else { return [program] + arguments }
        return [
            "setpriv", "--reuid=\(user.userID)", "--regid=\(user.groupID)", "--clear-groups", program,
        ] + arguments
    }

    private static func debianDirectories() -> [String] {
        let root = "/usr/lib/postgresql"
        // No such folder is no error: PATH may have been enough.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.sorted { $0.compare($1, options: .numeric) == .orderedDescending }.map { "\(root)/\($0)/bin" }
    }

    /// PostgreSQL refuses to run as root.
    private static func serverUser() throws -> User? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            guard let entry = getpwnam(name) else { continue }
            return User(name: name, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
        }
        throw TestClusterError(
            description: "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
    }
}
