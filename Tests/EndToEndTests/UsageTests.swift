import Testing

/// Malformed options and variables: refused before anything is done, with the name and a valid example.
struct UsageTests {
    /// An option, what it must not accept, and nothing else.
    static let malformed: [(option: String, value: String)] = [
        ("limit", "0"), ("limit", "ten"), ("window", "5"), ("window", "999ms"), ("window", "25h"), ("window", "-5s"),
        ("stuck-after", "soon"), ("rate", "0"), ("rate", "ten"), ("rate", "10001"), ("concurrency", "0"),
        ("max-calls", "-1"), ("max-calls", "1e3"), ("poll-first", "9ms"), ("poll-factor", "0.9"),
        ("poll-max", "2 m"), ("api", "v3"), ("csv-profile", "ods"), ("progress", "yes"), ("log-level", "loud"),
        ("log-format", "xml"), ("report-dir", ""), ("time-zone", "Africa/Atlantis"), ("report-url", "files"),
        ("patience", "0s"), ("prices", "details=100"), ("currency", "naira"),
    ]
    /// Those that only a run has.
    private static let ofRunAlone = [
        "concurrency", "csv-profile", "progress", "log-level", "log-format", "report-dir", "report-url",
    ]

    private static let environment = [
        "DATABASE_URL": "host=/nowhere", "MONO_SECRET_KEY": "test_sk_usage", "MONO_BASE_URL": "http://127.0.0.1:9",
    ]

    @Test(arguments: [[], ["run"], ["plan"]])
    func `a malformed option ends in 64`(command: [String]) async throws {
        for (option, value) in Self.malformed where command != ["plan"] || !Self.ofRunAlone.contains(option) {
            let arguments = command + ["--\(option)", value]
            let ending = try await Tool.run(.reconcile, arguments, environment: Self.environment)
            #expect(ending.code == 64, "\(arguments): \(ending.errors)")
            #expect(ending.output.isEmpty, "\(arguments)")
            #expect(ending.complaints.count == 1, "\(arguments)")
            #expect(ending.errors.contains("--\(option): \"\(value)\" is not "), "\(arguments): \(ending.errors)")
            #expect(ending.errors.contains("for instance --\(option) "), "\(arguments): \(ending.errors)")
        }
    }

    @Test(arguments: [["--wimdow", "5m"], ["runn"], ["--window"], ["report", "--run", "x"], ["--quiet=perhaps"]])
    func `what the parser does not know ends in 64`(arguments: [String]) async throws {
        let ending = try await Tool.run(.reconcile, arguments, environment: Self.environment)
        #expect(ending.code == 64)
        #expect(ending.output.isEmpty)
        #expect(!ending.errors.isEmpty)
    }

    @Test
    func `plan has no options that would do nothing, and the run's dry run has them all`() async throws {
        let help = try await Tool.run(.reconcile, ["help", "plan"], environment: [:]).output
        for option in Self.ofRunAlone + ["quiet", "strict", "no-report", "ping-url", "notify-url", "metrics-file"] {
            #expect(!help.contains("--\(option)"), "\(option)")
        }
        let plan = try await Tool.run(.reconcile, ["plan", "--quiet"], environment: Self.environment)
        #expect(plan.code == 64)
        #expect(plan.errors.contains("--quiet"))
        let dry = try await Tool.run(.reconcile, ["--dry-run", "--quiet"], environment: Self.environment)
        #expect(dry.code == 69, "\(dry.errors)")
    }

    @Test
    func `a malformed variable ends in 78`() async throws {
        // An empty variable is none.
        for (option, value) in Self.malformed where !value.isEmpty {
            let variable = "MONO_RECONCILE_" + option.uppercased().replacing("-", with: "_")
            let ending = try await run([variable: value])
            #expect(ending.code == 78, "\(variable): \(ending.errors)")
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("\(variable): \"\(value)\" is not "), "\(ending.errors)")
            #expect(ending.errors.contains("for instance \(variable)="), "\(ending.errors)")
        }
    }

    @Test(arguments: [
        (["MONO_API": "v3"], "MONO_API"), (["MONO_SYNC_LIMIT": "5"], "MONO_SYNC_LIMIT"),
        (["MONO_RECONCILE_STRICT": "perhaps"], "MONO_RECONCILE_STRICT"),
        (["MONO_RECONCILE_QUIET": "2"], "MONO_RECONCILE_QUIET"),
        (["MONO_RECONCILE_DRY_RUN": "maybe"], "MONO_RECONCILE_DRY_RUN"),
        (["MONO_SECRET_KEY": ""], "MONO_SECRET_KEY"), (["MONO_SECRET_KEY": "two words"], "MONO_SECRET_KEY"),
        (["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": "/nowhere/key"], "/nowhere/key"),
        (["MONO_BASE_URL": "http://mono.example"], "MONO_BASE_URL"),
        (["MONO_BASE_URL": "http://127.0.0.1.example"], "MONO_BASE_URL"),
        (["MONO_BASE_URL": "mono.example"], "MONO_BASE_URL"),
        (["DATABASE_URL": "nonsense=1"], "DATABASE_URL"),
    ])
    func `a wrong setting of the connection ends in 78`(variables: [String: String], named: String) async throws {
        let ending = try await run(variables)
        #expect(ending.code == 78, "\(ending.errors)")
        #expect(ending.complaints.count == 1)
        #expect(ending.errors.contains(named))
        #expect(ending.output.isEmpty)
    }

    @Test
    func `an option wins over its variable`() async throws {
        let ending = try await Tool.run(
            .reconcile, ["--rate", "0"],
            environment: Self.environment.merging(["MONO_RECONCILE_RATE": "x"]) { $1 })
        #expect(ending.code == 64)
    }

    private func run(_ variables: [String: String]) async throws -> Tool.Completion {
        try await Tool.run(.reconcile, environment: Self.environment.merging(variables) { $1 })
    }
}
