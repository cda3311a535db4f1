import Foundation
import MonoAPI
import Testing

@testable import MonoReconcile

/// Key and address, read from the environment alone.
struct ConnectionSettingsTests {
    @Test
    func `the key's variable wins over its file, and the file's line end is no part of it`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("test_sk_file\n".utf8).write(to: file)
        let fromFile = ["MONO_SECRET_KEY": "", "MONO_SECRET_KEY_FILE": file.path]
        _ = try ConnectionSettings(environment: fromFile).secretKey()
        _ = try ConnectionSettings(environment: ["MONO_SECRET_KEY": "a", "MONO_SECRET_KEY_FILE": "/nowhere"])
            .secretKey()
        try Data("a\nb\n".utf8).write(to: file)
        #expect(code(fromFile) { _ = try $0.secretKey() } == 78)
    }

    @Test(arguments: [
        [:], ["MONO_SECRET_KEY": ""], ["MONO_SECRET_KEY": "a b"], ["MONO_SECRET_KEY": "a\u{7}"],
        ["MONO_SECRET_KEY_FILE": "/nowhere/key"], ["MONO_SECRET_KEY_FILE": "/dev/null"],
    ])
    func `without a key nothing is done`(environment: [String: String]) {
        #expect(code(environment) { _ = try $0.secretKey() } == 78)
    }

    @Test(arguments: ["https://mono.example", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:2"])
    func `an address is https or this machine`(address: String) throws {
        #expect(try ConnectionSettings(environment: ["MONO_BASE_URL": address]).baseURL().description == address)
    }

    @Test func `without the variable it is Mono itself`() throws {
        #expect(try ConnectionSettings(environment: [:]).baseURL().description == "https://api.withmono.com")
    }

    @Test(arguments: [
        "", "http://mono.example", "http://10.0.0.1", "http://localhost.example", "mono.example", "ftp://x",
        "https://api.withmono.com/v2", "https://mono.example/V1/", "http://127.0.0.1:8080/v2/accounts",
    ])
    func `any other address is refused`(address: String) {
        #expect(code(["MONO_BASE_URL": address]) { _ = try $0.baseURL() } == 78)
    }

    private func code(_ environment: [String: String], _ body: (ConnectionSettings) throws -> Void) -> Int32? {
        #expect(throws: Failure.self) { try body(ConnectionSettings(environment: environment)) }?.code
    }
}
