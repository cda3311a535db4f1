import Testing

@testable import MonoSandbox

struct BankTests {
    /// `count` accounts of Kuda Bank, `acc` the first of them.
    private func driver(
        _ behaviour: AccountBehaviour = .recovers, count: Int = 1, hadData: Bool = false,
        change: (inout BankBehaviour) -> Void
    ) -> SandboxDriver {
        var bank = BankBehaviour(name: "Kuda Bank")
        change(&bank)
        let accounts = (0..<count).map { number in
            var account = Account(id: number == 0 ? "acc" : "acc\(number)", behaviour: behaviour)
            account.institution = bank.name
            account.hadData = hadData
            return account
        }
        return SandboxDriver(accounts) { $0.banks = [bank.name: bank] }
    }

    /// Down from the 100th second to the 200th.
    private func outage(_ behaviour: AccountBehaviour = .recovers, hadData: Bool = false) -> SandboxDriver {
        driver(behaviour, hadData: hadData) { $0.outages = [BankBehaviour.Outage(from: 100, until: 200)] }
    }

    @Test func `a bank's latency counts for its accounts without one of their own`() throws {
        var driver = driver(count: 2) { $0.latency = .fixed(9) }
        driver.sandbox.accounts["acc1"]?.account.latency = .fixed(2)
        #expect(driver.trigger().call?.syncSeconds == 9)
        #expect(driver.trigger(at: 0, "acc1").call?.syncSeconds == 2)
        #expect(try driver.jobStatus(at: 8.999) == "processing")
        #expect(try driver.jobStatus(at: 9) == "finished")
    }

    @Test func `another bank's accounts do not notice`() {
        var driver = driver { $0.latency = .fixed(9) }
        driver.sandbox.accounts["acc"]?.account.institution = "OPay"
        #expect(driver.trigger().call?.syncSeconds == 4)
    }

    @Test func `a sync arrives with all its events or with none, and the bank's share gets lost`() {
        var driver = driver(count: 1000) { $0.webhookLoss = 0.2 }
        let events = driver.sandbox.accounts.keys.sorted().map { driver.trigger(at: 0, $0).webhooks.count }
        #expect(Set(events) == [0, 2])
        #expect((160...240).contains(events.count { $0 == 0 }))
    }

    @Test(arguments: zip([99.999, 100, 199.999, 200], ["finished", "failed", "failed", "finished"]))
    func `syncs that begin while the bank is down fail`(time: Double, expected: String) throws {
        var driver = outage()
        let reply = driver.trigger(at: time)
        #expect(try driver.jobStatus(at: time + 4) == expected)
        let hasFailed = expected == "failed"
        #expect(try driver.status(at: time + 4) == (hasFailed ? "UNAVAILABLE" : "AVAILABLE"))
        let sync = try Value(reply.webhooks[1].body)["data.meta.sync_status"]?.text
        #expect(sync == (hasFailed ? "FAILED" : "SUCCESSFUL"))
    }

    @Test func `a bank that came back brings the data of an account that it refused`() throws {
        var driver = outage()
        _ = driver.trigger(at: 150)
        _ = driver.trigger(at: 450)
        #expect(try driver.status(at: 453.9) == "UNAVAILABLE")
        #expect(try driver.status(at: 454) == "AVAILABLE")
    }

    @Test(arguments: [(AccountBehaviour.recovers, true), (.available, false)])
    func `data that was there stays there`(behaviour: AccountBehaviour, hadData: Bool) throws {
        var driver = outage(behaviour, hadData: hadData)
        _ = driver.trigger(at: 150)
        #expect(try driver.jobStatus(at: 154) == "failed")
        #expect(try driver.status(at: 154) == "AVAILABLE")
    }

    @Test func `a bank that is down says nothing of the customer's sign-in`() throws {
        var driver = outage(.reauthorisation)
        let sync = try Value(driver.trigger(at: 150).webhooks[1].body)["data.meta.sync_status"]?.text
        #expect(sync == "FAILED")
    }

    @Test func `a manual data sync of a bank that is down is answered with its error and no event`() throws {
        var driver = outage()
        let reply = driver.sync(at: 150)
        #expect(try Value(reply.answer.body)["code"]?.text == "SYNC_ERROR")
        #expect(reply.webhooks.isEmpty)
        #expect(try driver.status(at: 154, .dataSync) == "UNAVAILABLE")
    }

    @Test func `the bank of a scenario can go down and come back later`() throws {
        var driver = SandboxDriver(.recovers)
        let down = #"{"banks":[{"name":"GTBank","latency":"0.5*1s+0.5*1s","down":[{"from":"10s"}]}]}"#
        #expect(driver.send("POST", "/_sandbox/accounts", body: down).answer.status == 200)
        _ = driver.trigger(at: 1000)
        #expect(try driver.jobStatus(at: 1001) == "failed")
        _ = driver.send("POST", "/_sandbox/accounts", body: #"{"banks":[{"name":"GTBank"}]}"#)
        _ = driver.trigger(at: 2000)
        #expect(try driver.jobStatus(at: 2004) == "finished")
    }

    @Test func `the log tells how long a sync takes, and nothing of a call that began none`() throws {
        var driver = SandboxDriver(.recovers)
        let first = try #require(driver.trigger().call)
        #expect(try Value(first.json(epoch: 0).text)["takes"] == .number(4))
        let second = try #require(driver.trigger(at: 1).call)
        #expect(try Value(second.json(epoch: 0).text)["takes"] == .null)
        var never = SandboxDriver(.neverReady)
        #expect(never.trigger().call?.syncSeconds == nil)
    }
}
