extension Sandbox {
    /// The sandbox's own pages under `/_sandbox`: they need no key and are no calls.
    mutating func control(
        _ words: [String], _ query: [String: String], _ request: Request, at now: Double
    ) -> Reply {
        let generation: Generation
        switch query["api"].map(Generation.init(rawValue:)) {
        case .some(let named?): generation = named
        case .some(nil): return Reply(answer: .failure(400, "api: write realtime or data-sync"))
        case nil: generation = .realtime
        }
        switch (request.method, words.first ?? "", words.count) {
        case (_, "health", 1): return Reply(answer: Answer(["status": "ok", "accounts": .integer(accounts.count)]))
        case ("GET", "calls", 1): return Reply(answer: Answer(book.summary))
        case ("GET", "calls", 2): return calls(of: words[1])
        case ("GET", "peak", 1): return Reply(answer: Answer(["calls_in_a_second": .integer(book.peak)]))
        case ("GET", "triggers", 1): return Reply(answer: Answer(book.triggerSummary))
        case ("GET", "truth", 1): return truth(generation, window: query["window"] ?? "5m")
        case ("POST", "accounts", 1): return change(request.body)
        case ("POST", "reauthorise", 2): return customerReauthorises(words[1], generation, at: now)
        case ("POST", "unlink", 2): return unlink(words[1], generation, at: now)
        default: return Reply(answer: .failure(404, "No such page of the sandbox"))
        }
    }

    private func calls(of account: String) -> Reply {
        guard accounts[account] != nil || book.calls[account] != nil else {
            return Reply(answer: .failure(404, "No such account in the sandbox"))
        }
        let calls = (book.calls[account] ?? []).map { $0.json(epoch: settings.epoch) }
        return Reply(
            answer: Answer([
                "account": .string(account), "kinds": CallBook.json(book.accounts[account] ?? [:]),
                "calls": .array(calls),
            ]))
    }

    private func truth(_ generation: Generation, window: String) -> Reply {
        guard let seconds = Seconds(window)?.value else {
            return Reply(answer: .failure(400, "window: write a time like 20s or 5m"))
        }
        let rows = accounts.values.sorted { $0.account.id < $1.account.id }.map { state in
            let truth = Truth(
                settings: settings, generation: generation, window: seconds, attempt: state.attemptsBefore)
            var account = state.account
            if state.isUnlinked { account.behaviour = .gone }
            return (account.id, JSON(truth.outcome(of: account)))
        }
        return Reply(answer: Answer(.object(rows)))
    }

    /// Adds accounts and banks, or gives known ones another behaviour; what was triggered and called stays on record.
    private mutating func change(_ body: [UInt8]) -> Reply {
        let scenario: Scenario
        do {
            scenario = try Scenario.read(body)
        } catch {
            return Reply(answer: .failure(400, error.description))
        }
        for bank in scenario.banks { settings.banks[bank.name] = bank }
        for account in scenario.accounts {
            guard var state = accounts[account.id] else {
                accounts[account.id] = SimulatedAccount(account)
                continue
            }
            state.account = account
            state.concluded = nil
            state.refusedAt = nil
            state.fetchedAt = nil
            state.faultCalls = [:]
            state.attemptsBefore = state.attempts
            state.isUnlinked = false
            accounts[account.id] = state
        }
        return Reply(answer: Answer(["status": "ok", "accounts": .integer(scenario.accounts.count)]))
    }

    /// The customer signs in again: from now on the link works, and the data comes after a latency.
    private mutating func customerReauthorises(_ id: String, _ generation: Generation, at now: Double) -> Reply {
        guard var state = accounts[id], state.exists else {
            return Reply(answer: .failure(404, "No such account in the sandbox"))
        }
        state.account.behaviour = .available
        state.account.isFlagged = false
        state.events += 1
        let fetchedAt = now + settings.latency(of: state.account, attempt: state.attempts)
        state.fetchedAt = fetchedAt
        state.attemptsBefore = state.attempts
        let composer = WebhookComposer(settings: settings)
        let told = composer.send(composer.reauthorized(id, generation, at: now), of: state.account, state.events)
        // Events of syncs draw by the number of the attempt, so a negative ordinal never repeats one of their draws.
        let updated = composer.send(
            composer.updated(state.account, .available, generation, at: fetchedAt), of: state.account, -state.events)
        // Only a lost event leaves something for a reconciler to find.
        state.account.isAwaiting = updated.isEmpty
        accounts[id] = state
        let webhooks = told + updated
        return Reply(answer: Answer(["status": "ok", "account": .string(id)]), webhooks: webhooks)
    }
}
