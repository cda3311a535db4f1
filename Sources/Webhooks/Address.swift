/// The paths that the server knows.
enum Address: Equatable {
    case events
    case health
    case readiness

    /// The address of a path; additional slashes make no other one, since proxies add them.
    init?(path: String) {
        switch path.split(separator: "/") {
        case ["webhooks", "mono"]: self = .events
        case ["healthz"]: self = .health
        case ["readyz"]: self = .readiness
        default: return nil
        }
    }

    private static let words: Set<String> = [
        "api", "callback", "callbacks", "event", "events", "hook", "hooks", "mono", "v1", "v2", "webhook", "webhooks",
    ]

    /// A path for the log, in which only common words are shown: the rest could be a secret or a name.
    static func shown(_ path: String) -> String {
        let segments = path.split(separator: "/")
        let shown = segments.prefix(6).map { words.contains($0.lowercased()) ? String($0) : "…" }
        return "/" + shown.joined(separator: "/") + (segments.count > 6 ? "/…" : "")
    }
}
