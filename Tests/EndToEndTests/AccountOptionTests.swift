import Postgres
import Testing

/// `--account`: the engineer on call asks for single accounts.
struct AccountOptionTests {
    private static let accounts: [Sample] = [
        .healthy("healthy"), Sample("stuck", "recovers"), Sample("flagged", "reauthorisation", flagged: true),
        Sample("bystander", "recovers"),
    ]

    @Test
    func `the accounts named are settled, each with a line, and no other is touched`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let names = ["healthy", "stuck", "flagged"].flatMap { ["--account", $0] }
            let ending = try await stage.reconcile(Stage.quick + names)
            #expect(ending.code == 0, "\(ending.errors)")
            let lines = ending.output.split(separator: "\n").map {
                $0.split(separator: "  ").prefix(2).map(String.init)
            }
            #expect(
                Set(lines) == [
                    ["healthy", "already_available"], ["stuck", "recovered"],
                    ["flagged", "reauthorisation_required"],
                ])
            #expect(ending.output.split(separator: "\n").count == 3)
            let calls = try stage.sandbox.calls().accounts
            #expect(calls["healthy"] == SandboxProcess.Kinds(details: 1, trigger: 0, job: 0))
            #expect(calls["stuck"]?.trigger == 1)
            // A flag stands until a sync shows otherwise: there is nothing to inspect.
            #expect(calls["flagged"]?.trigger == 1)
            #expect(calls["bystander"] == nil)
        }
    }

    @Test
    func `a reference names its account, and one of several accounts names none`() async throws {
        try await Stage.with(Self.accounts) { stage in
            try await stage.sql.execute("update mono.accounts set customer_ref = 'two' where account_id <> 'healthy'")
            let plan = try await stage.reconcile(["plan", "--account", "ref-healthy"])
            #expect(
                plan.output.contains("API calls: about 1\nSyncs that may send a customer an OTP: up to 0\n")
            )
            let ending = try await stage.reconcile(Stage.quick + ["--account", "ref-healthy"])
            #expect(ending.output.hasPrefix("healthy  already_available  "), "\(ending.errors)")
            let several = try await stage.reconcile(Stage.quick + ["--account", "two"])
            #expect(several.code == 65)
            #expect(several.errors.contains("several accounts: bystander, flagged, stuck; nothing was done"))
            #expect(try await stage.runs().count == 1)
        }
    }

    @Test
    func `straight after a sync there is no second one`() async throws {
        try await Stage.with(Self.accounts) { stage in
            #expect(try await stage.reconcile(Stage.quick + ["--account", "flagged"]).code == 0)
            let again = try await stage.reconcile(Stage.quick + ["--account", "flagged"])
            #expect(again.code == 1)
            #expect(again.output.hasPrefix("flagged  deferred  "))
            #expect(again.output.contains(" It may be tried again from "))
            #expect(try stage.sandbox.triggers().total == 1)
        }
    }

    @Test(arguments: [
        (["--account", "stuck", "--account", "nobody-1", "--account", "nobody-2"], ["nobody-1", "nobody-2"]),
        (["--account", "no body", "--account", "stuck", "--account", "é"], ["no body", "é"]),
        (["--account", ""], ["\"\""]),
        (["--account", String(repeating: "a", count: 65)], ["aaaa"]),
    ])
    func `an account that cannot be is named and nothing is done`(
        arguments: [String], named: [String]
    ) async throws {
        try await Stage.with(Self.accounts) { stage in
            let ending = try await stage.reconcile(arguments)
            #expect(ending.code == 65)
            #expect(ending.complaints.count == 1)
            for name in named { #expect(ending.errors.contains(name)) }
            #expect(try await stage.runs().isEmpty)
            #expect(try stage.sandbox.calls().total == 0)
        }
    }
}
