/// Mono's behaviour as a value: a request and its time go in, an answer and the events that follow come out.
///
/// It has no clock, socket or task, so that a test plays hours of it in a moment and gets the same each time.
struct Sandbox: Sendable {
    var settings: Settings
    /// By account id.
    var accounts: [String: SimulatedAccount] = [:]
    /// Every call so far.
    var book = CallBook()
    /// Codes that were exchanged: each is good for once.
    var usedCodes: Set<String> = []

    init(settings: Settings, accounts: [Account] = []) {
        self.settings = settings
        for account in accounts { self.accounts[account.id] = SimulatedAccount(account) }
    }

    /// Answers a request that arrived so many seconds after the start.
    mutating func answer(_ request: Request, at now: Double) -> Reply {
        let (path, query) = Self.split(request.target)
        let route = Route(method: request.method, path: path)
        if case .control(let words) = route { return control(words, query, request, at: now) }
        let wantsRealtime = ["x-realtime", "x-real-time"].contains { request.headers[$0]?.lowercased() == "true" }
        // Where v1 names the account in the path, v2 does so in the body.
        let account = route == .initiate ? Self.accountToReauthorise(request.body) : route.account
        var kind = route.kind(isRealtime: wantsRealtime)
        if kind == .reauth, Self.isFirstLink(request.body) { kind = .auth }
        var reply: Reply
        if request.headers["mono-sec-key"] == settings.key {
            reply = faulty(kind, account, at: now) { sandbox in
                sandbox.serve(route, kind, request, at: now)
            }
        } else {
            reply = Reply(answer: .failure(401, "Invalid or missing mono-sec-key"))
        }
        if reply.answer.delay == 0 { reply.answer.delay = settings.answerSeconds / settings.speed }
        let status = reply.answer.fault == .reset || reply.answer.fault == .hang ? 0 : reply.answer.status
        let call = Call(
            time: now, method: request.method, path: path, account: account, kind: kind, status: status,
            generation: route.generation, syncSeconds: reply.syncEnd.map { $0 - now })
        note(call)
        reply.call = call
        return reply
    }

    private mutating func serve(_ route: Route, _ kind: CallKind, _ request: Request, at now: Double) -> Reply {
        if let id = route.account, accounts[id]?.exists != true {
            return Reply(answer: .failure(404, "Account not found"))
        }
        return switch route {
        case .details(let generation, let id): details(of: id, generation, at: now)
        case .balance(let id), .transactions(let id):
            if kind == .trigger { refresh(id, route, at: now) } else { read(id, route, at: now) }
        case .job(let id, let job): self.job(job, of: id, at: now)
        case .sync(let id): sync(id, at: now)
        case .exchange(let generation): exchange(request.body, generation, at: now)
        case .initiate: initiate(request.body, at: now)
        case .reauthorise(let id): reauthorise(id, at: now)
        case .unlink(let generation, let id): unlink(id, generation, at: now)
        case .control, .unknown: Reply(answer: .failure(404, "No such page"))
        }
    }

    /// The account's details, which never say how the latest sync went.
    private func details(of id: String, _ generation: Generation, at now: Double) -> Reply {
        guard let state = accounts[id] else { return Reply(answer: .failure(404, "Account not found")) }
        let body = Bodies(settings: settings, now: now).details(state, generation)
        return Reply(answer: Answer(body))
    }

    /// Enters a call, and a trigger with whether it came too soon after one that may have been taken.
    private mutating func note(_ call: Call) {
        book.note(call)
        guard call.kind == .trigger, let id = call.account else { return }
        let last = accounts[id]?.lastReached[call.generation]
        let isInside = last.map { call.time - $0 < settings.limit(call.generation) } ?? false
        book.note(CallBook.Trigger(call: call, isInsideLimit: isInside), of: id)
        guard !isInside, !(400..<500).contains(call.status) else { return }
        accounts[id]?.lastReached[call.generation] = call.time
    }

    /// The path and the query's members, undecoded: the sandbox's own need no decoding.
    static func split(_ target: String) -> (path: String, query: [String: String]) {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
            query[sides[0]] = sides.count > 1 ? sides[1] : ""
        }
        return (parts.first ?? "/", query)
    }
}
