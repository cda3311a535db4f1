import FoundationEssentials
package import NIOCore
import NIOHTTP1
import NIOPosix
package import Reconciliation

/// Mono's API: an account's details, a job's status, a sync, a code's account, and a link to re-authorise.
///
/// Each call is one request, never repeated here: repeats and rates are the caller's. Cancelling the task ends
/// a call at once. `shutdown` must be called before the last copy goes.
package struct MonoClient: Sendable, CustomStringConvertible, CustomReflectable {
    /// How long connecting and reading may take.
    package struct Limits: Sendable {
        /// TCP and TLS together, a wait for a free connection included.
        package var connect: Duration
        /// One read, from the call to the body's end.
        package var read: Duration

        /// The limits that suit Mono; others are for tests.
        package init(connect: Duration = .seconds(5), read: Duration = .seconds(15)) {
            self.connect = connect
            self.read = read
        }
    }

    private let baseURL: BaseURL
    private let key: SecretKey
    private let api: APIGeneration
    private let userAgent: String
    private let triggerTimeout: Duration
    private let limits: Limits
    private let reads: Transport
    private let triggers: Transport

    /// Makes a client with `concurrency` connections for reads and as many for triggers.
    ///
    /// Each trigger has a connection of its own: an idle one that the server is just closing would leave it in
    /// doubt whether the trigger was taken. `triggerTimeout` is the run's window; `version` is this program's; `uptime`
    /// tells the time since the machine's boot, suspension included. Connections live on `loops`.
    package init(
        baseURL: BaseURL, key: SecretKey, api: APIGeneration, concurrency: Int, triggerTimeout: Duration,
        version: String, limits: Limits = Limits(), uptime: @escaping @Sendable () -> Duration,
        on loops: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) {
        self.baseURL = baseURL
        self.key = key
        self.api = api
        self.triggerTimeout = triggerTimeout
        self.limits = limits
        userAgent = "mono-reconcile/\(version)"
        reads = Transport(connections: concurrency, usesPerConnection: nil, connectLimit: limits.connect, on: loops)
        triggers = Transport(
            connections: concurrency, usesPerConnection: 1, connectLimit: limits.connect, uptime: uptime, on: loops)
    }

    /// The address and the generation.
    package var description: String { "MonoClient(\(baseURL), \(api.rawValue))" }

    /// Nothing: a mirror would walk into connections, where requests wait with their headers.
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Asks for the account's details.
    package func details(of account: AccountID) async -> Result<Details, ReadFailure> {
        Self.details(in: await lookAt(account), of: account)
    }

    /// Asks for the account's details, and says whether the body is a JSON object with a text `message`, as Mono's
    /// refusals are.
    package func probe(_ account: AccountID) async -> (answer: Result<Details, ReadFailure>, isMonosWay: Bool) {
        let answer = await lookAt(account)
        var isMonosWay = false
        if case .success(let answer) = answer, case .whole(let body) = answer.body {
            isMonosWay = WireValue(body)?["message"]?.string != nil
        }
        return (Self.details(in: answer, of: account), isMonosWay)
    }

    /// Asks for a realtime job's status; an id that is none is refused without a call.
    package func job(_ job: String, of account: AccountID) async -> Result<JobStatus, ReadFailure> {
        guard let id = JobID(job) else { return .failure(.unreadable("the job id is ill-formed")) }
        return await read("/v2/accounts/\(account)/jobs/\(id.rawValue)").flatMap {
            JobDecoder.read($0, job: id.rawValue, of: account)
        }
    }

    /// Asks for a sync, sent once at most whatever happens.
    ///
    /// Once `latest` (a time since boot) has come, no byte leaves any more: that is looked at when the connection
    /// stands, right before the first byte is written. `.refused(.noConnection)` only with proof that no byte has left; anything else without an answer is
    /// `.inDoubt`.
    package func trigger(_ account: AccountID, leavingBefore latest: Duration) async -> SyncAnswer {
        switch api {
        case .realtime: await triggerRealtime(account, latest)
        case .dataSync: await triggerDataSync(account, latest)
        }
    }

    /// Exchanges the widget's code for the Account ID, sent once at most: a code works only once.
    package func exchange(_ code: LinkCode) async -> Result<AccountID, ExchangeFailure> {
        let path =
            switch api {
            case .realtime: "/v2/accounts/auth"
            case .dataSync: "/account/auth"
            }
        let request = request(.POST, path, body: ["code": code.value])
        switch await triggers.send(request, within: limits.read, body: .read) {
        case .success(let answer):
            if let failure = answer.foreignness {
                return .failure(.inDoubt(Doubt(failure.word, isAnswer: false)))
            }
            guard case .whole(let body) = answer.body else {
                let why = "HTTP \(answer.status), cut short or larger than 1 MiB"
                return .failure(.inDoubt(Doubt(why, isAnswer: true)))
            }
            return ExchangeDecoder.read(status: answer.status, headers: answer.headers, body: body, now: Self.now())
        case .failure(.nothingLeft(let text)): return .failure(.noConnection(text))
        case .failure(.lost(let text)): return .failure(.inDoubt(Doubt(text, isAnswer: false)))
        }
    }

    /// Asks for what lets the customer re-authorise: a link, or a token for data-sync.
    ///
    /// Nothing but the account is told: a `meta.ref` of ours would come back in events as the customer's.
    package func reauthorisationLink(of account: AccountID) async -> Result<ReauthLink, ReauthFailure> {
        let request =
            switch api {
            case .realtime:
                request(.POST, "/v2/accounts/initiate", body: ["scope": "reauth", "account": account.rawValue])
            case .dataSync: request(.POST, "/accounts/\(account)/reauthorise")
            }
        switch await triggers.send(request, within: limits.read, body: .read) {
        case .success(let answer):
            if let failure = answer.foreignness { return .failure(.failed(failure)) }
            switch answer.body {
            case .whole(let body):
                return ReauthDecoder.read(
                    api, status: answer.status, headers: answer.headers, body: body, of: account, now: Self.now())
            case .tooLarge: return .failure(.failed(.unreadable("larger than 1 MiB")))
            case .broken, .discarded: return .failure(.failed(.transport("the answer was cut short")))
            }
        case .failure(.nothingLeft(let text)), .failure(.lost(let text)):
            return .failure(.failed(.transport(text)))
        }
    }

    /// Closes all connections.
    ///
    /// Calls under way fail. Calling it again does nothing.
    package func shutdown() async {
        await reads.shutdown()
        await triggers.shutdown()
    }

    private func lookAt(_ account: AccountID) async -> Result<HTTPAnswer, TransportFailure> {
        let path =
            switch api {
            case .realtime: "/v2/accounts/\(account)"
            case .dataSync: "/accounts/\(account)"
            }
        return await reads.send(request(.GET, path), within: limits.read, body: .read)
    }

    private static func details(
        in answer: Result<HTTPAnswer, TransportFailure>, of account: AccountID
    ) -> Result<Details, ReadFailure> {
        body(of: answer).flatMap { DetailsDecoder.read($0, of: account) }
    }

    private func triggerRealtime(_ account: AccountID, _ latest: Duration) async -> SyncAnswer {
        var request = request(.GET, "/v2/accounts/\(account)/transactions")
        request.headers.add(name: "x-realtime", value: "true")
        request.leave(before: latest)
        // The body of a success holds transactions, which this program must not see.
        switch await triggers.send(request, within: triggerTimeout, body: .discard) {
        case .success(let answer):
            let read = RealtimeTrigger.read(status: answer.status, headers: answer.headers, now: Self.now())
            switch read {
            case .refused, .inDoubt, .withoutJob:
                return answer.foreignness.map { .inDoubt(Doubt($0.word, isAnswer: false)) } ?? read
            case .started, .succeeded, .reauthorise, .bankError, .incomplete, .failed: return read
            }
        case .failure(let failure):
            return SyncAnswer(failure)
        }
    }

    private func triggerDataSync(_ account: AccountID, _ latest: Duration) async -> SyncAnswer {
        var request = request(.POST, "/accounts/\(account)/sync")
        request.leave(before: latest)
        switch await triggers.send(request, within: triggerTimeout, body: .read) {
        case .success(let answer):
            if let failure = answer.foreignness { return .inDoubt(Doubt(failure.word, isAnswer: false)) }
            // The body decides, so a status without its body says nothing.
            switch answer.body {
            case .whole(let body):
                return DataSyncTrigger.read(
                    status: answer.status, headers: answer.headers, body: body, now: Self.now())
            case .tooLarge: return .inDoubt(Doubt("HTTP \(answer.status), larger than 1 MiB", isAnswer: true))
            case .broken, .discarded: return .inDoubt(Doubt("HTTP \(answer.status), cut short", isAnswer: true))
            }
        case .failure(let failure):
            return SyncAnswer(failure)
        }
    }

    /// The body of a 2xx, or why there is none.
    private func read(_ path: String) async -> Result<[UInt8], ReadFailure> {
        Self.body(of: await reads.send(request(.GET, path), within: limits.read, body: .read))
    }

    private static func body(of answer: Result<HTTPAnswer, TransportFailure>) -> Result<[UInt8], ReadFailure> {
        switch answer {
        case .success(let answer):
            if let failure = answer.foreignness { return .failure(failure) }
            let retryAfter = RetryAfter.read(answer.headers, now: now())
            if let failure = HTTPStatus.readFailure(answer.status, retryAfter: retryAfter) { return .failure(failure) }
            switch answer.body {
            case .whole(let body): return .success(body)
            case .tooLarge: return .failure(.unreadable("larger than 1 MiB"))
            case .broken, .discarded: return .failure(.transport("the answer was cut short"))
            }
        case .failure(.nothingLeft(let text)), .failure(.lost(let text)):
            return .failure(.transport(text))
        }
    }

    /// A request; `body` becomes a JSON object.
    private func request(_ method: HTTPMethod, _ path: String, body: [String: String]? = nil) -> HTTPRequest {
        var request = HTTPRequest(
            url: baseURL.appending(path), method: method,
            headers: ["mono-sec-key": key.value, "accept": "application/json", "user-agent": userAgent])
        // Texts alone can always be encoded.
        if let body, let json = try? JSONEncoder().encode(body) {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = Array(json)
        }
        return request
    }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970) }
}

extension HTTPRequest {
    /// Tells the ``DepartureGuard`` when the request is not meant any more.
    fileprivate mutating func leave(before latest: Duration) {
        let (seconds, attoseconds) = latest.components
        headers.add(name: DepartureGuard.header, value: String(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}

extension SyncAnswer {
    fileprivate init(_ failure: TransportFailure) {
        self =
            switch failure {
            case .nothingLeft(let text): .refused(.noConnection(text))
            case .lost(let text): .inDoubt(Doubt(text, isAnswer: false))
            }
    }
}
