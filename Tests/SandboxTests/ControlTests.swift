import Testing

@testable import MonoSandbox

struct ControlTests {
    @Test(arguments: [nil, "", "test_sk_other"])
    func `a missing or wrong key is refused and counted`(key: String?) {
        var driver = SandboxDriver(.recovers)
        var request = Request(method: "GET", target: "/v2/accounts/acc")
        request.headers["mono-sec-key"] = key
        #expect(driver.sandbox.answer(request, at: 0).answer.status == 401)
        #expect(driver.sandbox.book.total == 1)
        request.target = "/_sandbox/health"
        #expect(driver.sandbox.answer(request, at: 0).answer.status == 200)
        #expect(driver.sandbox.book.total == 1)
    }

    @Test func `calls are counted by account and kind`() throws {
        var driver = SandboxDriver(.recovers)
        _ = driver.send("GET", "/v2/accounts/acc", at: 1)
        _ = driver.trigger(at: 2)
        _ = try driver.jobStatus(at: 3)
        _ = driver.send("GET", "/v2/accounts/nobody", at: 4)
        let page = try Value(driver.send("GET", "/_sandbox/calls").answer.body)
        #expect(page["total"] == .number(4))
        #expect(page["kinds.details"] == .number(2))
        #expect(page["accounts.acc.trigger"] == .number(1))
        #expect(page["accounts.acc.job"] == .number(1))
        let one = try Value(driver.send("GET", "/_sandbox/calls/acc").answer.body)
        guard case .array(let calls)? = one["calls"] else { return #expect(Bool(false), "no calls") }
        #expect(calls.map { $0["kind"]?.text } == ["details", "trigger", "job"])
        #expect(calls[1]["t"] == .number(2))
        #expect(calls[1]["unix"] == .number(1_700_000_002))
        #expect(driver.send("GET", "/_sandbox/calls/unheard-of").answer.status == 404)
    }

    @Test func `the peak is the fullest second, wherever it begins`() throws {
        var driver = SandboxDriver(.recovers)
        for time in [0, 0.75, 1, 1.25, 1.5, 1.75, 5] { _ = driver.send("GET", "/v2/accounts/acc", at: time) }
        let page = try Value(driver.send("GET", "/_sandbox/peak").answer.body)
        #expect(page["calls_in_a_second"] == .number(4))
    }

    @Test func `triggers are listed with their times`() throws {
        var driver = SandboxDriver(.recovers)
        _ = driver.trigger(at: 1)
        _ = driver.trigger(at: 2)
        let page = try Value(driver.send("GET", "/_sandbox/triggers").answer.body)
        #expect(page["total"] == .number(2))
        #expect(page["inside_limit"] == .number(1))
        guard case .array(let triggers)? = page["accounts.acc"] else { return #expect(Bool(false), "no triggers") }
        #expect(triggers.map { $0["inside_limit"] } == [.bool(false), .bool(true)])
    }

    @Test func `a changed behaviour acts at once and keeps the limit`() throws {
        var driver = SandboxDriver(.unavailable)
        let job = driver.trigger(at: 0).answer.header("x-job-id")
        let body = #"{"id":"acc","script":"recovers"}"#
        #expect(driver.send("POST", "/_sandbox/accounts", at: 10, body: body).answer.status == 200)
        #expect(driver.trigger(at: 11).answer.header("x-job-id") == job)
        _ = driver.trigger(at: 300)
        #expect(try driver.status(at: 303.9) == "PROCESSING")
        #expect(try driver.status(at: 304) == "AVAILABLE")
        let more = #"{"accounts":[{"id":"new","script":"partial"}]}"#
        _ = driver.send("POST", "/_sandbox/accounts", body: more)
        #expect(driver.sandbox.accounts["new"]?.account.behaviour == .partial)
    }

    @Test func `every script and member of a scenario is read`() throws {
        let text = """
            {"accounts": [{"id": "a", "script": "never_ready", "had_data": true, "flagged": true, "awaiting": false,
            "institution": "Kuda Bank", "bank_code": "50211", "customer_ref": "LN-1", "holder": "Test Holder 9",
            "latency": "uniform:1s:5s", "webhooks": "lost", "faults": [{"mode": "503", "on": ["details", "job"],
            "first": 2, "rate": 0.5, "retry_after": "2s", "retry_after_is_date": true, "takes_effect": true}]}]}
            """
        let account = try #require(try Scenario.read(Array(text.utf8)).accounts.first)
        #expect(account.behaviour == .neverReady)
        #expect(account.hadData && account.isFlagged && !account.isAwaiting)
        #expect(account.latency == .uniform(1, 5))
        #expect(account.webhooks == .lost)
        let rule = try #require(account.faults.first)
        #expect(rule.kinds == [.details, .job])
        #expect(rule.retryAfter == 2 && rule.retryAfterIsDate && rule.takesEffect && rule.first == 2)
    }

    @Test(
        arguments: zip(
            [
                "no JSON", "{}", #"{"id":"a b","script":"slow"}"#, #"{"id":"a","scirpt":"slow"}"#,
                #"{"accounts":[{"id":"a","script":"slow"},{"id":"a","script":"slow"}]}"#,
                #"{"accounts":[{"id":"a","script":"slow","latency":"soon"}]}"#,
                #"{"accounts":[{"id":"a","script":"slow","faults":[{"mode":"boom"}]}]}"#,
                #"{"banks":[{"latency":"2s"}]}"#, #"{"banks":[{"name":"Kuda Bank","webhook_loss":1.5}]}"#,
                #"{"banks":[{"name":"Kuda Bank","down":[{"from":"soon"}]}]}"#,
            ],
            [
                "", "id", "id", "scirpt", "account a is there twice", "accounts.[0].latency",
                "accounts.[0].faults.[0].mode", "banks.[0].name", "banks.[0].webhook_loss",
                "banks.[0].down.[0].from",
            ]
        ))
    func `what is wrong with a scenario is named`(text: String, place: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario.read(Array(text.utf8)) }
        #expect(error?.description.hasPrefix(place) == true)
    }

    @Test(arguments: zip(["500ms", "30s", "5m", "2h", "90d", "1.5s"], [0.5, 30, 300, 7200, 7_776_000, 1.5]))
    func `times are read with their units`(text: String, seconds: Double) {
        #expect(Seconds(text)?.value == seconds)
    }

    @Test(arguments: ["", "5", "s", "-1s", "5 m", "1e3s", "infs", "3651d", "5w"])
    func `what is no time is refused`(text: String) {
        #expect(Seconds(text) == nil)
        #expect(LatencyDistribution(text) == nil)
    }

    @Test(
        arguments: [
            "0.5*2s", "0.5*2s+0.6*3s", "1*soon", "2*2s", "-1*2s+2*3s", "0.5*2s+0.5*", "*2s", "0.5*2s*3s+0.5*1s", "+",
        ])
    func `shares that do not sum to one, or stand before no law, are refused`(text: String) {
        #expect(LatencyDistribution(text) == nil)
    }

    @Test func `each law of a mixture has its share and its own shape`() throws {
        let mixture = try #require(LatencyDistribution("0.7*uniform:1s:2s+0.2*lognormal:10s:0.1+0.1*1h"))
        let dice = Dice(seed: 3)
        let draws = (0..<5000).map { mixture.draw(dice.roll("a", "x", $0), dice.roll("a", "y", $0)) }
        #expect((3400...3600).contains(draws.count { (1...2).contains($0) }))
        #expect((900...1100).contains(draws.count { (6...16).contains($0) }))
        #expect((430...570).contains(draws.count { $0 == 3600 }))
        #expect((1600...1900).contains(draws.count { (1..<1.5).contains($0) }))
        #expect(mixture.draw(0.999_999_999_999, 0) == 3600)
    }

    @Test func `distributions keep within their bounds`() {
        let dice = Dice(seed: 3)
        let draws = (0..<2000).map { (dice.roll("a", "x", $0), dice.roll("a", "y", $0)) }
        #expect(draws.allSatisfy { (1...5).contains(LatencyDistribution.uniform(1, 5).draw($0.0, $0.1)) })
        let tailed = draws.map { LatencyDistribution.lognormal(median: 2, sigma: 0.5).draw($0.0, $0.1) }.sorted()
        #expect((1.8...2.2).contains(tailed[1000]))
        #expect(
            LatencyDistribution.lognormal(median: 2, sigma: 5).draw(0.999_999, 0) == LatencyDistribution.longestSeconds)
        #expect(LatencyDistribution("uniform:5s:1s") == nil)
        #expect(LatencyDistribution("lognormal:2s:0.6") == .lognormal(median: 2, sigma: 0.6))
    }
}
