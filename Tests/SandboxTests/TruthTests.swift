import Testing

@testable import MonoSandbox

struct TruthTests {
    private func truth(
        _ account: Account, _ generation: Generation, window: Double = 20, change: (inout Settings) -> Void = { _ in }
    ) -> String? {
        Truth(settings: SandboxDriver([], change: change).sandbox.settings, generation: generation, window: window)
            .outcome(of: account)
    }

    @Test(
        arguments: zip(
            AccountBehaviour.allCases,
            [
                ["already_available", "already_available"], ["recovered", "recovered"], ["recovered", "recovered"],
                ["still_processing", "still_processing"], ["reauthorisation_required", "reauthorisation_required"],
                ["provider_failed", "provider_failed"], ["partial", "partial"],
                ["bank_unavailable", "bank_unavailable"], ["partial", "incomplete_statement"],
                ["account_not_found", "account_not_found"],
            ]))
    func `an account that waits for its first data`(behaviour: AccountBehaviour, expected: [String]) {
        let account = Account(id: "acc", behaviour: behaviour)
        #expect([truth(account, .realtime), truth(account, .dataSync)] == expected)
    }

    @Test(
        arguments: zip(
            AccountBehaviour.allCases,
            [
                ["recovered", "recovered"], ["recovered", "recovered"], ["recovered", "recovered"],
                ["still_processing", "recovered"], ["reauthorisation_required", "reauthorisation_required"],
                ["reauthorisation_required", "recovered"], ["recovered", "recovered"],
                ["reauthorisation_required", "bank_unavailable"], ["recovered", "incomplete_statement"],
                ["account_not_found", "account_not_found"],
            ]))
    func `a flagged account that had data`(behaviour: AccountBehaviour, expected: [String]) {
        var account = Account(id: "acc", behaviour: behaviour)
        account.hadData = true
        account.isFlagged = true
        #expect([truth(account, .realtime), truth(account, .dataSync)] == expected)
    }

    @Test(arguments: zip([Account.Delivery.sent, .lost], ["reauthorisation_required", "provider_failed"]))
    func `only the event tells a dead link from a failure`(delivery: Account.Delivery, expected: String) {
        var account = Account(id: "acc", behaviour: .reauthorisation)
        account.webhooks = delivery
        #expect(truth(account, .realtime) == expected)
        #expect(truth(account, .dataSync) == "reauthorisation_required")
        account.isFlagged = true
        #expect(truth(account, .realtime) == "reauthorisation_required")
    }

    @Test func `a bank slower than the window is still at work`() {
        let account = Account(id: "acc", behaviour: .slow)
        #expect(truth(account, .realtime, window: 20) == "recovered")
        #expect(truth(account, .realtime, window: 19.9) == "still_processing")
        #expect(truth(account, .dataSync, window: 19.9) == "still_processing")
    }

    @Test func `an account that owes nothing is in no run`() {
        var account = Account(id: "acc", behaviour: .available)
        account.isAwaiting = false
        #expect(truth(account, .realtime) == nil)
        account.isFlagged = true
        #expect(truth(account, .realtime) == "recovered")
    }

    @Test(
        arguments: zip(
            [FaultMode.html(200), .status(503), .status(429), .wrongAccount],
            ["errored", "errored", "deferred", "errored"]))
    func `reads that never work end the case`(mode: FaultMode, expected: String) {
        var rule = FaultRule(mode)
        rule.kinds = [.details]
        var account = Account(id: "acc", behaviour: .recovers)
        account.faults = [rule]
        #expect(truth(account, .realtime) == expected)
        account.faults[0].first = Truth.readRepeats
        #expect(truth(account, .realtime) == "recovered")
    }

    @Test func `a trigger in doubt is settled by the event, else by the details, else not at all`() {
        var rule = FaultRule(.reset)
        rule.kinds = [.trigger]
        var account = Account(id: "acc", behaviour: .recovers)
        account.faults = [rule]
        account.webhooks = .sent
        #expect(truth(account, .realtime) == "recovered")
        account.hadData = true
        #expect(truth(account, .realtime) == "recovered")
        account.webhooks = .lost
        #expect(truth(account, .realtime) == "deferred")
        account.hadData = false
        #expect(truth(account, .realtime) == "recovered")
        account.faults[0].takesEffect = false
        #expect(truth(account, .realtime) == "still_processing")
    }

    @Test func `the truth follows what the customer does`() throws {
        var driver = SandboxDriver([Account(id: "acc", behaviour: .reauthorisation)])
        func truth() throws -> Value? { try Value(driver.send("GET", "/_sandbox/truth").answer.body)["acc"] }
        #expect(try truth()?.text == "reauthorisation_required")
        _ = driver.trigger()
        #expect(try truth()?.text == "reauthorisation_required")
        _ = driver.send("POST", "/_sandbox/accounts", body: #"{"id":"acc","script":"failed","webhooks":"lost"}"#)
        #expect(try truth()?.text == "provider_failed")
        _ = driver.send("POST", "/_sandbox/reauthorise/acc")
        #expect(try truth()?.text == "already_available")
        _ = driver.send("POST", "/_sandbox/unlink/acc")
        #expect(try truth()?.text == "account_not_found")
        _ = driver.send("POST", "/_sandbox/accounts", body: #"{"id":"acc","script":"failed","webhooks":"sent"}"#)
        _ = driver.send("POST", "/_sandbox/reauthorise/acc")
        #expect(try truth() == .null)
    }

    @Test func `the page names every account`() throws {
        var idle = Account(id: "idle", behaviour: .available)
        idle.isAwaiting = false
        var driver = SandboxDriver([idle, Account(id: "acc", behaviour: .incomplete)])
        let page = try Value(driver.send("GET", "/_sandbox/truth?api=data-sync&window=30s").answer.body)
        #expect(page["acc"]?.text == "incomplete_statement")
        #expect(page["idle"] == .null)
        #expect(try Value(driver.send("GET", "/_sandbox/truth").answer.body)["acc"]?.text == "partial")
        #expect(driver.send("GET", "/_sandbox/truth?api=v3").answer.status == 400)
        #expect(driver.send("GET", "/_sandbox/truth?window=soon").answer.status == 400)
    }
}
