/// The pages that Mono and the sandbox have, both generations.
enum Route: Equatable, Sendable {
    case details(Generation, account: String)
    case balance(account: String)
    case transactions(account: String)
    case job(account: String, job: String)
    case sync(account: String)
    case exchange(Generation)
    case initiate
    case reauthorise(account: String)
    case unlink(Generation, account: String)
    /// The sandbox's own pages.
    case control([String])
    case unknown(Generation)

    init(method: String, path: String) {
        let words = path.split(separator: "/").map(String.init)
        if words.first == "_sandbox" {
            self = .control(Array(words.dropFirst()))
        } else if words.first == "v2" {
            self = Self.realtime(method, Array(words.dropFirst()))
        } else {
            self = Self.dataSync(method, words.first == "v1" ? Array(words.dropFirst()) : words)
        }
    }

    private static func realtime(_ method: String, _ words: [String]) -> Route {
        guard words.first == "accounts" else { return .unknown(.realtime) }
        switch (method, words.count) {
        case ("POST", 2) where words[1] == "auth": return .exchange(.realtime)
        case ("POST", 2) where words[1] == "initiate": return .initiate
        case ("POST", 3) where words[2] == "unlink": return .unlink(.realtime, account: words[1])
        case ("GET", 2): return .details(.realtime, account: words[1])
        case ("GET", 3) where words[2] == "balance": return .balance(account: words[1])
        case ("GET", 3) where words[2] == "transactions": return .transactions(account: words[1])
        case ("GET", 4) where words[2] == "jobs": return .job(account: words[1], job: words[3])
        default: return .unknown(.realtime)
        }
    }

    private static func dataSync(_ method: String, _ words: [String]) -> Route {
        if method == "POST", words == ["account", "auth"] { return .exchange(.dataSync) }
        guard words.first == "accounts" else { return .unknown(.dataSync) }
        switch (method, words.count) {
        case ("GET", 2): return .details(.dataSync, account: words[1])
        case ("POST", 3) where words[2] == "sync": return .sync(account: words[1])
        case ("POST", 3) where words[2] == "reauthorise": return .reauthorise(account: words[1])
        case ("POST", 3) where words[2] == "unlink": return .unlink(.dataSync, account: words[1])
        default: return .unknown(.dataSync)
        }
    }

    /// The generation that the page belongs to.
    var generation: Generation {
        switch self {
        case .details(let generation, _), .exchange(let generation), .unlink(let generation, _),
            .unknown(let generation):
            generation
        case .sync, .reauthorise: .dataSync
        case .balance, .transactions, .job, .initiate, .control: .realtime
        }
    }

    /// The account in the path.
    var account: String? {
        switch self {
        case .details(_, let account), .balance(let account), .transactions(let account), .job(let account, _),
            .sync(let account), .reauthorise(let account), .unlink(_, let account):
            account
        case .exchange, .initiate, .control, .unknown: nil
        }
    }

    /// What a call of the page counts as; a read of balance or transactions is a trigger only if it asks for one.
    func kind(isRealtime: Bool) -> CallKind {
        switch self {
        case .details: .details
        case .balance, .transactions: isRealtime ? .trigger : .other
        case .sync: .trigger
        case .job: .job
        case .exchange: .auth
        case .initiate, .reauthorise: .reauth
        case .unlink, .control, .unknown: .other
        }
    }
}
