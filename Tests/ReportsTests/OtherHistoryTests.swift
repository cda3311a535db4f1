import Foundation
import Reconciliation
import Testing

@testable import Reports

/// One report directory for several databases, or for one that was restored.
@Suite final class OtherHistoryTests {
    private let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("histories-\(UUID().uuidString)")
        directory = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A nightly run so many days after the first.
    private func night(_ id: Int64, day: Int, known: Int = 7) -> RunRecord {
        var night = run(cases(3, .recovered), id: id)
        night.startedAt = runStart.advanced(by: .seconds(86_400 * day))
        night.finishedAt = night.startedAt.advanced(by: .seconds(60))
        night.closing = ClosingFacts()
        night.closing?.knownAccounts = known
        return night
    }

    private func write(_ run: RunRecord, newer: [RunRecord] = []) throws -> ReportFiles.Written {
        let starts = newer.map { RunStart(runID: $0.runID, startedAt: $0.startedAt) }
        return try ReportFiles.write(run, to: directory, profile: .plain, newer: starts)
    }

    private func name(_ written: ReportFiles.Written) -> String {
        String(written.folder.dropFirst(directory.count + 1))
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(directory)/\(name)")) }

    private func latest() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/latest")
    }

    @Test func `after a restore the number comes again, the old folder stays, and latest goes on`() throws {
        _ = try write(night(46, day: 46))
        _ = try write(night(49, day: 49))
        let old = try bytes("run-46/summary.json")
        let written = try write(night(46, day: 50))
        #expect(name(written) == "run-46-20260429T020000Z")
        #expect(written.note?.contains("run-46 in \(directory) holds another run of that number") == true)
        #expect(try bytes("run-46/summary.json") == old)
        #expect(try latest() == "run-46-20260429T020000Z")
    }

    @Test func `two databases whose jobs start in one second keep apart`() throws {
        let first = try write(night(5, day: 1, known: 7))
        let second = try write(night(5, day: 1, known: 8))
        let third = try write(night(5, day: 1, known: 9))
        #expect(
            [first, second, third].map(name) == ["run-5", "run-5-20260311T020000Z", "run-5-20260311T020000Z-2"])
        // Each finds its own again, and writes the same bytes.
        let before = try bytes("run-5-20260311T020000Z/accounts.csv")
        #expect(name(try write(night(5, day: 1, known: 8))) == name(second))
        #expect(try bytes("run-5-20260311T020000Z/accounts.csv") == before)
        #expect(try write(night(5, day: 1, known: 7)).note == nil)
    }

    @Test func `another database's newer night is not taken for ours, and our own is`() throws {
        _ = try write(night(900, day: 9))
        _ = try write(night(3, day: 3))
        #expect(try latest() == "run-3")
        _ = try write(night(2, day: 2), newer: [night(4, day: 4), night(3, day: 3)])
        #expect(try latest() == "run-3")
    }

    @Test func `a folder whose summary is none of ours is left alone`() throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/run-5", withIntermediateDirectories: true)
        let theirs = Data("{\"schema_version\": 2}".utf8)
        try theirs.write(to: URL(filePath: "\(directory)/run-5/summary.json"))
        #expect(name(try write(night(5, day: 1))) == "run-5-20260311T020000Z")
        #expect(try bytes("run-5/summary.json") == theirs)
    }

    @Test func `the index has the newest night first and marks what cannot be of its history`() throws {
        for id in [45, 46, 49] as [Int64] { _ = try write(night(id, day: Int(id))) }
        #expect(try !IndexFile.contents(of: directory).runs.contains(where: \.isOfOtherHistory))
        _ = try write(night(46, day: 50))
        let runs = try IndexFile.contents(of: directory).runs
        #expect(runs.map(\.folder) == ["run-46-20260429T020000Z", "run-49", "run-46", "run-45"])
        #expect(runs.map(\.isOfOtherHistory) == [false, true, true, false])
        let page = HTMLReader(Array(try bytes("index.html")))
        #expect(page.problems == [])
        #expect(page.all("a").map { $0.attributes["href"] }.contains("run-46-20260429T020000Z/report.html"))
        #expect(page.text.contains("Other history: written by another database"))
    }

    @Test func `old folders of either name are removed, but never what latest leads to`() throws {
        _ = try write(night(5, day: 1))
        _ = try write(night(5, day: 2))
        let later = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)).advanced(by: .seconds(60))
        #expect(try ReportFolders.prune(directory, before: later).removed == ["run-5"])
        #expect(try latest() == "run-5-20260312T020000Z")
    }

    // MARK: Without symbolic links

    private func point(to folder: String, _ problem: Int32) throws {
        let descriptor = try FileSystem.open(directory, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try LatestLink.point(to: folder, in: directory, descriptor) { _, _ in problem }
    }

    @Test(arguments: [EPERM, EOPNOTSUPP, ENOSYS])
    func `where there are no symbolic links, latest is a folder with a page that leads on`(problem: Int32) throws {
        for folder in ["run-7", "run-12"] {
            try point(to: folder, problem)
            let page = String(decoding: try bytes("latest/index.html"), as: UTF8.self)
            #expect(page.contains("url=../\(folder)/report.html"))
            #expect(page.contains("<a href=\"../\(folder)/report.html\">"))
            #expect(try LatestLink.leads(to: folder, in: directory))
        }
        #expect(try !LatestLink.leads(to: "run-1", in: directory))
        // Such a folder goes on to be one where links can be made.
        _ = try write(night(13, day: 1))
        #expect(try LatestLink.leads(to: "run-13", in: directory))
    }

    @Test func `another refusal is an error, and a folder with anything else stays`() throws {
        #expect(throws: ReportError.self) { try self.point(to: "run-7", ENOSPC) }
        #expect(throws: ReportError.self) { try self.point(to: "run-7", EROFS) }
        try FileManager.default.createDirectory(atPath: "\(directory)/latest", withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(filePath: "\(directory)/latest/notes.txt"))
        #expect(throws: ReportError.self) { try self.point(to: "run-7", EPERM) }
        #expect(try bytes("latest/notes.txt") == Data("mine".utf8))
    }
}
