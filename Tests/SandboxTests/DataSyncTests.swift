import Testing

@testable import MonoSandbox

struct DataSyncTests {
    @Test(
        arguments: zip(
            Script.allCases.filter { $0 != .gone },
            [
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"],
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"],
                ["SYNC_SUCCESSFUL", "AVAILABLE", "account_updated"], ["SYNC_SUCCESSFUL", "PROCESSING", nil],
                ["REAUTHORISATION_REQUIRED", "PROCESSING", "reauthorisation_required"],
                ["SYNC_SUCCESSFUL", "FAILED", "account_updated"], ["SYNC_SUCCESSFUL", "PARTIAL", "account_updated"],
                ["SYNC_ERROR", "UNAVAILABLE", nil], ["INCOMPLETE_STATEMENT_ERROR", "PROCESSING", nil],
            ]))
    func `every script plays its part`(script: Script, expected: [String?]) throws {
        var bench = Bench(script) { $0.slowLatency = .fixed(4) }
        let reply = bench.sync()
        let code = try Value(reply.answer.body)["code"]?.text
        let event = reply.webhooks.first.map { String($0.event.dropFirst("mono.events.".count)) }
        #expect(try [code, bench.status(at: 4, .dataSync), event] == expected)
        #expect(reply.answer.delay == 4)
        #expect(reply.webhooks.count <= 1)
    }

    @Test func `the sync answers when the bank has, and the data is there no sooner`() throws {
        var bench = Bench(.recovers)
        let reply = bench.sync(at: 1)
        #expect(reply.answer.delay == 4)
        #expect(try Value(reply.answer.body)["hasNewData"] == .bool(true))
        #expect(try bench.status(at: 4.999, .dataSync) == "PROCESSING")
        #expect(try bench.status(at: 5, .dataSync) == "AVAILABLE")
    }

    @Test func `inside the limit the sync is refused and nothing happens`() {
        var bench = Bench(.recovers)
        _ = bench.sync(at: 0)
        let second = bench.sync(at: 119.999)
        #expect(second.answer.status == 429)
        #expect(second.webhooks.isEmpty)
        #expect(bench.sandbox.accounts["acc"]?.attempts == 1)
        #expect(bench.sandbox.book.insideLimit == 1)
    }

    @Test func `at the limit the sync is taken`() {
        var bench = Bench(.recovers)
        _ = bench.sync(at: 0)
        #expect(bench.sync(at: 120).answer.status == 200)
        #expect(bench.sandbox.book.insideLimit == 0)
    }

    @Test func `a refused sync does not put the limit off`() {
        var bench = Bench(.recovers)
        _ = bench.sync(at: 0)
        _ = bench.sync(at: 100)
        #expect(bench.sync(at: 120).answer.status == 200)
    }

    @Test func `both spellings of the path are one page`() {
        var bench = Bench(.recovers)
        #expect(bench.send("POST", "/v1/accounts/acc/sync?allow_incomplete_statement=true").answer.status == 200)
        #expect(bench.sync(at: 1).answer.status == 429)
    }

    @Test func `bodies and events have the first generation's shape`() throws {
        var bench = Bench(.recovers)
        let details = try Value(bench.send("GET", "/accounts/acc").answer.body)
        #expect(details["account._id"]?.text == "acc")
        #expect(details["account.institution.bankCode"]?.text == "058")
        #expect(details["status"] == nil)
        let event = try Value(#require(bench.sync().webhooks.first).body)
        #expect(event["event_id"] == nil)
        #expect(event["data.meta.sync_status"] == nil)
        #expect(event["data.account.__v"] == .number(0))
    }
}
