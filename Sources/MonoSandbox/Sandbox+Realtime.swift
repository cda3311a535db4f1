extension Sandbox {
    /// An ordinary read of balance or transactions: no job, no bill for a refresh.
    func read(_ id: String, _ route: Route, at now: Double) -> Reply {
        guard let state = accounts[id] else { return Reply(answer: .failure(404, "Account not found")) }
        return Reply(answer: Answer(Bodies(settings: settings, now: now).data(state, route)))
    }

    /// A read with `x-realtime: true`: starts a job, unless one was started inside the limit.
    ///
    /// Inside the limit Mono names the last job and what it says now; that is no error.
    mutating func refresh(_ id: String, _ route: Route, at now: Double) -> Reply {
        guard var state = accounts[id] else { return Reply(answer: .failure(404, "Account not found")) }
        var webhooks: [Webhook] = []
        var started: Job?
        let last = state.lastSync[.realtime]
        let job: Job
        if let last, now - last < settings.limit(.realtime), let latest = state.jobs.last {
            job = latest
        } else {
            job = start(&state, route, at: now)
            started = job
            webhooks = events(of: job, state, attempt: state.attempts - 1)
            accounts[id] = state
        }
        let status = job.status(at: now)
        let bodies = Bodies(settings: settings, now: now)
        var answer = Answer(status == "processing" ? bodies.enqueued : bodies.data(state, route))
        answer.headers = [("x-job-id", job.id), ("x-job-status", status)]
        // Sent only when there is something new, as since 2025-09-15.
        if job.hasNewData(at: now) { answer.headers.append(("x-has-new-data", "true")) }
        return Reply(answer: answer, webhooks: webhooks, syncEnd: started?.end)
    }

    /// One job's status; jobs that are forgotten or were never there are 404.
    func job(_ job: String, of id: String, at now: Double) -> Reply {
        guard let state = accounts[id], let found = state.jobs.last(where: { $0.id == job }) else {
            return Reply(answer: .failure(404, "Job not found"))
        }
        return Reply(answer: Answer(Bodies(settings: settings, now: now).job(found, of: id)))
    }

    private func start(_ state: inout SimulatedAccount, _ route: Route, at now: Double) -> Job {
        let behaviour = state.account.behaviour
        let isDown = settings.isDown(state.account, at: now)
        let succeeds = isDown ? false : behaviour.jobSucceeds
        let end = now + settings.latency(of: state.account, attempt: state.attempts)
        let job = Job(
            id: settings.dice.id(state.account.id, "job", state.attempts), start: now,
            end: succeeds == nil ? nil : end, succeeds: succeeds ?? false, bringsNewData: behaviour.bringsNewData,
            meetsOutage: isDown)
        state.attempts += 1
        state.lastSync[.realtime] = now
        state.jobs.append(job)
        if state.jobs.count > SimulatedAccount.jobLimit { state.jobs.removeFirst() }
        if isDown { state.refuse(at: end) } else if job.end != nil { state.conclude(at: end, .realtime) }
        return job
    }

    /// The job's own event and, a moment later, the account's.
    private func events(of job: Job, _ state: SimulatedAccount, attempt: Int) -> [Webhook] {
        guard let end = job.end else { return [] }
        let id = state.account.id
        let status = state.status(at: end)
        let composer = WebhookComposer(settings: settings)
        let reauthorise = state.account.behaviour == .reauthorisation && !job.meetsOutage
        let syncStatus = job.succeeds ? "SUCCESSFUL" : reauthorise ? "REAUTHORISATION_REQUIRED" : "FAILED"
        return composer.send(composer.job(job, of: id, at: end), of: state.account, attempt)
            + composer.send(
                composer.updated(
                    state.account, status, .realtime, at: end + WebhookComposer.gapSeconds,
                    sync: WebhookComposer.Sync(status: syncStatus, job: job.id, hasNewData: job.hasNewData(at: end))),
                of: state.account, attempt)
    }
}
