import Foundation
import Testing

/// The architecture as a test: SwiftPM lets a target import what its dependencies depend on; this does not.
struct LayeringTests {
    /// What each module may import, beside the standard library.
    static let allowed: [String: Set<String>] = [
        "Text": [],
        "Platform": ["CLibCrypto", "Dispatch", "Glibc"],
        "Reconciliation": ["Text", "DequeModule", "HeapModule"],
        "Postgres": ["CLibPQ", "Dispatch", "Glibc", "Synchronization"],
        "Ledger": ["Reconciliation", "Postgres", "Text"],
        "MonoAPI": [
            "Reconciliation", "Text", "AsyncHTTPClient", "FoundationEssentials", "NIOCore", "NIOHTTP1", "NIOPosix",
            "NIOSSL", "Glibc", "Synchronization",
        ],
        "Reports": ["Reconciliation", "Platform", "Text", "FoundationEssentials", "Glibc"],
        "Webhooks": [
            "Platform", "Text", "Glibc", "HTTPTypes", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1",
            "NIOHTTPTypes",
            "NIOPosix",
            "Synchronization",
        ],
        "MonoReconcile": [
            "Reconciliation", "Postgres", "Ledger", "MonoAPI", "Reports", "Webhooks", "Platform", "Text",
            "ArgumentParser", "Logging",
            // Not Foundation: with it come 35 MB of ICU's tables.
            "Dispatch", "FoundationEssentials", "Glibc", "Synchronization",
        ],
        "MonoSandbox": [
            "Platform", "Text", "AsyncHTTPClient", "ArgumentParser", "Foundation", "FoundationEssentials", "Glibc",
            "NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization",
        ],
    ]

    @Test(arguments: allowed.keys.sorted())
    func `a module imports only what lies below it`(module: String) throws {
        let allowed = try #require(Self.allowed[module])
        let files = try Repository.swiftFiles(under: "Sources/\(module)")
        #expect(!files.isEmpty)
        for file in files {
            for name in try Repository.imports(of: file) where !allowed.contains(name) {
                Issue.record("\(module)/\(file.lastPathComponent) imports \(name)")
            }
        }
    }

    @Test func `every module has its rule`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appending(path: "Sources").path)
        #expect(Set(folders).subtracting(["CLibCrypto", "CLibPQ"]) == Set(Self.allowed.keys))
    }

    @Test(arguments: [
        ("import Foundation", "Foundation"), ("package import Postgres", "Postgres"),
        ("@testable import Ledger", "Ledger"), ("internal import struct Foundation.Data", "Foundation"),
    ])
    func `an import is recognised in every form`(line: String, module: String) {
        #expect(Repository.importedModule(of: line) == module)
    }

    @Test(arguments: ["// import Foundation", "let important = 1", "important import"])
    func `other lines are no imports`(line: String) {
        #expect(Repository.importedModule(of: line) == nil)
    }
}
