import Foundation
import Text

/// The members of Mono's request bodies that matter here.
private struct LinkRequest: Decodable {
    struct Meta: Decodable {
        let ref: String?
    }

    let code: String?
    let scope: String?
    let account: String?
    let meta: Meta?
    let redirect_url: String?

    init?(_ bytes: [UInt8]) {
        // What is not JSON has none of the members, which the caller says.
        guard let request = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        self = request
    }
}

extension Sandbox {
    /// Exchanges a code that begins with `code_` for a new account, once.
    ///
    /// The new account's data comes after a latency, with both events.
    mutating func exchange(_ body: [UInt8], _ generation: Generation, at now: Double) -> Reply {
        guard let code = LinkRequest(body)?.code, code.hasPrefix("code_"), Identifier.isWellFormed(code),
            !usedCodes.contains(code)
        else { return Reply(answer: .failure(400, "Invalid authorization code")) }
        usedCodes.insert(code)
        let id = settings.dice.id(code, "account")
        var account = Account(id: id, behaviour: .available)
        account.holder = "Test Holder \(accounts.count + 1)"
        var state = SimulatedAccount(account)
        let fetchedAt = now + settings.latency(of: account, attempt: 0)
        state.fetchedAt = fetchedAt
        let composer = WebhookComposer(settings: settings)
        let webhooks =
            composer.send(composer.connected(account, at: now), of: account)
            + composer.send(composer.updated(account, .available, generation, at: fetchedAt), of: account)
        accounts[id] = state
        return Reply(answer: Answer(["id": .string(id)]), webhooks: webhooks)
    }

    /// Whether a body of `initiate` is about a new account.
    static func isFirstLink(_ body: [UInt8]) -> Bool { LinkRequest(body)?.scope == "auth" }

    /// A link for the customer: `reauth` of an account, or `auth` for a new one.
    func initiate(_ body: [UInt8], at now: Double) -> Reply {
        guard let request = LinkRequest(body), let scope = request.scope, ["auth", "reauth"].contains(scope) else {
            return Reply(answer: .failure(400, "scope must be auth or reauth"))
        }
        if scope == "reauth" {
            guard let id = request.account else { return Reply(answer: .failure(400, "account is required")) }
            guard accounts[id]?.exists == true else { return Reply(answer: .failure(404, "Account not found")) }
            if let refusal = refusal(of: id) { return refusal }
        }
        let bodies = Bodies(settings: settings, now: now)
        let link = bodies.link(
            scope: scope, account: request.account, ref: request.meta?.ref, redirect: request.redirect_url)
        return Reply(answer: Answer(link))
    }

    /// A token for the widget, good for ten minutes at Mono.
    func reauthorise(_ id: String, at now: Double) -> Reply {
        if let refusal = refusal(of: id) { return refusal }
        let token = settings.dice.id(id, "token", Int(now * 1000)).prefix(20)
        return Reply(answer: Answer(["token": .string("Test" + token)]))
    }

    /// The answer of an account that cannot be re-authorised; nil for one that can.
    private func refusal(of id: String) -> Reply? {
        guard accounts[id]?.account.canReauthorise == false else { return nil }
        return Reply(answer: .failure(400, "This account can not be re-authorised."))
    }

    /// The account that a body of `initiate` is about.
    static func accountToReauthorise(_ body: [UInt8]) -> String? { LinkRequest(body)?.account }

    /// Forgets the account and says so in an event.
    mutating func unlink(_ id: String, _ generation: Generation, at now: Double) -> Reply {
        guard let state = accounts[id], state.exists else {
            return Reply(answer: .failure(404, "Account not found"))
        }
        accounts[id]?.isUnlinked = true
        let composer = WebhookComposer(settings: settings)
        let event = composer.unlinked(id, at: now)
        accounts[id]?.events += 1
        let webhooks = composer.send(event, of: state.account, state.events)
        if !webhooks.isEmpty {
            // The database knows now: no reconciler will look at the account again.
            accounts[id]?.account.isAwaiting = false
            accounts[id]?.account.isFlagged = false
        }
        return Reply(
            answer: Answer([
                "status": "successful", "message": "Account successfully unlinked",
                "timestamp": .string(TimeText.iso8601(settings.epoch + now)),
            ]),
            webhooks: webhooks)
    }
}
