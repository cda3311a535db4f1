import Testing

@testable import MonoSandbox

struct WebhookTests {
    @Test func `a share of the events gets lost`() {
        let accounts = (0..<1000).map { Account(id: "acc-\($0)", behaviour: .recovers) }
        var driver = SandboxDriver(accounts) { $0.webhookLoss = 0.3 }
        let sent = accounts.flatMap { driver.trigger($0.id).webhooks }
        let updates = sent.count { $0.event == "mono.events.account_updated" }
        #expect((650...750).contains(updates))
    }

    @Test func `an account can lose all of its events or none`() {
        var lost = Account(id: "lost", behaviour: .recovers)
        lost.webhooks = .lost
        var sent = Account(id: "sent", behaviour: .recovers)
        sent.webhooks = .sent
        var none = SandboxDriver([lost]) { $0.webhookLoss = 0 }
        #expect(none.trigger("lost").webhooks.isEmpty)
        var all = SandboxDriver([sent]) { $0.webhookLoss = 1 }
        #expect(all.trigger("sent").webhooks.count == 2)
    }

    @Test func `a duplicate is the same bytes, later`() {
        var driver = SandboxDriver(.recovers) { $0.webhookDuplicates = 1 }
        let webhooks = driver.trigger().webhooks
        #expect(webhooks.count == 4)
        #expect(webhooks[0].body == webhooks[1].body)
        #expect(webhooks[1].due == webhooks[0].due + WebhookComposer.repeatSeconds)
    }

    @Test func `without anybody to send to there are no events`() {
        var driver = SandboxDriver(.recovers) { $0.sendsWebhooks = false }
        #expect(driver.trigger().webhooks.isEmpty)
    }

    @Test func `speed divides latencies, delays and limits`() {
        var driver = SandboxDriver(.recovers) { $0.speed = 10 }
        #expect(driver.trigger(at: 0).webhooks.map(\.due) == [0.5, 0.6])
        #expect(driver.trigger(at: 29).webhooks.isEmpty)
        #expect(driver.trigger(at: 30).webhooks.count == 2)
    }

    @Test func `re-authorising is told, then the data comes`() throws {
        var driver = SandboxDriver(.reauthorisation)
        let reply = driver.send("POST", "/_sandbox/reauthorise/acc", at: 10)
        #expect(
            reply.webhooks.map(\.event) == ["mono.events.account_reauthorized", "mono.events.account_updated"])
        #expect(reply.webhooks.map(\.due) == [11, 15])
        #expect(try driver.status(at: 13.9) == "PROCESSING")
        #expect(try driver.status(at: 14) == "AVAILABLE")
        #expect(try Value(driver.trigger(at: 20).webhooks[1].body)["data.meta.sync_status"]?.text == "SUCCESSFUL")
    }

    @Test(arguments: ["/v2/accounts/acc/unlink", "/accounts/acc/unlink", "/_sandbox/unlink/acc"])
    func `an unlinked account is told of and gone`(path: String) throws {
        var driver = SandboxDriver(.recovers)
        let reply = driver.send("POST", path)
        #expect(try Value(#require(reply.webhooks.first).body)["data.account.id"]?.text == "acc")
        #expect(driver.send("GET", "/v2/accounts/acc").answer.status == 404)
        #expect(driver.send("POST", path).answer.status == 404)
    }

    @Test func `a code is exchanged once, for an account whose data comes`() throws {
        var driver = SandboxDriver([])
        let reply = driver.send("POST", "/v2/accounts/auth", body: #"{"code":"code_1"}"#)
        let id = try #require(try Value(reply.answer.body)["id"]?.text)
        #expect(reply.webhooks.map(\.event) == ["mono.events.account_connected", "mono.events.account_updated"])
        #expect(try Value(reply.webhooks[0].body)["data.id"]?.text == id)
        let details = try Value(driver.send("GET", "/v2/accounts/\(id)", at: 3.9).answer.body)
        #expect(details["data.meta.data_status"]?.text == "PROCESSING")
        let later = try Value(driver.send("GET", "/v2/accounts/\(id)", at: 4).answer.body)
        #expect(later["data.meta.data_status"]?.text == "AVAILABLE")
        #expect(driver.send("POST", "/account/auth", body: #"{"code":"code_1"}"#).answer.status == 400)
        #expect(driver.send("POST", "/account/auth", body: #"{"code":"code_2"}"#).answer.status == 200)
        #expect(driver.send("POST", "/account/auth", body: "no JSON").answer.status == 400)
    }

    @Test func `links for re-authorising name the account`() throws {
        var driver = SandboxDriver(.reauthorisation)
        let body = #"{"scope":"reauth","account":"acc","meta":{"ref":"r-1"},"redirect_url":"https://example.test"}"#
        let reply = driver.send("POST", "/v2/accounts/initiate", body: body)
        let link = try Value(reply.answer.body)
        #expect(link["data.mono_url"]?.text?.hasPrefix("https://link.mono.co/AL") == true)
        #expect(link["data.account"]?.text == "acc")
        #expect(link["data.meta.ref"]?.text == "r-1")
        #expect(reply.call?.kind == .reauth)
        #expect(reply.call?.account == "acc")
        let first = driver.send("POST", "/v2/accounts/initiate", body: #"{"scope":"auth"}"#)
        #expect(first.call?.kind == .auth)
        for (body, status) in [("{}", 400), (#"{"scope":"reauth"}"#, 400), (#"{"scope":"reauth","account":"x"}"#, 404)]
        {
            #expect(driver.send("POST", "/v2/accounts/initiate", body: body).answer.status == status)
        }
        let token = try Value(driver.send("POST", "/accounts/acc/reauthorise").answer.body)["token"]
        #expect(token?.text?.isEmpty == false)
    }

    @Test func `an account that cannot be re-authorised gets neither link nor token`() throws {
        var account = Account(id: "acc", behaviour: .reauthorisation)
        account.canReauthorise = false
        var driver = SandboxDriver([account])
        let body = #"{"scope":"reauth","account":"acc"}"#
        for reply in [
            driver.send("POST", "/v2/accounts/initiate", body: body), driver.send("POST", "/accounts/acc/reauthorise"),
        ] {
            #expect(reply.answer.status == 400)
            #expect(try Value(reply.answer.body)["message"]?.text == "This account can not be re-authorised.")
        }
    }
}
