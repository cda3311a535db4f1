extension Sandbox {
    /// Serves a call, or spoils it by the first rule that strikes.
    mutating func faulty(
        _ kind: CallKind, _ account: String?, at now: Double, _ serve: (inout Sandbox) -> Reply
    ) -> Reply {
        guard let rule = strikes(kind, account) else { return serve(&self) }
        var reply = Reply(answer: Answer(nil))
        if rule.takesEffect { reply = serve(&self) }
        reply.answer = spoil(reply.answer, by: rule, account, at: now)
        return reply
    }

    private mutating func strikes(_ kind: CallKind, _ account: String?) -> FaultRule? {
        let id = account ?? ""
        let rules = (accounts[id]?.account.faults ?? []) + settings.faults
        for (index, rule) in rules.enumerated() where rule.concerns(kind) {
            // Calls without an account draw by the book's count.
            let ordinal = accounts[id]?.faultCalls[index] ?? book.total
            accounts[id]?.faultCalls[index] = ordinal + 1
            if let first = rule.first, ordinal >= first { continue }
            if settings.dice.roll(id, "fault-\(index)", ordinal) < rule.rate { return rule }
        }
        return nil
    }

    private func spoil(_ answer: Answer, by rule: FaultRule, _ account: String?, at now: Double) -> Answer {
        var spoilt = answer
        switch rule.mode {
        case .status(let status):
            spoilt = .failure(status, status == 429 ? "Too many requests" : "Something went wrong on our side")
            if let wait = rule.retryAfter {
                let value =
                    rule.retryAfterIsDate
                    ? TimeText.http(settings.epoch + now + wait) : String(Int(wait.rounded(.up)))
                spoilt.headers.append(("retry-after", value))
            }
        case .reset: spoilt.fault = .reset
        case .hang: spoilt.fault = .hang
        case .truncated: spoilt.fault = .truncated
        case .html(let status):
            spoilt = Answer(nil)
            spoilt.status = status
            spoilt.contentType = "text/html"
            spoilt.body = "<html><head><title>Just a moment</title></head><body>Please wait.</body></html>"
        case .garbage:
            spoilt = Answer(nil)
            spoilt.body = "{\"status\":\"successful\",\"data\":{\"acc"
        case .wrongAccount:
            guard let account else { break }
            let another = settings.dice.id(account, "another")
            spoilt.body = answer.body.replacing("\"\(account)\"", with: "\"\(another)\"")
        }
        spoilt.delay = answer.delay
        return spoilt
    }
}
