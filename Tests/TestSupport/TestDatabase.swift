package import Postgres

/// A database of one test.
package struct TestDatabase: Sendable {
    /// Its name in the cluster.
    package let name: String
    /// How to reach it, for libpq.
    package let connectionString: String
    /// How to reach it, for `Database` and `Listener`.
    package let configuration: PostgresConfiguration

    init(name: String, connectionString: String) throws(PostgresError) {
        self.name = name
        self.connectionString = connectionString
        configuration = try PostgresConfiguration(
            connectionString: connectionString, applicationName: "tests")
    }

    /// A new connection to it, made on first use.
    package func connect(notices: (@Sendable (String) -> Void)? = nil) -> Database {
        Database(configuration, notices: notices)
    }
}
