import Testing

@testable import MonoReconcile

/// What a mistyped word was meant to be.
struct SuggestionsTests {
    private static let commands = [
        "run", "plan", "report", "status", "explain", "listen", "record", "link", "reauth-link", "migrate", "prune",
        "doctor", "help",
    ]

    @Test(
        arguments: [
            ("stauts", "status"), ("Status", "status"), ("plna", "plan"), ("migarte", "migrate"),
            ("reuath-link", "reauth-link"),
            ("doctr", "doctor"), ("rn", "run"), ("reocrd", "record"), ("exlpain", "explain"), ("proone", "prune"),
        ])
    func `a slip is put right`(word: String, meant: String) {
        let said = Suggestions.complaint(about: [word, "x"], commands: Self.commands)
        #expect(said == "there is no command \"\(word)\"; did you mean: mono-reconcile \(meant)")
    }

    @Test(arguments: ["banana", "x", "synchronise", "7"])
    func `what is near to nothing gets the list`(word: String) throws {
        let said = try #require(Suggestions.complaint(about: [word], commands: Self.commands))
        #expect(said.hasPrefix("there is no command \"\(word)\"; there are: run, plan, "))
    }

    @Test func `an Account ID by itself was meant for an option`() {
        let id = "664f1a2b3c4d5e6f7a8b9c0d"
        #expect(
            Suggestions.complaint(about: [id], commands: Self.commands)
                == "there is no command \"\(id)\"; for one account: mono-reconcile --account \(id) (or explain)")
        #expect(
            Suggestions.complaint(about: ["plan", id], commands: Self.commands)
                == "plan takes no account by itself; did you mean: mono-reconcile plan --account \(id)")
    }

    @Test(arguments: [
        [], ["--acount", "x"], ["report", "12"], ["run", "--quiet", "x"], ["-h"], [""], ["run", "today"],
    ])
    func `the rest is the parser's to say`(line: [String]) {
        #expect(Suggestions.complaint(about: line, commands: Self.commands) == nil)
    }

    @Test(
        arguments: [
            ("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "acb", 1), ("kitten", "sitting", 3),
            ("abcd", "badc", 2),
            ("same", "same", 0),
        ])
    func `the distance counts letters to insert, remove, replace or swap`(first: String, second: String, expected: Int)
    {
        #expect(Suggestions.distance(first, second) == expected)
        #expect(Suggestions.distance(second, first) == expected)
    }

    @Test func `a variable's slip is put right too`() {
        let known = RunSettings.knownVariables
        #expect(Suggestions.nearest(to: "MONO_RECONCILE_MAXCALLS", among: known) == "MONO_RECONCILE_MAX_CALLS")
        #expect(Suggestions.nearest(to: "MONO_RECONCILE_BANANAS_AND_PEARS", among: known) == nil)
        for variable in known { #expect(Suggestions.nearest(to: variable, among: known) == variable) }
    }
}
