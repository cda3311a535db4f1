import NIOCore
import Synchronization

/// The listener's open connections, so that those without a request make room for new ones.
final class ConnectionRoster: Sendable {
    private struct Member {
        let channel: any Channel
        /// When the connection fell idle, counted by the roster; nil while a request is on its way.
        var idleSince: Int?
    }

    private struct State {
        var members: [ObjectIdentifier: Member] = [:]
        var count = 0
    }

    /// Above so many open connections each new one costs the longest idle one.
    private let comfort: Int
    private let state = Mutex(State())

    /// A roster for a server that accepts `limit` connections at a time.
    init(limit: Int) { comfort = max(1, limit - max(1, limit / 16)) }

    /// A connection was accepted, and has sent nothing yet.
    func enter(_ channel: any Channel) {
        let surplus = state.withLock { state -> (any Channel)? in
            state.count += 1
            state.members[ObjectIdentifier(channel)] = Member(channel: channel, idleSince: state.count)
            guard state.members.count > comfort else { return nil }
            let idle = state.members.filter { $0.value.idleSince != nil && $0.value.channel !== channel }
            guard let longest = idle.min(by: { ($0.value.idleSince ?? 0) < ($1.value.idleSince ?? 0) }) else {
                return nil
            }
            state.members[longest.key] = nil
            return longest.value.channel
        }
        surplus?.close(promise: nil)
    }

    /// Whether the connection has a request on its way, or waits for one.
    func note(_ channel: any Channel, isIdle: Bool) {
        state.withLock { state in
            state.count += 1
            state.members[ObjectIdentifier(channel)]?.idleSince = isIdle ? state.count : nil
        }
    }

    /// The connection is closed.
    func leave(_ channel: any Channel) {
        state.withLock { state in state.members[ObjectIdentifier(channel)] = nil }
    }
}
