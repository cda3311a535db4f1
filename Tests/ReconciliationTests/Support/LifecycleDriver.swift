import Reconciliation

/// Executes a ``RunLifecycle`` against a scripted store, in virtual time: every request is answered at once.
struct LifecycleDriver {
    /// How the store answers; what it leaves nil is answered as by a store without cases.
    var answer: (StoreRequest) -> StoreAnswer?
    /// What comes from outside, by the number of the request that it follows.
    var signals: [Int: Int32] = [:]
    var isReportWritten = true
    var lifecycle: RunLifecycle
    private(set) var now = storyStart
    private(set) var requests: [StoreRequest] = []
    private(set) var actions: [RunLifecycle.Action] = []
    private(set) var phases: [RunPhase] = []

    init(
        _ purpose: RunLifecycle.Purpose = .nightly, options: RunOptions = .test,
        answer: @escaping (StoreRequest) -> StoreAnswer? = { _ in nil }
    ) {
        self.answer = answer
        lifecycle = RunLifecycle(
            purpose, options: options, limits: WorkerLimits(rate: 10, concurrency: 40), seed: 1)
    }

    /// Lives to the end, or to the thousandth turn.
    mutating func live() -> RunLifecycle.Action? {
        var inputs: [RunLifecycle.Input] = [.started]
        for _ in 0..<1_000 {
            var wake: Timestamp?
            let input = inputs.isEmpty ? .woken : inputs.removeFirst()
            lifecycle.take(input, at: now)
            for action in lifecycle.actions(at: now) {
                if phases.last != lifecycle.phase { phases.append(lifecycle.phase) }
                switch action {
                case .end, .refuse: return action
                case .wake(let at): wake = at
                default:
                    actions.append(action)
                    inputs += answers(to: action)
                }
            }
            if inputs.isEmpty, let wake { now = max(now, wake) }
            if inputs.isEmpty, wake == nil { return nil }
        }
        return nil
    }

    private mutating func answers(to action: RunLifecycle.Action) -> [RunLifecycle.Input] {
        switch action {
        case .ask(let request, _):
            requests.append(request)
            let told = RunLifecycle.Input.answered(request, answer(request) ?? request.emptyAnswer)
            return signals[requests.count].map { [.interrupted(signal: $0), told] } ?? [told]
        case .measureClock: return [.clockMeasured(jump: .zero)]
        case .report: return [.reported(isWritten: isReportWritten)]
        case .summarise: return [.reported(isWritten: true)]
        default: return []
        }
    }
}

extension RunOptions {
    static let test = RunOptions(rules: Rules(api: .realtime), baseURL: "https://mono.test")
}

extension OpenRun {
    static func test(
        _ runID: Int64 = 7, _ kind: RunKind = .nightly, age: Duration = .zero, isNew: Bool = true,
        options: RunOptions = .test
    ) -> OpenRun {
        OpenRun(
            runID: runID, kind: kind, startedAt: storyStart.advanced(by: .zero - age), options: options, age: age,
            isNew: isNew)
    }
}

extension StoreRequest {
    /// What a store without accounts, cases and other workers answers.
    var emptyAnswer: StoreAnswer {
        switch self {
        case .findStranded: .stranded([])
        case .openNightly: .opened(.test())
        case .findUnknown: .unknown([])
        case .openOneOff: .opened(.test(8, .oneOff))
        case .findElsewhere: .elsewhere([])
        case .findOthers: .others(false)
        case .readSigns: .signs(RunSigns(isEnlisted: true))
        case .reserve: .granted(SlotGrant(first: storyStart, spacing: .milliseconds(100), count: 0))
        case .claim: .claimed([], more: false)
        case .readNews: .news([:])
        case .intend: .intended(IntentResult())
        case .write: .wrote(WriteResult())
        case .findWitness: .witnesses([])
        case .learn: .learned(LookMemory())
        case .probe(let bank, _, _): .probing(bank, true)
        case .close: .closed(0)
        case .readElsewhere: .caseElsewhere(nil, isWorkedOn: false)
        case .enlist, .leave, .stop, .forgetStop, .hold, .tally, .deferRest: .done
        }
    }

    /// The request's name without its values.
    var name: String { String("\(self)".prefix { $0 != "(" }) }
}
