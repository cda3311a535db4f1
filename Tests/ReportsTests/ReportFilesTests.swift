import Foundation
import Reconciliation
import Testing

@testable import Reports

/// Each test has a directory of its own, which goes with it.
@Suite final class ReportFilesTests {
    private let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("reports-\(UUID().uuidString)")
        directory = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: directory)
    }

    @Test func `a report is written whole, into folders it makes, and leaves nothing else`() throws {
        let night = run(cases(3, .recovered))
        let written = try ReportFiles.write(night, to: directory + "/a/b/", profile: .plain)
        #expect(written.note == nil)
        #expect(written.folder == directory + "/a/b/run-42")
        #expect(try names("a/b") == ["index.html", "latest", "run-42"])
        #expect(try names("a/b/run-42") == ["accounts.csv", "report.html", "summary.json"])
        #expect(try bytes("a/b/run-42/accounts.csv") == AccountsCSV.bytes(of: night, profile: .plain))
        #expect(try bytes("a/b/run-42/report.html") == ReportPage.bytes(of: night))
        #expect(try bytes("a/b/run-42/summary.json") == SummaryJSON.bytes(of: night))
        #expect(try bytes("a/b/latest/summary.json") == SummaryJSON.bytes(of: night))
    }

    @Test func `writing again gives the same bytes and overwrites what was torn`() throws {
        let night = run(cases(3, .recovered))
        try make("run-42/.accounts.csv.tmp", String(repeating: "torn", count: 10_000))
        try make("run-42/accounts.csv", "old")
        for _ in 1...2 {
            _ = try ReportFiles.write(night, to: directory, profile: .excel)
            #expect(try names("run-42") == ["accounts.csv", "report.html", "summary.json"])
            #expect(try bytes("run-42/accounts.csv") == AccountsCSV.bytes(of: night, profile: .excel))
        }
    }

    @Test func `an unfinished run or case is no report`() throws {
        var open = run([])
        open.finishedAt = nil
        for unfinished in [open, run([record("a", nil)])] {
            #expect(throws: ReportError.unfinished(runID: 42)) {
                try ReportFiles.write(unfinished, to: self.directory, profile: .plain)
            }
        }
        #expect(try names("").isEmpty)
    }

    @Test func `a symbolic link in the place of a run's folder is refused, and its target is left alone`() throws {
        try make("elsewhere/accounts.csv", "theirs")
        try FileManager.default.createSymbolicLink(
            atPath: directory + "/run-42", withDestinationPath: directory + "/elsewhere")
        let reason = "it is a symbolic link and none of ours; take it away"
        #expect(throws: ReportError.failed(path: directory + "/run-42", reason: reason)) {
            try ReportFiles.write(run(cases(3, .recovered)), to: self.directory, profile: .plain)
        }
        #expect(try names("elsewhere") == ["accounts.csv"])
        #expect(try bytes("elsewhere/accounts.csv") == Array("theirs".utf8))
        #expect(
            try IndexFile.contents(of: directory).skipped
                == [IndexFile.Skipped(folder: "run-42", reason: "it is a symbolic link")])
    }

    @Test func `links in the places of files are replaced or refused, never followed`() throws {
        try make("theirs", "theirs")
        for name in ["run-42/accounts.csv", "run-42/summary.json", "index.html", "latest"] {
            try make("run-42/old", "")
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/\(name)", withDestinationPath: directory + "/theirs")
        }
        _ = try ReportFiles.write(run([]), to: directory, profile: .plain)
        try FileManager.default.createSymbolicLink(
            atPath: directory + "/.index.html.tmp", withDestinationPath: directory + "/theirs")
        #expect(throws: ReportError.self) {
            try ReportFiles.write(run([]), to: self.directory, profile: .plain)
        }
        #expect(try bytes("theirs") == Array("theirs".utf8))
    }

    @Test func `a path that cannot be written is named with the reason`() throws {
        try make("file", "")
        let below = directory + "/file/reports"
        #expect(throws: ReportError.failed(path: directory + "/file", reason: "Not a directory")) {
            try ReportFiles.write(run([]), to: below, profile: .plain)
        }
        #expect(throws: ReportError.failed(path: "''", reason: "the report directory has no name")) {
            try ReportFiles.write(run([]), to: "", profile: .plain)
        }
        let error = ReportError.failed(path: "reports/run-1", reason: "No space left on device")
        #expect("\(error)" == "cannot write reports/run-1: No space left on device")
    }

    @Test func `a file that cannot be put in place leaves no temporary one`() throws {
        try make("run-42/accounts.csv/inside", "")
        #expect(throws: ReportError.failed(path: directory + "/run-42/accounts.csv", reason: "Is a directory")) {
            try ReportFiles.write(run([]), to: self.directory, profile: .plain)
        }
        #expect(try names("run-42") == ["accounts.csv"])
        #expect(try names("") == ["run-42"])
    }

    @Test func `a link in the place of the temporary file is not followed`() throws {
        try FileManager.default.createDirectory(atPath: path("run-42"), withIntermediateDirectories: true)
        try link("run-42/.accounts.csv.tmp", to: path("victim"))
        #expect(
            throws: ReportError.failed(
                path: path("run-42/.accounts.csv.tmp"), reason: "Too many levels of symbolic links")
        ) {
            try ReportFiles.write(run([]), to: self.directory, profile: .plain)
        }
        #expect(try names("") == ["run-42"])
    }

    @Test func `a file that another writer holds is waited for, but not for ever`() throws {
        let held = try FileSystem.open(path(".x.tmp"), O_RDWR | O_CREAT)
        #expect(FileSystem.lock(held, attempts: 1) == 0)
        #expect(throws: ReportError.self) {
            try FileSystem.replace("x", in: self.directory, with: [1], lockAttempts: 1)
        }
        close(held)
        try FileSystem.replace("x", in: directory, with: [1], lockAttempts: 1)
        #expect(try bytes("x") == [1])
    }

    @Test func `many writers of one report leave one whole report`() async throws {
        let night = run(cases(500, .recovered))
        let directory = directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try ReportFiles.write(night, to: directory, profile: .plain) }
            }
            try await group.waitForAll()
        }
        #expect(try names("run-42") == ["accounts.csv", "report.html", "summary.json"])
        #expect(try bytes("run-42/accounts.csv") == AccountsCSV.bytes(of: night, profile: .plain))
        #expect(try target() == "run-42")
    }

    @Test func `writers in each other's way never show half a file`() async throws {
        let (directory, file) = (directory, path("x"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(1)...3 {
                group.addTask {
                    let mine = [UInt8](repeating: writer, count: 20_000 * Int(writer))
                    for _ in 1...20 {
                        try FileSystem.replace("x", in: directory, with: mine)
                        let seen = try Data(contentsOf: URL(fileURLWithPath: file))
                        #expect(seen == Data(repeating: seen[0], count: 20_000 * Int(seen[0])))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try names("") == ["x"])
    }

    @Test func `latest follows newer nightly runs only`() throws {
        let steps: [(id: Int64, kind: RunKind, latest: String)] = [
            (9, .nightly, "run-9"), (10, .oneOff, "run-9"), (100, .nightly, "run-100"), (11, .nightly, "run-100"),
            (100, .nightly, "run-100"), (101, .nightly, "run-101"),
        ]
        for step in steps {
            var run = run([], id: step.id, kind: step.kind)
            run.startedAt = Self.start(step.id)
            let newer = step.id == 11 ? [RunStart(runID: 100, startedAt: Self.start(100))] : []
            _ = try ReportFiles.write(run, to: directory, profile: .plain, newer: newer)
            #expect(try target() == step.latest)
        }
        #expect(try names("").contains("run-10"))
    }

    @Test func `a one-off run alone makes no latest`() throws {
        _ = try ReportFiles.write(run([], kind: .oneOff), to: directory, profile: .plain)
        #expect(try names("") == ["index.html", "run-42"])
    }

    @Test func `latest leaves a folder that is gone and overcomes what a crash left`() throws {
        try link("latest", to: "run-99")
        try link(".latest.tmp", to: "run-7")
        _ = try ReportFiles.write(run([]), to: directory, profile: .plain)
        #expect(try target() == "run-42")
        #expect(try names("") == ["index.html", "latest", "run-42"])
    }

    @Test func `a latest that is no link stays and is an error`() throws {
        try make("latest", "mine")
        #expect(throws: ReportError.self) { try ReportFiles.write(run([]), to: self.directory, profile: .plain) }
        #expect(try bytes("latest") == Array("mine".utf8))
        #expect(try names("run-42") == ["accounts.csv", "report.html", "summary.json"])
    }

    private static func start(_ id: Int64) -> Timestamp { runStart.advanced(by: .seconds(id)) }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func names(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    private func target() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: path("latest"))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    private func make(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
