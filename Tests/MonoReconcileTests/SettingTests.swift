import Testing

@testable import MonoReconcile

/// Where a setting's value comes from, and what is said of a malformed one.
struct SettingTests {
    private func read(
        option: String? = nil, alsoKnownAs: [String] = [], _ environment: [String: String] = [:]
    ) throws(Failure) -> Int? {
        try Setting(option: option, name: "max-calls", alsoKnownAs: alsoKnownAs, environment: environment)
            .read("a whole number", example: "20000", Values.count)
    }

    @Test(arguments: [
        ("limit", "MONO_RECONCILE_LIMIT"), ("poll-first", "MONO_RECONCILE_POLL_FIRST"),
        ("stuck-after", "MONO_RECONCILE_STUCK_AFTER"),
    ])
    func `the variable follows from the option's name`(name: String, variable: String) {
        #expect(Setting.variable(for: name) == variable)
    }

    @Test
    func `the option wins, then its variable, then the others in their order`() throws {
        let all = ["MONO_RECONCILE_MAX_CALLS": "2", "FIRST": "3", "SECOND": "4"]
        let others = ["FIRST", "SECOND"]
        #expect(try read(option: "1", alsoKnownAs: others, all) == 1)
        #expect(try read(alsoKnownAs: others, all) == 2)
        #expect(try read(alsoKnownAs: others, ["FIRST": "3", "SECOND": "4"]) == 3)
        #expect(try read(alsoKnownAs: others, ["SECOND": "4"]) == 4)
        #expect(try read(alsoKnownAs: others) == nil)
    }

    @Test
    func `an empty variable is none`() throws {
        #expect(try read(["MONO_RECONCILE_MAX_CALLS": ""]) == nil)
        #expect(try read(alsoKnownAs: ["FIRST"], ["MONO_RECONCILE_MAX_CALLS": "", "FIRST": "3"]) == 3)
    }

    @Test
    func `a malformed option is a usage error, and no variable is looked at`() {
        let failure = #expect(throws: Failure.self) {
            try read(option: "many", ["MONO_RECONCILE_MAX_CALLS": "2"])
        }
        #expect(failure?.code == 64)
        #expect(failure?.message == "--max-calls: \"many\" is not a whole number; for instance --max-calls 20000")
    }

    @Test
    func `an empty option is malformed, not absent`() {
        #expect(throws: Failure.self) { try read(option: "", ["MONO_RECONCILE_MAX_CALLS": "2"]) }
    }

    @Test
    func `a malformed variable is an error of the configuration`() {
        let failure = #expect(throws: Failure.self) {
            try read(alsoKnownAs: ["FIRST"], ["MONO_RECONCILE_MAX_CALLS": "many", "FIRST": "3"])
        }
        #expect(failure?.code == 78)
        #expect(
            failure?.message
                == "MONO_RECONCILE_MAX_CALLS: \"many\" is not a whole number; "
                + "for instance MONO_RECONCILE_MAX_CALLS=20000")
    }
}
