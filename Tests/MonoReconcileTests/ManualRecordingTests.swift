import Glibc
import Reconciliation
import Testing

@testable import MonoReconcile

/// The command that records an account by hand: what a shell makes of it is the statement that is meant.
struct ManualRecordingTests {
    /// What `psql` would get as its statement, were the line typed into a shell.
    private func statement(_ command: String) throws -> String {
        let shell = try #require(popen("psql() { printf '%s' \"$3\"; }; \(command)", "re"))
        var statement: [UInt8] = []
        while case let byte = fgetc(shell), byte != EOF { statement.append(UInt8(truncatingIfNeeded: byte)) }
        #expect(pclose(shell) == 0)
        return String(decoding: statement, as: UTF8.self)
    }

    @Test(arguments: [
        ("LOAN 7", "LOAN 7"), ("O'Brien", "O''Brien"), ("a\"b", "a\"b"), ("$HOME `id` \\ !", "$HOME `id` \\ !"),
        ("'); drop table x; --", "''); drop table x; --"), ("é漢\\'", "é漢\\''"),
        ("a'\u{301}b", "a''\u{301}b"), ("'\u{200D}'", "''\u{200D}''"),
        (
            "\"\u{301} `\u{301}id`\u{200D} $\u{301}(id) $\u{200D}HOME",
            "\"\u{301} `\u{301}id`\u{200D} $\u{301}(id) $\u{200D}HOME"
        ),
        ("\\\u{301}\" !\u{301} !\u{200D}", "\\\u{301}\" !\u{301} !\u{200D}"),
    ])
    func `a reference is quoted for SQL and for the shell`(ref: String, inSQL: String) throws {
        let account = try #require(AccountID("acc-1"))
        let command = ManualRecording.text(account, ref)
        #expect(try statement(command) == "select mono.connect_account('acc-1', '\(inSQL)')")
        #expect(!command.contains("\n"))
    }

    @Test func `without a reference there is none`() throws {
        let account = try #require(AccountID("acc-1"))
        #expect(
            ManualRecording.text(account, nil) == #"psql "$DATABASE_URL" -c "select mono.connect_account('acc-1')""#)
    }

    @Test func `whoever interrupts a link hears how far it had come`() throws {
        let account = try #require(AccountID("acc-1"))
        let watch = LinkWatch(nil)
        #expect(watch.farewell.contains("no account was linked"))
        watch.exchanging()
        #expect(watch.farewell.contains("while Mono had the code"))
        watch.exchanged(account)
        #expect(watch.farewell.contains(ManualRecording.text(account, nil)))
        watch.exchanged(nil)
        #expect(watch.farewell.contains("no account was linked"))
    }
}
