package import Reconciliation

/// The answer is not the one that belongs to the request.
package struct WrongAnswer: Error, CustomStringConvertible {
    package let description: String

    init(_ answer: StoreAnswer, _ request: StoreRequest) {
        description = "\(request) was answered by \(answer)"
    }
}

/// Every request as a method, with its answer taken out of ``StoreAnswer``.
extension RunStore {
    private func ask<Value>(
        _ request: StoreRequest, _ isRepeat: Bool, _ value: (StoreAnswer) -> Value?
    ) async throws -> Value {
        let answer = try await perform(request, isRepeat: isRepeat)
        guard let value = value(answer) else { throw WrongAnswer(answer, request) }
        return value
    }

    private func ask(_ request: StoreRequest, _ isRepeat: Bool) async throws {
        try await ask(request, isRepeat) { if case .done = $0 { () } else { nil } }
    }

    package func findStranded(isRepeat: Bool = false) async throws -> [OpenRun] {
        try await ask(.findStranded, isRepeat) { if case .stranded(let runs) = $0 { runs } else { nil } }
    }

    package func openNightly(_ options: RunOptions, isRepeat: Bool = false) async throws -> OpenRun {
        try await ask(.openNightly(options), isRepeat) { if case .opened(let run) = $0 { run } else { nil } }
    }

    package func openOneOff(
        _ accounts: [AccountID], _ options: RunOptions, isRepeat: Bool = false
    ) async throws -> OpenRun {
        try await ask(.openOneOff(accounts, options), isRepeat) { if case .opened(let run) = $0 { run } else { nil } }
    }

    package func findUnknown(_ accounts: [AccountID], isRepeat: Bool = false) async throws -> [AccountID] {
        try await ask(.findUnknown(accounts), isRepeat) { if case .unknown(let ids) = $0 { ids } else { nil } }
    }

    package func findElsewhere(
        _ accounts: [AccountID], than run: Int64, isRepeat: Bool = false
    ) async throws -> [AccountElsewhere] {
        try await ask(.findElsewhere(accounts, than: run), isRepeat) {
            if case .elsewhere(let held) = $0 { held } else { nil }
        }
    }

    package func enlist(run: Int64, isRepeat: Bool = false) async throws { try await ask(.enlist(run: run), isRepeat) }

    package func findOthers(run: Int64, isRepeat: Bool = false) async throws -> Bool {
        try await ask(.findOthers(run: run), isRepeat) { if case .others(let others) = $0 { others } else { nil } }
    }

    package func leave(isRepeat: Bool = false) async throws { try await ask(.leave, isRepeat) }

    package func findWitness(
        besides doubtful: [AccountID], of run: OpenRun, isRepeat: Bool = false
    ) async throws -> [AccountID]? {
        try await ask(.findWitness(besides: doubtful, of: run), isRepeat) {
            if case .witnesses(let accounts) = $0 { .some(accounts) } else { nil }
        }
    }

    package func readSigns(
        run: Int64, telling evidence: AnswerEvidence = AnswerEvidence(), isRepeat: Bool = false
    ) async throws -> RunSigns {
        try await ask(.readSigns(run: run, telling: evidence), isRepeat) {
            if case .signs(let signs) = $0 { signs } else { nil }
        }
    }

    package func stop(_ run: OpenRun, _ reason: StopReason, isRepeat: Bool = false) async throws {
        try await ask(.stop(run, reason), isRepeat)
    }

    package func forgetStop(_ run: OpenRun, isRepeat: Bool = false) async throws {
        try await ask(.forgetStop(run), isRepeat)
    }

    package func hold(until: Timestamp, isRepeat: Bool = false) async throws {
        try await ask(.hold(until: until), isRepeat)
    }

    package func reserve(_ slots: SlotRequest, of run: OpenRun, isRepeat: Bool = false) async throws -> SlotGrant {
        try await ask(.reserve(slots, of: run), isRepeat) { if case .granted(let grant) = $0 { grant } else { nil } }
    }

    package func tally(
        _ calls: CallCounts, unspent: Int = 0, of run: OpenRun, isRepeat: Bool = false
    ) async throws {
        try await ask(.tally(calls, unspent: unspent, of: run), isRepeat)
    }

    package func claim(
        limit: Int, number: Int, of run: OpenRun, isRepeat: Bool = false
    ) async throws -> (claims: [Claim], more: Bool) {
        try await ask(.claim(limit: limit, number: number, of: run), isRepeat) {
            if case .claimed(let claims, let more) = $0 { (claims, more) } else { nil }
        }
    }

    package func readNews(
        _ accounts: [AccountID], of run: OpenRun, isRepeat: Bool = false
    ) async throws -> [AccountID: News] {
        try await ask(.readNews(accounts, of: run), isRepeat) { if case .news(let news) = $0 { news } else { nil } }
    }

    package func intend(
        _ cases: [CaseSnapshot], of run: OpenRun, isRepeat: Bool = false
    ) async throws -> IntentResult {
        try await ask(.intend(cases, of: run), isRepeat) { if case .intended(let result) = $0 { result } else { nil } }
    }

    package func write(
        _ writes: [CaseWrite], calls: CallCounts = CallCounts(), of run: OpenRun, isRepeat: Bool = false
    ) async throws -> WriteResult {
        try await ask(.write(writes, calls: calls, of: run), isRepeat) {
            if case .wrote(let result) = $0 { result } else { nil }
        }
    }

    package func deferRest(_ deferral: Deferral, of run: OpenRun, isRepeat: Bool = false) async throws {
        try await ask(.deferRest(deferral, of: run), isRepeat)
    }

    package func learn(
        _ tallies: [LookKey: LookTally], of run: OpenRun, isRepeat: Bool = false
    ) async throws -> LookMemory {
        try await ask(.learn(tallies, of: run), isRepeat) { if case .learned(let memory) = $0 { memory } else { nil } }
    }

    package func probe(
        _ bank: String, after probes: Int, of run: OpenRun, isRepeat: Bool = false
    ) async throws -> Bool {
        try await ask(.probe(bank, after: probes, of: run), isRepeat) {
            if case .probing(bank, let isGranted) = $0 { isGranted } else { nil }
        }
    }

    package func close(
        _ run: OpenRun, interruption: Int? = nil, isRepeat: Bool = false
    ) async throws -> Int? {
        try await ask(.close(run, interruption: interruption), isRepeat) {
            if case .closed(let code) = $0 { .some(code) } else { nil }
        }
    }

    package func readElsewhere(
        _ account: AccountID, in run: Int64, isRepeat: Bool = false
    ) async throws -> (record: CaseRecord?, isWorkedOn: Bool) {
        try await ask(.readElsewhere(AccountElsewhere(account: account, runID: run)), isRepeat) {
            if case .caseElsewhere(let record, let isWorkedOn) = $0 { (record, isWorkedOn) } else { nil }
        }
    }
}
