import Foundation
import Testing

@testable import MonoReconcile

/// Settings as files and containers hand them over.
struct EnvironmentTests {
    @Test(arguments: [
        ("MONO_API", "realtime\r"), ("MONO_API", " realtime\t"), ("MONO_API", "\"realtime\""),
        ("MONO_API", "'realtime'\r\n"),
        ("MONO_API", "\u{FEFF}realtime\u{A0}"), ("\u{FEFF}MONO_API", "realtime"), ("export MONO_API", "realtime"),
        ("\u{FEFF}export MONO_API ", "realtime\r"), ("MONO_API\t", "realtime\u{200B}"),
    ])
    func `what files leave around a name and a value is taken away`(name: String, value: String) {
        #expect(Environment.meant([name: value])["MONO_API"] == "realtime")
    }

    @Test func `others' variables stay as they are, and a name that is right wins`() {
        let others = ["PGPASSWORD": " a ", "PATH": "\"x\"", "export HOME": "y", "A": "\r"]
        #expect(Environment.meant(others) == others)
        let both = ["MONO_API": "data-sync", "export MONO_API": "realtime"]
        #expect(Environment.meant(both)["MONO_API"] == "data-sync")
        #expect(Environment.meant(["MONO_BASE_URL": " \r"])["MONO_BASE_URL"]?.isEmpty == true)
        #expect(Environment.value("\"") == "\"")
    }

    @Test(arguments: [
        ("test_sk_\u{A0}canary", "an invisible U+00A0"), ("test_sk canary", "a blank"), ("a\rcanary", "(\\r)"),
        ("canary\ncanary", "more than one line"), ("canary\u{200B}x", "U+200B"),
        ("a\u{7}canary", "U+0007"), ("a\tcanary", "a tab"),
    ])
    func `a key with something invisible in it is named by that, and not shown`(key: String, what: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("\(key)\r\n".utf8).write(to: file)
        for environment in [["MONO_SECRET_KEY": key], ["MONO_SECRET_KEY_FILE": file.path]] {
            let failure = #expect(throws: Failure.self) { try ConnectionSettings(environment: environment).secretKey() }
            #expect(failure?.code == 78)
            #expect(failure?.message.contains(what) == true, "\(failure?.message ?? "")")
            #expect(failure?.message.contains("canary") == false)
        }
    }

    @Test(arguments: ["\u{FEFF}canary", "canary\r\n", " canary \n\n", "\"canary\"\r\n", "\tcanary"])
    func `a secret's file is taken as editors and shells leave it`(text: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        _ = try ConnectionSettings(environment: ["MONO_SECRET_KEY_FILE": file.path]).secretKey()
        _ = try ConnectionSettings(environment: ["MONO_WEBHOOK_SECRET_FILE": file.path]).webhookSecret()
    }

    @Test func `a whole line of settings is no key, and neither is UTF-16`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        for (data, what) in [
            (Data("MONO_SECRET_KEY=canary\n".utf8), "a name before the value"),
            (Data([0xFF, 0xFE] + "canary".utf8.flatMap { [$0, 0] }), "UTF-16"),
        ] {
            try data.write(to: file)
            let settings = ConnectionSettings(environment: ["MONO_SECRET_KEY_FILE": file.path])
            let failure = #expect(throws: Failure.self) { try settings.secretKey() }
            #expect(failure?.message.contains(what) == true, "\(failure?.message ?? "")")
            #expect(failure?.message.contains("canary") == false)
        }
    }

    @Test func `a malformed value is shown with what nobody sees written out`() {
        let setting = Setting(name: "rate", environment: ["MONO_RECONCILE_RATE": "1\u{A0}0\r\n0"])
        let failure = #expect(throws: Failure.self) { try setting.read("a number", example: "10", Values.number) }
        #expect(failure?.message.hasPrefix(#"MONO_RECONCILE_RATE: "1\u{00A0}0\r\n0" is not a number"#) == true)
    }

    @Test(arguments: [
        ("postgresql://u:canary@h/d?schema=public", "schema", "take it away"),
        ("jdbc:postgresql://h/d?user=u&password=canary", "Java", "write postgresql://"),
    ])
    func `an address for another library is 78, with how to write it`(url: String, what: String, how: String) {
        let failure = #expect(throws: Failure.self) {
            try ConnectionSettings(environment: ["DATABASE_URL": url]).database()
        }
        #expect(failure?.code == 78)
        #expect(failure?.message.hasPrefix("DATABASE_URL: the connection string is malformed: ") == true)
        #expect(failure?.message.contains(what) == true)
        #expect(failure?.message.contains(how) == true)
        #expect(failure?.message.contains("canary") == false)
    }
}
