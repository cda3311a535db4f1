package import Postgres

/// What is done to the database outside a run: Mono's events, linked accounts, pruning.
package struct LedgerAdmin: Sendable {
    package let database: Database

    package init(database: Database) {
        self.database = database
    }
}
