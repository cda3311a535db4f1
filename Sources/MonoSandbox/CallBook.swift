/// Every call of the API so far, summed up, and the triggers one by one.
struct CallBook: Sendable {
    /// A trigger, and whether it came inside Mono's limit for its account.
    struct Trigger: Sendable {
        var call: Call
        var isInsideLimit: Bool
    }

    /// Calls kept in full for one account; older ones are only counted.
    static let keptCalls = 200

    /// All calls.
    private(set) var total = 0
    /// Calls by kind.
    private(set) var kinds: [CallKind: Int] = [:]
    /// Calls by account and kind.
    private(set) var accounts: [String: [CallKind: Int]] = [:]
    /// The latest calls of each account, oldest first.
    private(set) var calls: [String: [Call]] = [:]
    /// The latest triggers of each account, oldest first.
    private(set) var triggers: [String: [Trigger]] = [:]
    /// Triggers inside the limit.
    private(set) var insideLimit = 0
    /// The most calls in any second.
    private(set) var peak = 0
    // The times of the last second, behind `oldest`.
    private var recent: [Double] = []
    private var oldest = 0

    /// Enters a call; times must not decrease.
    mutating func note(_ call: Call) {
        total += 1
        kinds[call.kind, default: 0] += 1
        recent.append(call.time)
        while recent[oldest] <= call.time - 1 { oldest += 1 }
        peak = max(peak, recent.count - oldest)
        if oldest > 4096, oldest * 2 > recent.count {
            recent.removeFirst(oldest)
            oldest = 0
        }
        guard let account = call.account else { return }
        accounts[account, default: [:]][call.kind, default: 0] += 1
        calls[account, default: []].append(call)
        if calls[account, default: []].count > Self.keptCalls { calls[account]?.removeFirst() }
    }

    /// Enters a trigger of an account.
    mutating func note(_ trigger: Trigger, of account: String) {
        triggers[account, default: []].append(trigger)
        if triggers[account, default: []].count > Self.keptCalls { triggers[account]?.removeFirst() }
        if trigger.isInsideLimit { insideLimit += 1 }
    }

    /// Counts of all kinds, in their own order.
    static func json(_ kinds: [CallKind: Int]) -> JSON {
        .object(CallKind.allCases.map { ($0.rawValue, .integer(kinds[$0] ?? 0)) })
    }

    /// Calls by kind, and by account and kind.
    var summary: JSON {
        [
            "total": .integer(total), "kinds": Self.json(kinds),
            "accounts": .object(accounts.sorted { $0.key < $1.key }.map { ($0.key, Self.json($0.value)) }),
        ]
    }

    /// The triggers of each account with their times.
    var triggerSummary: JSON {
        let rows = triggers.sorted { $0.key < $1.key }.map { account, triggers in
            let times = triggers.map { trigger -> JSON in
                [
                    "t": .number(trigger.call.time), "api": .string(trigger.call.generation.rawValue),
                    "status": .integer(trigger.call.status), "inside_limit": .bool(trigger.isInsideLimit),
                ]
            }
            return (account, JSON.array(times))
        }
        return [
            "total": .integer(kinds[.trigger] ?? 0), "inside_limit": .integer(insideLimit),
            "accounts": .object(rows),
        ]
    }
}
