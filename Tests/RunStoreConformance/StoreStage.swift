package import Reconciliation

/// What a check needs beside the stores it asks: the accounts, Mono's events, crashes and the time.
///
/// A stage belongs to one check and begins empty. Checks ask for workers, put accounts, and read everything else back
/// through the stores themselves.
package protocol StoreStage: SendableMetatype {
    associatedtype Store: RunStore, SendableMetatype

    /// A worker of its own, with its own connection; it belongs to no run yet.
    func worker() async throws -> Store
    /// The same; its stage's runs select at most so many accounts at a time.
    func worker(slice: Int) async throws -> Store
    /// The accounts due that a run left without a case.
    func notSelected(in run: OpenRun) async throws -> Int
    /// Inserts an account's row, or replaces it.
    func put(_ account: StagedAccount) async throws
    /// Deletes an account's row; its cases stay.
    func remove(_ account: AccountID) async throws
    /// A trigger of the business's refuses every change of an account's row from now on.
    func refuse(_ account: AccountID) async throws
    /// No row is refused any more.
    func refuseNothing() async throws
    /// Does something while another session has locked an account's row.
    func whileLocked<Value: Sendable>(_ account: AccountID, _ body: () async throws -> Value) async throws -> Value
    /// Applies an event of Mono's to an account, arriving now.
    func record(_ event: StagedEvent, of account: AccountID) async throws
    /// The account's unresolved outcomes in a row.
    func failures(of account: AccountID) async throws -> Int
    /// What is known of the account: its row's standing.
    func standing(of account: AccountID) async throws -> Standing?
    /// A day passes: everything that was written so far lies a day further back. No worker is at work.
    func letDayPass() async throws
    /// Since when a bank fails; nil where it does not.
    func failingSince(_ bank: String) async throws -> Timestamp?
    /// What a closed run noted of its looks.
    func closing(of run: OpenRun) async throws -> ClosingNotes
    /// The calls of all kinds that a closed run counts: the sum over its workers.
    func calls(in run: OpenRun) async throws -> Int
    /// The worker's process dies: its connection and its lock go, its lease runs on. Nothing is asked of it any more.
    func kill(_ worker: Store) async throws
    /// The worker's connection is replaced by a new one: its lock goes, the worker works on.
    func loseConnection(of worker: Store) async throws
    /// The server restarts after a crash: all locks of all workers go at once, and these workers connect anew.
    func restartServer(under workers: [Store]) async throws
    /// The worker's lease has run out; its lock stays.
    func endLease(of worker: Store) async throws
    /// Time passes until every slot granted so far is in the past. No lease runs out by that.
    func letSlotsPass() async throws
    /// The account's last sync was requested an hour earlier than its row says.
    func letLimitPass(of account: AccountID) async throws
    /// The store's clock.
    func now() async throws -> Timestamp
}

/// What a run notes of its looks at its close.
package struct ClosingNotes: Equatable, Sendable {
    package var callsSaved: Int?
    package var laws: [BankLaw]

    package init(callsSaved: Int? = nil, laws: [BankLaw] = []) {
        self.callsSaved = callsSaved
        self.laws = laws
    }
}

/// An account's row, with ages instead of times; nil is null.
package struct StagedAccount: Sendable {
    package var id: AccountID
    package var hasData = false
    package var status: String?
    /// How long an update has been owed.
    package var debt: Duration?
    /// How long re-authorisation has been required.
    package var flag: Duration?
    /// How long ago a sync was last requested.
    package var tried: Duration?
    /// How long ago a case was last settled for which a call was made.
    package var asked: Duration?
    package var unlinked: Duration?
    package var institution: String?
    package var lastJob: String?
    package var failures = 0
    /// Whether the debt's date is one that cannot be read.
    package var hasImpossibleDebt = false

    package init(_ id: AccountID) { self.id = id }
}

/// One event of Mono's.
package enum StagedEvent: Sendable, CaseIterable {
    /// `account_updated` with `data_status` AVAILABLE: the data is there, nothing is owed, no flag.
    case good
    case reauthorisationRequired
    /// `account_reauthorized`: the flag goes, and an update is owed from now on.
    case reauthorised
    case unlinked
    /// `mono.accounts.jobs.update` of the job `event-job`, finished: it becomes the last job known.
    case jobFinished

    /// The job that ``jobFinished`` names.
    package static let job = "event-job"
}
