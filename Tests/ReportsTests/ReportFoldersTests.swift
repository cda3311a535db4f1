import Foundation
import Reconciliation
import Testing

@testable import Reports

/// Which folders of a report directory are removed, and which are never touched.
@Suite final class ReportFoldersTests {
    private let directory: String
    private let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("folders-\(UUID().uuidString)")
        directory = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Makes a folder with files; old ones were last changed ten days ago.
    private func make(_ name: String, _ files: [String] = ["accounts.csv", "summary.json"], isOld: Bool = true) throws {
        let folder = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for file in files { try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(file)")) }
        guard isOld else { return }
        for path in files.map({ "\(folder)/\($0)" }) + [folder] { try age(path) }
    }

    private func age(_ path: String) throws {
        let date = Date(timeIntervalSinceNow: -10 * 86_400)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    private func prune(isRehearsal: Bool = false) throws -> ReportFolders.Pruned {
        try ReportFolders.prune(directory, before: now.advanced(by: .seconds(-7 * 86_400)), isRehearsal: isRehearsal)
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }

    @Test func `old folders of ours go, in the order of the runs, whole or half-written`() throws {
        try make("run-10", ["accounts.csv", "report.html", "summary.json", ".summary.json.tmp"])
        try make("run-9", [])
        try make("run-11", isOld: false)
        #expect(try prune(isRehearsal: true).removed == ["run-9", "run-10"])
        #expect(try names() == ["run-10", "run-11", "run-9"])
        #expect(try prune() == ReportFolders.Pruned(removed: ["run-9", "run-10"]))
        #expect(try names() == ["index.html", "run-11"])
        #expect(try prune().removed.isEmpty)
    }

    @Test func `a folder in which one file is young stays`() throws {
        try make("run-1")
        try make("run-1", ["summary.json"], isOld: false)
        try age("\(directory)/run-1")
        #expect(try prune() == ReportFolders.Pruned())
    }

    @Test func `what an interrupted removal left goes next time`() throws {
        try make("run-1", ["report.html", "summary.json", "accounts.csv"])
        try FileManager.default.removeItem(atPath: "\(directory)/run-1/accounts.csv")
        #expect(try prune().removed == ["run-1"])
    }

    @Test func `a folder into which somebody is writing stays`() throws {
        try make("run-1", ["summary.json"])
        try make("run-1", [".report.html.tmp"], isOld: false)
        #expect(try prune() == ReportFolders.Pruned())
    }

    @Test func `names that are not quite ours are left alone without a word`() throws {
        for name in ["run-01", "run-0", "run--1", "run-1.old", "run-", "run-x", "Run-1", "index.html.d"] {
            try make(name)
        }
        let before = try names()
        #expect(try prune() == ReportFolders.Pruned())
        #expect(try names() == before)
    }

    @Test func `a folder that holds anything else stays whole, and is told`() throws {
        try make("run-1", ["accounts.csv", "notes.txt"])
        try make("run-2")
        try FileManager.default.createDirectory(
            atPath: "\(directory)/run-2/report.html", withIntermediateDirectories: false)
        try age("\(directory)/run-2")
        try age("\(directory)/run-2/report.html")
        let pruned = try prune()
        #expect(pruned.removed.isEmpty)
        #expect(pruned.left.map(\.name) == ["run-1", "run-2"])
        #expect(pruned.left.first?.reason.contains("notes.txt") == true)
        #expect(FileManager.default.fileExists(atPath: "\(directory)/run-1/accounts.csv"))
        #expect(FileManager.default.fileExists(atPath: "\(directory)/run-2/report.html"))
    }

    @Test func `what latest points to stays, and a link is never followed`() throws {
        try make("run-1")
        try make("run-2")
        try make("elsewhere")
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: "\(directory)/latest", withDestinationPath: "run-2")
        try manager.createSymbolicLink(atPath: "\(directory)/run-3", withDestinationPath: "elsewhere")
        let pruned = try prune()
        #expect(pruned.removed == ["run-1"])
        #expect(pruned.left.map(\.name) == ["run-3"])
        #expect(try names() == ["elsewhere", "index.html", "latest", "run-2", "run-3"])
        #expect(try manager.contentsOfDirectory(atPath: "\(directory)/elsewhere").count == 2)
    }

    @Test func `a link inside a folder goes, what it points to stays`() throws {
        try make("elsewhere")
        try make("run-1", ["summary.json"])
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory)/run-1/accounts.csv", withDestinationPath: "\(directory)/elsewhere/accounts.csv")
        try age("\(directory)/run-1")
        // The link itself is young, so the folder is not old yet.
        #expect(try prune().removed.isEmpty)
        let later = now.advanced(by: .seconds(8 * 86_400))
        let pruned = try ReportFolders.prune(directory, before: later)
        #expect(pruned.removed == ["run-1"])
        #expect(FileManager.default.fileExists(atPath: "\(directory)/elsewhere/accounts.csv"))
    }

    @Test func `a directory that is not there, or is a file, is an error`() throws {
        #expect(throws: ReportError.self) { try ReportFolders.prune("\(directory)/none", before: now) }
        try Data().write(to: URL(filePath: "\(directory)/file"))
        #expect(throws: ReportError.self) { try ReportFolders.prune("\(directory)/file", before: now) }
    }
}
