import Reconciliation
import RunStoreConformance
import Simulation

/// The store in memory, as the checks of `RunStoreConformance` ask for it: every request takes a microsecond.
final class MemoryStage: StoreStage {
    /// One worker with its connection, which may be replaced.
    final class Worker: RunStore {
        fileprivate var connection: MemoryConnection

        fileprivate init(_ connection: MemoryConnection) { self.connection = connection }

        func perform(_ request: StoreRequest, isRepeat: Bool) throws(MemoryStore.ConnectionLost) -> StoreAnswer {
            connection.store.clock.now = connection.store.clock.now.advanced(by: .microseconds(1))
            return try connection.perform(request, isRepeat: isRepeat)
        }
    }

    private let store = MemoryStore(clock: VirtualClock())
    private var events = 0

    func worker() -> Worker {
        Worker(MemoryConnection(store: store, session: store.openSession(), worker: store.makeWorker()))
    }

    func worker(slice: Int) -> Worker {
        store.slice = slice
        return worker()
    }

    func notSelected(in run: OpenRun) -> Int { store.runs[run.runID]?.notSelected ?? -1 }

    func put(_ account: StagedAccount) {
        let now = store.clock.now
        func past(_ age: Duration?) -> Timestamp? { age.map { now.advanced(by: .zero - $0) } }
        var row = MemoryStore.AccountRow()
        row.state = AccountState(
            dataAvailable: account.hasData, dataStatus: account.status, awaitingSince: past(account.debt),
            flaggedSince: past(account.flag), unlinkedAt: past(account.unlinked),
            lastSyncRequestedAt: past(account.tried), lastSyncJobID: account.lastJob)
        row.state.hasImpossibleTime = account.hasImpossibleDebt
        row.lastTriedAt = past(account.asked)
        row.consecutiveFailures = account.failures
        row.institution = account.institution
        store.put(account.id, row)
    }

    func remove(_ account: AccountID) { store.delete(account) }

    func refuse(_ account: AccountID) { store.rowFaults[account] = RowFault(.refused, "a check") }

    func refuseNothing() { store.rowFaults = [:] }

    func whileLocked<Value: Sendable>(_ account: AccountID, _ body: () async throws -> Value) async throws -> Value {
        store.rowFaults[account] = RowFault(.locked, "a check")
        defer { store.rowFaults[account] = nil }
        return try await body()
    }

    func record(_ event: StagedEvent, of account: AccountID) {
        events += 1
        store.clock.now = store.clock.now.advanced(by: .microseconds(1))
        let webhook = Webhook(
            account: account, kind: event.kind, number: events, hasID: true, occurredAt: store.clock.now)
        _ = store.record(webhook)
    }

    func failures(of account: AccountID) -> Int { store.accounts[account]?.consecutiveFailures ?? 0 }

    func standing(of account: AccountID) -> Standing? { store.accounts[account]?.standing }

    func letDayPass() { store.clock.now = store.clock.now.advanced(by: .seconds(86_400)) }

    func failingSince(_ bank: String) -> Timestamp? { store.banks[bank]?.failingSince }

    func closing(of run: OpenRun) -> ClosingNotes {
        ClosingNotes(callsSaved: store.runs[run.runID]?.callsSaved, laws: store.runs[run.runID]?.laws ?? [])
    }

    func calls(in run: OpenRun) -> Int { store.runs[run.runID]?.calls.total ?? 0 }

    func kill(_ worker: Worker) { store.closeSession(worker.connection.session) }

    func restartServer(under workers: [Worker]) {
        store.shutDown()
        store.isUp = true
        for worker in workers { loseConnection(of: worker) }
    }

    func loseConnection(of worker: Worker) {
        let lost = worker.connection
        store.closeSession(lost.session)
        worker.connection = MemoryConnection(store: store, session: store.openSession(), worker: lost.worker)
    }

    func endLease(of worker: Worker) { store.endLease(of: worker.connection.worker) }

    func letSlotsPass() {
        store.clock.now = max(store.clock.now, store.rate.nextSlot.advanced(by: .milliseconds(1)))
    }

    func letLimitPass(of account: AccountID) {
        store.change(account) { row in
            row.state.lastSyncRequestedAt = row.state.lastSyncRequestedAt?.advanced(by: .seconds(-3_600))
        }
    }

    func now() -> Timestamp { store.clock.now }
}

extension StagedEvent {
    fileprivate var kind: Webhook.Kind {
        switch self {
        case .good: .updated(.available, sync: nil, job: nil)
        case .reauthorisationRequired: .reauthorisationRequired
        case .reauthorised: .reauthorised
        case .unlinked: .unlinked
        case .jobFinished: .jobUpdate(job: Self.job, .finished)
        }
    }
}
