import CLibPQ
import Dispatch
import Glibc
import Synchronization

/// One attempt to connect, on a thread of its own, that its waiter can give up at any time.
///
/// It goes through all servers and their addresses as libpq would, and divides its time among them: a server that says
/// nothing costs its share, one that refuses leaves its share to the others. An attempt given up goes on in the
/// background until its limit and then closes what it got.
final class ConnectAttempt: Sendable {
    private enum State {
        case waiting
        case ended(Result<ConnectionStart.PendingConnection, PostgresError>)
        case abandoned
        case taken
    }

    /// Between two rounds.
    private static let pause = Duration.milliseconds(200)

    private let configuration: PostgresConfiguration
    private let state = Mutex(State.waiting)
    private let changed = DispatchSemaphore(value: 0)

    /// Starts to connect.
    init(_ configuration: PostgresConfiguration, limit: Duration) {
        self.configuration = configuration
        let deadline = ContinuousClock.now + limit
        DispatchQueue(label: "postgres.connect").async { [self] in
            finish(connect(by: deadline))
        }
    }

    /// Wakes the waiter, who then throws `cancelled`.
    func abandon() {
        let isWaiting = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .abandoned
            return true
        }
        if isWaiting { changed.signal() }
    }

    /// Blocks until connected, abandoned or the limit has passed.
    func wait(limit: Duration) throws(PostgresError) -> Connection {
        // A little longer: the attempt can say more of its failure than the waiter. Only a name that the system looks
        // for too long holds it up.
        let isInTime = changed.wait(timeout: .now() + (limit + .milliseconds(200)).dispatchInterval) == .success
        let result = state.withLock { state -> Result<ConnectionStart.PendingConnection, PostgresError>? in
            guard case .ended(let result) = state else {
                state = .abandoned
                return nil
            }
            state = .taken
            return result
        }
        if let result {
            return try unsafe Connection(adopting: result.get().pointer, answerLimit: configuration.connectDeadline)
        }
        guard isInTime else {
            throw PostgresError(.connectionFailed, "no server was found and answered within \(limit)")
        }
        throw Interruption.cancelled
    }

    private func finish(_ result: Result<ConnectionStart.PendingConnection, PostgresError>) {
        let isWanted = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .ended(result)
            return true
        }
        if isWanted {
            changed.signal()
        } else if case .success(let pending) = result {
            unsafe PQfinish(pending.pointer)
        }
    }

    /// Goes through the servers, again where one of them is full or starting up, which passes.
    private func connect(
        by deadline: ContinuousClock.Instant
    ) -> Result<ConnectionStart.PendingConnection, PostgresError> {
        while true {
            let result = goThroughServers(by: deadline)
            guard case .failure(let error) = result, error.sqlState?.passesByItself == true,
                ContinuousClock.now + Self.pause < deadline,
                state.withLock({ if case .waiting = $0 { true } else { false } })
            else { return result }
            usleep(useconds_t(Self.pause / .microseconds(1)))
        }
    }

    private func goThroughServers(
        by deadline: ContinuousClock.Instant
    ) -> Result<ConnectionStart.PendingConnection, PostgresError> {
        let list = ServerList(ServerList.settings(of: configuration.parameters))
        var failures: [PostgresError] = []
        for (place, round) in list.rounds.enumerated() {
            let servers = list.isShuffled ? list.servers.shuffled() : list.servers
            for (number, server) in servers.enumerated() {
                let left = servers.count * (list.rounds.count - place) - number
                let end = ContinuousClock.now.share(of: left, until: deadline)
                var addresses = addresses(of: server)
                if list.isShuffled { addresses.shuffle() }
                for (index, address) in addresses.enumerated() {
                    let now = ContinuousClock.now
                    let share = now.share(of: addresses.count - index, until: end) - now
                    let span = list.limit.map { min($0, share) } ?? share
                    switch ConnectionStart.run(parameters(of: address, round), deadline: now + span) {
                    case .connected(let pending): return .success(pending)
                    case .late: failures.append(.silent(address, for: span))
                    case .refused(let error):
                        failures.append(error)
                        // As libpq does: a server that says no is not passed over, unless it is only starting up.
                        if let code = error.sqlState, code != .cannotConnectNow { return .failure(.joined(failures)) }
                    }
                }
            }
        }
        return .failure(.joined(failures))
    }

    private func addresses(of server: ServerList.Server) -> [ServerList.Server] {
        guard server.isName, let host = server.host else { return [server] }
        let addresses = configuration.resolve(host)
        // A name that is not known is libpq's to complain about.
        return addresses.isEmpty ? [server] : addresses.map { .init(host: host, address: $0, port: server.port) }
    }

    private func parameters(of server: ServerList.Server, _ round: String?) -> [String: String] {
        var parameters = configuration.parameters.merging(server.parameters) { $1 }
        if let round { parameters["target_session_attrs"] = round }
        return parameters
    }
}

extension ContinuousClock.Instant {
    /// The end of the next of so many equal shares of the time that is left.
    fileprivate func share(of count: Int, until deadline: Self) -> Self {
        self + max(.zero, deadline - self) / count
    }
}

extension SQLState {
    /// Whether a server that refuses a connection so may take one a moment later.
    fileprivate var passesByItself: Bool { self == .tooManyConnections || self == .cannotConnectNow }
}

extension PostgresError {
    fileprivate static func silent(_ server: ServerList.Server, for span: Duration) -> Self {
        let address = server.address.flatMap { $0 == server.host ? nil : " (\($0))" } ?? ""
        let port = server.port.map { ", port \($0)" } ?? ""
        let name = server.host ?? server.address ?? "the usual socket"
        let tenths = Double(span / .milliseconds(100)).rounded() / 10
        return Self(
            .connectionFailed, "the server at \(name)\(address)\(port) did not answer within \(tenths) s")
    }

    /// Several failures as one; the last code is the one that ended the attempt.
    fileprivate static func joined(_ failures: [Self]) -> Self {
        Self(
            .connectionFailed, failures.map(\.message).joined(separator: "\n"), sqlState: failures.last?.sqlState)
    }
}

extension Duration {
    /// The same span for Dispatch, capped at a day.
    var dispatchInterval: DispatchTimeInterval {
        let capped = max(.zero, min(self, .seconds(86_400)))
        let (seconds, attoseconds) = capped.components
        return .milliseconds(Int(seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
    }
}
