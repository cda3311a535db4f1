import TestSupport
import Testing

/// An address behind which Mono's API is not: no customer is blamed for it, and no key.
struct WrongAddressTests {
    @Test(arguments: ["/v2", "/V1/", "/v2/accounts", "/v2/accounts/", "/v1/v2"])
    func `78: a path that belongs to the calls is refused before anything is asked`(path: String) async throws {
        try await Stage.with(Sample.many(3, "stuck", "recovers")) { stage in
            let address = ["MONO_BASE_URL": stage.sandbox.baseURL + path]
            let before = try await stage.fingerprint()
            for command in [
                [], ["--account", "stuck-1"], ["--dry-run"], ["plan"], ["reauth-link", "stuck-1"],
                ["link", "--code", "code_1234567890"],
            ] {
                let ending = try await stage.reconcile(command, environment: address)
                #expect(ending.code == 78, "\(command): \(ending.errors)")
                #expect(ending.errors.contains("write \(stage.sandbox.baseURL)\n"), "\(ending.errors)")
            }
            for command in [["doctor"], ["doctor", "--no-call"]] {
                let ending = try await stage.reconcile(command, environment: address)
                #expect(ending.code == 78)
                #expect(ending.output.contains("write \(stage.sandbox.baseURL)\n"), "\(ending.output)")
            }
            #expect(try await stage.fingerprint() == before)
            #expect(try stage.sandbox.calls().total == 0)
        }
    }

    private static let every = ["details", "trigger", "job", "reauth"]

    @Test(arguments: ["realtime", "data-sync"], ["html_401", "html_403", "html_404", "html"])
    func `69: where only pages answer, none is believed`(api: String, mode: String) async throws {
        let faults = [Sample.Fault(mode, on: Self.every)]
        let flagged = (1...8).map { Sample("flagged-\($0)", "recovers", hadData: true, flagged: true, faults: faults) }
        for accounts in [Sample.many(8, "stuck", "recovers", faults: faults), flagged] {
            try await Stage.with(accounts) { stage in
                let ending = try await stage.reconcile(Stage.quick + ["--api", api])
                #expect(ending.code == 69, "\(ending.errors)")
                #expect(ending.complaints.count == 1, "\(ending.errors)")
                #expect(
                    ending.errors.contains(
                        "not Mono's: HTTP \(mode == "html" ? "200" : String(mode.suffix(3))) with an"))
                var counts = try await stage.counts()
                // A page in place of data is an answer that cannot be understood, until there are five.
                if mode == "html" { counts["deferred", default: 0] += counts.removeValue(forKey: "errored") ?? 0 }
                #expect(counts == ["deferred": 8])
                #expect(try stage.sandbox.calls().accounts.values.allSatisfy { $0.trigger <= 1 })
            }
        }
    }

    @Test(arguments: ["html_401", "html_403", "html_404"])
    func `a page for one account costs the others nothing, and does not make it unknown`(mode: String) async throws {
        let odd = Sample("odd", "recovers", faults: [Sample.Fault(mode, on: ["details"])])
        try await Stage.with([odd] + Sample.many(3, "stuck", "recovers")) { stage in
            let ending = try await stage.reconcile(Stage.quick)
            #expect(ending.code == 1, "\(ending.errors)")
            #expect(try await stage.counts() == ["errored": 1, "recovered": 3])
            let story = try await stage.reconcile(["explain", "odd"])
            #expect(story.output.contains("HTML page"), "\(story.output)")
        }
    }
}
