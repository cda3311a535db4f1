package import Reconciliation
import Testing

/// One worker of a run with the cases that it claimed, as its scheduler would know them.
struct Hands<Store: RunStore> {
    let store: Store
    let run: OpenRun
    var cases: [AccountID: CaseSnapshot] = [:]
    private var claimNumber = 0

    /// A worker that is enlisted for a run.
    init(_ store: Store, _ run: OpenRun) async throws {
        self.store = store
        self.run = run
        try await store.enlist(run: run.runID)
    }

    /// Claims, and returns the accounts in the order of the answer.
    @discardableResult
    mutating func claim(limit: Int = 1_000) async throws -> [AccountID] {
        claimNumber += 1
        let claims = try await store.claim(limit: limit, number: claimNumber, of: run).claims
        for claim in claims { hold(claim) }
        return claims.map(\.accountID)
    }

    mutating func hold(_ claim: Claim) {
        cases[claim.accountID] = CaseSnapshot(claim, run)
    }

    /// The case of an account in these hands.
    subscript(_ id: AccountID) -> CaseSnapshot {
        get {
            if let one = cases[id] { return one }
            Issue.record("the worker holds no case of \(id)")
            return CaseSnapshot(
                Claim(accountID: id, reason: .requested, stuckSince: nil, news: News(account: nil)), run)
        }
        set { cases[id] = newValue }
    }

    /// Asks for intents, and tells the cases what was committed.
    @discardableResult
    mutating func intend(_ ids: AccountID...) async throws -> IntentResult {
        let result = try await store.intend(ids.map { self[$0] }, of: run)
        for (id, intent) in result.committed { self[id].note(intent) }
        return result
    }

    /// Writes one thing of some cases.
    @discardableResult
    func write(_ kind: CaseWrite.Kind, _ ids: AccountID..., calls: CallCounts = CallCounts()) async throws
        -> WriteResult
    {
        try await store.write(ids.map { CaseWrite(self[$0], kind) }, calls: calls, of: run)
    }

    /// Settles some cases with one outcome.
    @discardableResult
    func settle(_ outcome: Outcome, _ ids: AccountID...) async throws -> WriteResult {
        try await store.write(ids.map { CaseWrite(self[$0], .end(outcome)) }, of: run)
    }

    /// Settles every case in hand with one outcome.
    func settleAll(_ outcome: Outcome = .recovered) async throws {
        _ = try await store.write(cases.keys.sorted().map { CaseWrite(self[$0], .end(outcome)) }, of: run)
    }

    /// The account's case of this run, as the store has it.
    func record(_ id: AccountID) async throws -> CaseRecord? {
        try await store.readElsewhere(id, in: run.runID).record
    }

    /// The account's row, as the store has it.
    func state(_ id: AccountID) async throws -> AccountState? {
        try await store.readNews([id], of: run)[id]?.account
    }
}

extension CaseSnapshot {
    /// A case as it was claimed.
    init(_ claim: Claim, _ run: OpenRun) {
        self = Case(claim, rules: run.options.rules, now: run.startedAt).snapshot
    }

    /// An intent was committed for it.
    mutating func note(_ intent: CommittedIntent) {
        requestedBeforeIntent = account?.lastSyncRequestedAt
        jobBefore = account?.lastSyncJobID
        account = intent.account
        intendedAt = intent.at
    }
}

extension CaseWrite.Kind {
    /// A settlement with nothing special about it.
    static func end(_ outcome: Outcome, clearsFlag: Bool = false, withdrawsIntent: Bool = false) -> Self {
        .settlement(
            Settlement(
                outcome, cause: .syncInDoubt, "a check", clearsFlag: clearsFlag, withdrawsIntent: withdrawsIntent))
    }
}

extension StoreStage {
    /// A run of accounts that owe an update for an hour, opened and claimed by a worker.
    func night(_ accounts: Int = 1, options: RunOptions = .check) async throws -> Hands<Store> {
        for number in 0..<accounts { try await put(.owing(number)) }
        var hands = try await opened(options)
        try await hands.claim()
        return hands
    }

    /// A worker that has opened the nightly run, or joined it.
    func opened(_ options: RunOptions = .check) async throws -> Hands<Store> {
        let store = try await worker()
        let run = try await store.openNightly(options)
        return try await Hands(store, run)
    }

    /// Another worker of a run, without a case.
    func another(of run: OpenRun) async throws -> Hands<Store> {
        try await Hands(try await worker(), run)
    }
}

extension StagedAccount {
    /// An account with data that owes an update for an hour.
    static func owing(_ number: Int) -> Self { owing(.numbered(number)) }

    static func owing(_ id: AccountID) -> Self {
        var account = Self(id)
        account.hasData = true
        account.debt = .seconds(3_600)
        return account
    }

    /// An account with data that must be re-authorised for an hour.
    static func flagged(_ number: Int) -> Self {
        var account = Self(.numbered(number))
        account.hasData = true
        account.flag = .seconds(3_600)
        return account
    }
}

extension RunOptions {
    /// Window 60 s, stuck after 5 minutes, Mono's limit 2 minutes.
    static let check = RunOptions(
        rules: Rules(api: .dataSync, window: .seconds(60)), baseURL: "https://api.withmono.com")

    static func check(limit: Int? = nil, maxCalls: Int? = nil, strict: Bool = false, force: Bool = false) -> Self {
        var options = check
        options.limit = limit
        options.maxCalls = maxCalls
        options.strict = strict
        options.force = force
        return options
    }
}

extension AccountID {
    /// The accounts of the checks, in their order.
    package static func numbered(_ number: Int) -> Self {
        guard let id = Self("a\(10_000 + number)") else { preconditionFailure("\(number) makes no Account ID") }
        return id
    }
}

extension CallCounts {
    /// So many reads of details.
    static func details(_ count: Int) -> Self {
        var calls = Self()
        calls.details = count
        return calls
    }
}

extension Deferral {
    static func check(_ scope: Scope, _ cause: Cause = .interrupted) -> Self {
        Self(cause: cause, detail: "a check", scope: scope)
    }
}
