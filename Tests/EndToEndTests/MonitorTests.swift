import Foundation
import Postgres
import TestSupport
import Testing

/// Pings and metrics of the nightly job, with real programs at the other end.
struct MonitorTests {
    /// A dead man's switch that prints what it is told: method and place, then the text; `wait` answers after 60 s.
    private static let server = """
        import http.server, sys, time
        class Switch(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["content-length"])).decode()
                print("told", self.path, "key" if "mono-sec-key" in self.headers else "-", text.replace("\\n", " "), flush=True)
                if "wait" in self.path: time.sleep(60)
                self.send_response(200); self.end_headers()
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Switch)
        print("port", server.server_port, flush=True)
        server.serve_forever()
        """

    /// A ping as the switch saw it.
    private struct Ping {
        var place: Substring
        var id: Substring
        var key: Substring
        var text: String
    }

    /// Runs a body with the address of a switch, and returns what that was told.
    private func listening(_ body: (String) async throws -> Void) async throws -> [Ping] {
        let tool = try Tool(.python, ["-c", Self.server], environment: [:], limit: .seconds(120))
        let port = try #require(await tool.line(beginningWith: "port ")?.split(separator: " ").last)
        try await body("http://127.0.0.1:\(port)/check")
        tool.signal(SIGKILL)
        return await tool.completion().output.split(separator: "\n").filter { $0.hasPrefix("told ") }.map { line in
            let words = line.split(separator: " ", maxSplits: 3)
            let place = words[1].split(separator: "?rid=")
            return Ping(
                place: place[0], id: place.last ?? "", key: words[2], text: words.count > 3 ? String(words[3]) : "")
        }
    }

    @Test
    func `start and end are told with one id, the run and its headline, and no key`() async throws {
        try await Stage.with([Sample("one", "recovers")]) { stage in
            let pings = try await listening { address in
                let ending = try await stage.reconcile(Stage.quick + ["--ping-url", address])
                #expect(ending.code == 0)
            }
            #expect(pings.map(\.place) == ["/check/start", "/check/0"])
            #expect(Set(pings.map(\.id)).count == 1)
            #expect(UUID(uuidString: pings.first.map { String($0.id) } ?? "") != nil)
            #expect(pings.last?.text == "run 1 (nightly): The account is back.")
            #expect(pings.allSatisfy { $0.key == "-" })
        }
    }

    @Test
    func `whatever a job ends with is told`() async throws {
        try await Stage.with([Sample("one", "recovers")]) { stage in
            let nobody = "host=127.0.0.1 port=\(try freeLoopbackPort()) user=nobody dbname=nothing"
            let pings = try await listening { address in
                let variables = ["MONO_RECONCILE_PING_URL": address]
                for (code, more) in [
                    (78, ["MONO_SECRET_KEY": ""]), (69, ["DATABASE_URL": nobody]),
                    (77, ["MONO_SECRET_KEY": "test_sk_other"]), (78, ["DATABASE_URL": "nonsense"]),
                ] as [(Int32, [String: String])] {
                    let ending = try await stage.reconcile(Stage.quick, environment: variables.merging(more) { $1 })
                    #expect(ending.code == code, "\(ending.errors)")
                    #expect(ending.complaints.count == 1)
                }
                // Neither a plan nor a look at one account is the night's job.
                _ = try await stage.reconcile(["plan"], environment: variables)
                _ = try await stage.reconcile(Stage.quick + ["--account", "one"], environment: variables)
            }
            #expect(
                pings.map(\.place) == [
                    "/check/start", "/check/78", "/check/start", "/check/69", "/check/start", "/check/77",
                    "/check/start", "/check/78",
                ])
            #expect(pings.count < 4 || pings[3].text.contains("DATABASE_URL"))
            #expect(Set(pings.map(\.id)).count == 4)
        }
    }

    @Test
    func `an interrupted job tells its end, within its 5 s`() async throws {
        try await Stage.with([Sample("slow", "never_ready")]) { stage in
            let pings = try await listening { address in
                let run = try stage.start(["--window", "30s", "--ping-url", address])
                try await stage.until("the run is open") { try await !stage.runs().isEmpty }
                let begin = ContinuousClock.now
                run.signal(SIGTERM)
                let ending = await run.completion()
                #expect(ending.code == 143)
                #expect(ContinuousClock.now - begin < .seconds(5))
            }
            #expect(pings.map(\.place) == ["/check/start", "/check/143"])
        }
    }

    @Test
    func `a switch that is away or does not answer costs a line each time, and no more than 5 s`() async throws {
        try await Stage.with([.healthy("one")]) { stage in
            let away = "http://127.0.0.1:\(try freeLoopbackPort())/x"
            let ending = try await stage.reconcile(["--ping-url", away])
            #expect(ending.code == 0)
            #expect(ending.complaints.count == 2)
            #expect(ending.errors.contains("the ping of the end was not taken error=connection refused"))
            let quiet = try await stage.reconcile(["--ping-url", away, "--quiet"])
            #expect(quiet.code == 0)
            #expect(quiet.everything.isEmpty)
            _ = try await listening { address in
                let begin = ContinuousClock.now
                let ending = try await stage.reconcile(["--ping-url", "\(address)/wait", "--log-format", "json"])
                #expect(ending.code == 0)
                #expect(ending.complaints.count == 2)
                // 5 s, and room for a loaded machine.
                #expect(ContinuousClock.now - begin < .seconds(20))
            }
        }
    }

    @Test
    func `a webhook is told of a nightly run once, whoever takes part, and of no other`() async throws {
        let accounts = [Sample("one", "recovers"), Sample("two", "partial")]
        try await Stage.with(accounts) { stage in
            let posts = try await listening { address in
                let variables = [
                    "MONO_RECONCILE_NOTIFY_URL": "\(address)?sig=a",
                    "MONO_RECONCILE_REPORT_URL": "http://files.lan/mono/",
                ]
                let first = try stage.start(Stage.quick, environment: variables)
                let second = try stage.start(Stage.quick, environment: variables)
                #expect(await first.completion().code == 0)
                #expect(await second.completion().code == 0)
                let one = try await stage.reconcile(Stage.quick + ["--account", "two"], environment: variables)
                // What cron mails names the page.
                #expect(one.complaints.count == 1)
                #expect(one.errors.contains("/mono/run-"))
                #expect(one.errors.contains("/report.html"))
            }
            // One that came too late to join had a run of its own.
            let runs = try await stage.sql.run { (session) throws(PostgresError) in
                try session.column(
                    "select run_id from mono.reconciliation_runs where kind = 'nightly' order by 1", as: Int64.self)
            }
            #expect(posts.map(\.place) == runs.map { _ in "/check?sig=a" })
            #expect(posts.allSatisfy { $0.key == "-" })
            for (post, run) in zip(posts, runs) {
                let body = try #require(
                    try JSONSerialization.jsonObject(with: Data(post.text.utf8)) as? [String: Any])
                #expect(body["exit_code"] as? Int == 0)
                #expect(body["report_url"] as? String == "http://files.lan/mono/run-\(run)/report.html")
                #expect(body.keys.sorted() == ["exit_code", "headline", "report_url", "text", "work_list"])
            }
        }
    }

    @Test
    func `a webhook that is away costs a line and no exit code, and its address is not shown`() async throws {
        try await Stage.with([.healthy("one")]) { stage in
            let away = "http://127.0.0.1:\(try freeLoopbackPort())/canary"
            let ending = try await stage.reconcile(["--notify-url", away, "--log-level", "trace"])
            #expect(ending.code == 0)
            #expect(ending.errors.contains("the notice was not taken address=http://127.0.0.1"))
            #expect(ending.errors.contains("error=connection refused"))
            let malformed = try await stage.reconcile(["--notify-url", "http://hooks.example.com/canary"])
            #expect(malformed.code == 64)
            for text in [ending.everything, malformed.everything] { #expect(!text.contains("canary")) }
        }
    }

    @Test
    func `the metrics file is Prometheus' format, and a failure keeps the last success`() async throws {
        try await Stage.with([Sample("one", "recovers"), Sample("two", "partial")]) { stage in
            let path = "\(stage.folder)/mono.prom"
            let variables = ["MONO_RECONCILE_METRICS_FILE": path]
            #expect(try await stage.reconcile(Stage.quick, environment: variables).code == 0)
            let good = try String(contentsOfFile: path, encoding: .utf8)
            #expect(good.contains("mono_reconcile_cases{outcome=\"partial\"} 1\n"))
            #expect(good.contains("mono_reconcile_last_run_exit_code 0\n"))
            let success = good.split(separator: "\n").first {
                $0.hasPrefix("mono_reconcile_last_success_timestamp_seconds ")
            }
            let failing = variables.merging(["MONO_SECRET_KEY": ""]) { $1 }
            #expect(try await stage.reconcile(Stage.quick, environment: failing).code == 78)
            let bad = try String(contentsOfFile: path, encoding: .utf8)
            #expect(bad.contains("mono_reconcile_last_run_exit_code 78\n"))
            #expect(bad.contains("mono_reconcile_cases{outcome=\"partial\"} 1\n"))
            #expect(success.map { bad.contains("\($0)\n") } == true)
            // A look at one account is not the night's job.
            _ = try await stage.reconcile(Stage.quick + ["--account", "one"], environment: variables)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == bad)
        }
    }

    @Test
    func `a metrics file that cannot be written is a line, and no failure`() async throws {
        try await Stage.with([.healthy("one")]) { stage in
            let ending = try await stage.reconcile(["--quiet", "--metrics-file", "\(stage.folder)/none/x.prom"])
            #expect(ending.code == 0)
            #expect(ending.output.isEmpty)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("\(stage.folder)/none"))
        }
    }
}
