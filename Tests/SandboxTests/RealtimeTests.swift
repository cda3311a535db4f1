import Testing

@testable import MonoSandbox

struct RealtimeTests {
    @Test(
        arguments: zip(
            AccountBehaviour.allCases.filter { $0 != .gone },
            [
                ["AVAILABLE", "finished", "AVAILABLE", "SUCCESSFUL"],
                ["PROCESSING", "finished", "AVAILABLE", "SUCCESSFUL"],
                ["PROCESSING", "finished", "AVAILABLE", "SUCCESSFUL"], ["PROCESSING", "processing", "PROCESSING", nil],
                ["PROCESSING", "failed", "PROCESSING", "REAUTHORISATION_REQUIRED"],
                ["FAILED", "failed", "FAILED", "FAILED"], ["PARTIAL", "finished", "PARTIAL", "SUCCESSFUL"],
                ["UNAVAILABLE", "failed", "UNAVAILABLE", "FAILED"],
                ["PROCESSING", "finished", "PARTIAL", "SUCCESSFUL"],
            ]))
    func `every behaviour plays its part`(behaviour: AccountBehaviour, expected: [String?]) throws {
        var driver = SandboxDriver(behaviour) { $0.slowLatency = .fixed(4) }
        let before = try driver.status(at: 0)
        let reply = driver.trigger(at: 1)
        #expect(reply.answer.header("x-job-status") == "processing")
        #expect(reply.answer.header("x-has-new-data") == nil)
        #expect(try Value(reply.answer.body)["data"] == .null)
        #expect(try driver.jobStatus(at: 4.999) == "processing")
        let job = try driver.jobStatus(at: 5)
        let sync = try reply.webhooks.last.flatMap { try Value($0.body)["data.meta.sync_status"]?.text }
        #expect(try [before, job, driver.status(at: 5), sync] == expected)
        #expect(reply.webhooks.count == (sync == nil ? 0 : 2))
    }

    @Test(arguments: [AccountBehaviour.failed, .unavailable, .reauthorisation, .partial])
    func `data that was there once stays available whatever the sync comes to`(behaviour: AccountBehaviour) throws {
        var driver = SandboxDriver(behaviour, hadData: true)
        #expect(try driver.status(at: 0) == "AVAILABLE")
        let reply = driver.trigger()
        #expect(try driver.status(at: 5) == "AVAILABLE")
        #expect(try Value(reply.webhooks[1].body)["data.meta.data_status"] == "AVAILABLE".asValue)
    }

    @Test func `the job's event comes first and names the account as a string`() throws {
        var driver = SandboxDriver(.recovers)
        let reply = driver.trigger(at: 10)
        let job = try #require(reply.answer.header("x-job-id"))
        #expect(reply.webhooks.map(\.event) == ["mono.accounts.jobs.update", "mono.events.account_updated"])
        #expect(reply.webhooks.map(\.due) == [15, 15.1])
        let first = try Value(reply.webhooks[0].body)
        #expect(first["data.account"]?.text == "acc")
        #expect(first["data.id"]?.text == job)
        #expect(first["data.status"]?.text == "finished")
        #expect(first["event_id"] == nil)
        let second = try Value(reply.webhooks[1].body)
        #expect(second["data.account._id"]?.text == "acc")
        #expect(second["data.meta.job_id"]?.text == job)
        #expect(second["data.meta.has_new_data"] == .bool(true))
        #expect(second["event_id"]?.text?.hasPrefix("evt") == true)
        #expect(second["timestamp"]?.text?.hasSuffix("Z") == true)
    }

    @Test func `new data is said of a finished job and only then`() {
        var fresh = SandboxDriver(.recovers) { $0.latency = .fixed(0) }
        #expect(fresh.trigger().answer.header("x-has-new-data") == "true")
        var stale = SandboxDriver(.available) { $0.latency = .fixed(0) }
        let answer = stale.trigger().answer
        #expect(answer.header("x-job-status") == "finished")
        #expect(answer.header("x-has-new-data") == nil)
    }

    @Test func `inside the limit the last job is named and none is started`() {
        var driver = SandboxDriver(.recovers)
        let first = driver.trigger(at: 0).answer.header("x-job-id")
        let second = driver.trigger(at: 299.999)
        #expect(second.answer.status == 200)
        #expect(second.answer.header("x-job-id") == first)
        #expect(second.answer.header("x-job-status") == "finished")
        #expect(second.webhooks.isEmpty)
        #expect(driver.sandbox.book.insideLimit == 1)
    }

    @Test func `at the limit a new job is started`() {
        var driver = SandboxDriver(.recovers)
        let first = driver.trigger(at: 0).answer.header("x-job-id")
        let second = driver.trigger(at: 300)
        #expect(second.answer.header("x-job-id") != first)
        #expect(second.answer.header("x-job-status") == "processing")
        #expect(driver.sandbox.book.insideLimit == 0)
    }

    @Test func `balance and transactions share one session`() {
        var driver = SandboxDriver(.recovers)
        let first = driver.trigger(at: 0).answer.header("x-job-id")
        let second = driver.send("GET", "/v2/accounts/acc/balance", at: 1, headers: ["x-realtime": "TRUE"])
        #expect(second.answer.header("x-job-id") == first)
    }

    @Test(arguments: ["/v2/accounts/acc/balance", "/v2/accounts/acc/transactions"])
    func `a read without the header starts nothing`(path: String) {
        var driver = SandboxDriver(.recovers)
        for headers in [[:], ["x-realtime": "false"]] {
            let reply = driver.send("GET", path, headers: headers)
            #expect(reply.answer.header("x-job-id") == nil)
            #expect(reply.call?.kind == .other)
        }
        #expect(driver.sandbox.accounts["acc"]?.jobs.isEmpty == true)
    }

    @Test func `transactions are an empty list until the data is there`() throws {
        var driver = SandboxDriver(.recovers)
        #expect(try Value(driver.send("GET", "/v2/accounts/acc/transactions").answer.body)["data"] == .array([]))
        _ = driver.trigger()
        let page = try Value(driver.send("GET", "/v2/accounts/acc/transactions", at: 4).answer.body)
        #expect(page["data"] != .array([]))
        #expect(page["meta.page"] == .number(1))
    }

    @Test func `an unknown job and an unknown account are not found`() {
        var driver = SandboxDriver([Account(id: "acc", behaviour: .recovers), Account(id: "lost", behaviour: .gone)])
        #expect(driver.send("GET", "/v2/accounts/acc/jobs/other").answer.status == 404)
        #expect(driver.send("GET", "/v2/accounts/nobody").answer.status == 404)
        #expect(driver.send("GET", "/v2/accounts/lost").answer.status == 404)
        #expect(driver.trigger("lost").answer.status == 404)
    }
}

extension String {
    /// The text as a JSON value.
    var asValue: Value { .string(self) }
}
