import Reconciliation

extension [CaseScheduler.Action] {
    /// The requests to the store among them.
    var requests: [StoreRequest] {
        compactMap { if case .ask(let request) = $0 { request } else { nil } }
    }

    /// The calls to Mono among them.
    var calls: [MonoCall] {
        compactMap { if case .call(let call) = $0 { call } else { nil } }
    }

    /// The numbers of the claims among them.
    var claims: [Int] {
        requests.compactMap { if case .claim(_, let number, _) = $0 { number } else { nil } }
    }

    /// The reservations among them.
    var reservations: [SlotRequest] {
        requests.compactMap { if case .reserve(let wanted, _) = $0 { wanted } else { nil } }
    }

    /// The accounts of each request for intents among them.
    var intents: [[AccountID]] {
        requests.compactMap { if case .intend(let cases, _) = $0 { cases.map(\.accountID) } else { nil } }
    }

    /// The accounts of each request for news among them.
    var newsRequests: [[AccountID]] {
        requests.compactMap { if case .readNews(let accounts, _) = $0 { accounts } else { nil } }
    }

    /// The writes among them.
    var writes: [[CaseWrite]] {
        requests.compactMap { if case .write(let writes, _, _) = $0 { writes } else { nil } }
    }
}
