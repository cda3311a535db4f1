import Testing

@testable import MonoSandbox

struct DataSyncTests {
    @Test(
        arguments: zip(
            AccountBehaviour.allCases.filter { $0 != .gone },
            [
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"],
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"],
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"], ["SYNC_SUCCESSFUL", "PROCESSING", nil],
                ["REAUTHORISATION_REQUIRED", "PROCESSING", "reauthorisation_required"],
                ["SYNC_SUCCESSFUL", "FAILED", "account_updated"], ["SYNC_SUCCESSFUL", "PARTIAL", "account_updated"],
                ["SYNC_ERROR", "UNAVAILABLE", nil], ["INCOMPLETE_STATEMENT_ERROR", "PROCESSING", nil],
            ]))
    func `every behaviour plays its part`(behaviour: AccountBehaviour, expected: [String?]) throws {
        var driver = SandboxDriver(behaviour) { $0.slowLatency = .fixed(4) }
        let reply = driver.sync()
        let code = try Value(reply.answer.body)["code"]?.text
        let event = reply.webhooks.first.map { String($0.event.dropFirst("mono.events.".count)) }
        #expect(try [code, driver.status(at: 4, .dataSync), event] == expected)
        #expect(reply.answer.delay == 4)
        #expect(reply.webhooks.count <= 1)
    }

    @Test func `the sync answers when the bank has, and the data is there no sooner`() throws {
        var driver = SandboxDriver(.recovers)
        let reply = driver.sync(at: 1)
        #expect(reply.answer.delay == 4)
        #expect(try Value(reply.answer.body)["hasNewData"] == .bool(true))
        #expect(try driver.status(at: 4.999, .dataSync) == "PROCESSING")
        #expect(try driver.status(at: 5, .dataSync) == "AVAILABLE")
    }

    @Test func `inside the limit the sync is refused and nothing happens`() {
        var driver = SandboxDriver(.recovers)
        _ = driver.sync(at: 0)
        let second = driver.sync(at: 119.999)
        #expect(second.answer.status == 429)
        #expect(second.webhooks.isEmpty)
        #expect(driver.sandbox.accounts["acc"]?.attempts == 1)
        #expect(driver.sandbox.book.insideLimit == 1)
    }

    @Test func `at the limit the sync is taken`() {
        var driver = SandboxDriver(.recovers)
        _ = driver.sync(at: 0)
        #expect(driver.sync(at: 120).answer.status == 200)
        #expect(driver.sandbox.book.insideLimit == 0)
    }

    @Test func `a refused sync does not put the limit off`() {
        var driver = SandboxDriver(.recovers)
        _ = driver.sync(at: 0)
        _ = driver.sync(at: 100)
        #expect(driver.sync(at: 120).answer.status == 200)
    }

    @Test func `both spellings of the path are one page`() {
        var driver = SandboxDriver(.recovers)
        #expect(driver.send("POST", "/v1/accounts/acc/sync?allow_incomplete_statement=true").answer.status == 200)
        #expect(driver.sync(at: 1).answer.status == 429)
    }

    @Test func `bodies and events have the first generation's shape`() throws {
        var driver = SandboxDriver(.recovers)
        let details = try Value(driver.send("GET", "/accounts/acc").answer.body)
        #expect(details["account._id"]?.text == "acc")
        #expect(details["account.institution.bankCode"]?.text == "058")
        #expect(details["status"] == nil)
        let event = try Value(#require(driver.sync().webhooks.first).body)
        #expect(event["event_id"] == nil)
        #expect(event["data.meta.sync_status"] == nil)
        #expect(event["data.account.__v"] == .number(0))
    }
}
