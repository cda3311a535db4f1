import Testing

@testable import MonoSandbox

struct FaultTests {
    private func driver(_ mode: FaultMode, _ change: (inout FaultRule) -> Void = { _ in }) -> SandboxDriver {
        var account = Account(id: "acc", behaviour: .recovers)
        var rule = FaultRule(mode)
        change(&rule)
        account.faults = [rule]
        return SandboxDriver([account])
    }

    @Test func `the first calls go wrong and the next is answered`() {
        var driver = driver(.status(503)) { $0.first = 2 }
        let statuses = (0..<3).map { _ in driver.send("GET", "/v2/accounts/acc").answer.status }
        #expect(statuses == [503, 503, 200])
    }

    @Test func `a rule leaves other kinds of call alone`() {
        var driver = driver(.status(500)) { $0.kinds = [.trigger] }
        #expect(driver.send("GET", "/v2/accounts/acc").answer.status == 200)
        #expect(driver.trigger().answer.status == 500)
    }

    @Test func `too many requests says how long to wait, in seconds or as a date`() {
        var seconds = driver(.status(429)) { $0.retryAfter = 2 }
        #expect(seconds.send("GET", "/v2/accounts/acc").answer.header("retry-after") == "2")
        var date = driver(.status(429)) { rule in
            rule.retryAfter = 2
            rule.retryAfterIsDate = true
        }
        let answer = date.send("GET", "/v2/accounts/acc", at: 40).answer
        #expect(answer.header("retry-after") == "Tue, 14 Nov 2023 22:14:02 GMT")
        #expect(answer.status == 429)
    }

    @Test(arguments: [false, true])
    func `a lost answer may or may not have had its effect`(takesEffect: Bool) {
        var driver = driver(.reset) { $0.takesEffect = takesEffect }
        let reply = driver.trigger()
        #expect(reply.answer.fault == .reset)
        #expect(reply.call?.status == 0)
        #expect(driver.sandbox.accounts["acc"]?.jobs.count == (takesEffect ? 1 : 0))
        #expect(reply.webhooks.isEmpty == !takesEffect)
    }

    @Test func `a trigger after a doubtful one counts as too soon, after a refused one it does not`() {
        var doubtful = driver(.status(503)) { $0.first = 1 }
        _ = doubtful.trigger(at: 0)
        _ = doubtful.trigger(at: 1)
        #expect(doubtful.sandbox.book.insideLimit == 1)
        var refused = driver(.status(429)) { $0.first = 1 }
        _ = refused.trigger(at: 0)
        _ = refused.trigger(at: 1)
        #expect(refused.sandbox.book.insideLimit == 0)
    }

    @Test func `bodies can be a page, no JSON, or about another account`() throws {
        var page = driver(.html(200))
        #expect(page.trigger().answer.contentType == "text/html")
        #expect(page.trigger().answer.header("x-job-id") == nil)
        var refusal = driver(.html(403))
        #expect(refusal.trigger().answer.status == 403)
        var garbage = driver(.garbage)
        let body = garbage.send("GET", "/v2/accounts/acc").answer.body
        #expect(throws: (any Error).self) { try Value(body) }
        var other = driver(.wrongAccount)
        let id = try Value(other.send("GET", "/v2/accounts/acc").answer.body)["data.account.id"]?.text
        #expect(id != nil)
        #expect(id != "acc")
    }

    @Test func `a share of all calls goes wrong, the same calls for the same seed`() {
        func faults(seed: UInt64) -> [Int] {
            var driver = SandboxDriver([Account(id: "acc", behaviour: .recovers)]) { settings in
                settings.seed = seed
                settings.faults = FaultRule(option: "503:0.3").map { [$0] } ?? []
            }
            return (0..<1000).map { _ in driver.send("GET", "/v2/accounts/acc").answer.status }
        }
        let first = faults(seed: 1)
        #expect((250...350).contains(first.count { $0 == 503 }))
        #expect(first == faults(seed: 1))
        #expect(first != faults(seed: 2))
    }

    @Test(arguments: ["503", "503:1.1", "503:-0.1", "399:0.5", "600:0.5", "boom:0.5", "503:0.5:x"])
    func `an option that is no fault is refused`(text: String) {
        #expect(FaultRule(option: text) == nil)
    }

    @Test(arguments: ["400:0", "599:1", "429:0.1:2s", "reset:0.5", "wrong_account:0.25"])
    func `an option that is one is read`(text: String) {
        #expect(FaultRule(option: text) != nil)
    }
}
