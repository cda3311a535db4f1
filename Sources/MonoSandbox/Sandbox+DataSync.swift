extension Sandbox {
    /// A manual data sync: answers only when the bank has, or at once when it comes too soon.
    mutating func sync(_ id: String, at now: Double) -> Reply {
        guard var state = accounts[id] else { return Reply(answer: .failure(404, "Account not found")) }
        if let last = state.lastSync[.dataSync], now - last < settings.limit(.dataSync) {
            return Reply(answer: .failure(429, "Too many requests: one sync of an account in two minutes"))
        }
        let attempt = state.attempts
        let latency = settings.latency(of: state.account, attempt: attempt)
        state.attempts += 1
        state.lastSync[.dataSync] = now
        let isDown = settings.isDown(state.account, at: now)
        let behaviour = isDown ? AccountBehaviour.unavailable : state.account.behaviour
        let end = now + latency
        if isDown {
            state.refuse(at: end)
        } else if behaviour != .neverReady {
            state.conclude(at: end, .dataSync)
        }
        accounts[id] = state
        var answer = Answer(Self.result(of: behaviour))
        answer.delay = latency
        let webhooks = events(of: state, behaviour, attempt, at: end)
        return Reply(answer: answer, webhooks: webhooks, syncEnd: end)
    }

    private static func result(of behaviour: AccountBehaviour) -> JSON {
        switch behaviour {
        case .available, .recovers, .slow, .neverReady, .failed, .partial:
            [
                "status": "successful", "hasNewData": .bool(behaviour.bringsNewData), "code": "SYNC_SUCCESSFUL",
                "message": nil,
            ]
        case .reauthorisation: ["status": "failed", "code": "REAUTHORISATION_REQUIRED"]
        case .incomplete: ["status": "failed", "code": "INCOMPLETE_STATEMENT_ERROR"]
        case .unavailable, .gone:
            ["status": "failed", "code": "SYNC_ERROR", "message": "Unable to sync account at the moment"]
        }
    }

    /// A sync that was taken ends in `account_updated`, a dead link in `reauthorisation_required`, the rest in nothing.
    private func events(
        of state: SimulatedAccount, _ behaviour: AccountBehaviour, _ attempt: Int, at end: Double
    ) -> [Webhook] {
        let composer = WebhookComposer(settings: settings)
        switch behaviour {
        case .available, .recovers, .slow, .failed, .partial:
            let status = state.status(at: end)
            return composer.send(
                composer.updated(state.account, status, .dataSync, at: end), of: state.account, attempt)
        case .reauthorisation:
            return composer.send(
                composer.bare("mono.events.reauthorisation_required", state.account.id, at: end), of: state.account,
                attempt)
        case .neverReady, .incomplete, .unavailable, .gone: return []
        }
    }
}
