import Foundation
import Reconciliation
import Testing

@testable import Reports

/// Each test has a directory of its own, which goes with it.
@Suite final class IndexTests {
    private let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString)")
        directory = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: directory)
    }

    @Test func `all runs are listed, newest first, with headline, counts and link`() throws {
        try report(2, cases(3, .recovered) + cases(1, .partial), calls: 7)
        try report(10, cases(2, .deferred), kind: .oneOff)
        try report(9, cases(1, .errored))
        let page = try index()
        #expect(page.problems == [])
        let rows = page.all("tr").filter { $0.path.contains("tbody") }
        #expect(rows.map { $0.text.prefix { $0 != "2" && $0 != "\n" } }.count == 3)
        #expect(
            page.all("a").filter { $0.path.contains("tr") }.map { $0.attributes["href"] }
                == ["run-10/report.html", "run-9/report.html", "run-2/report.html"])
        let oldest = try #require(rows.last?.text)
        for part in [
            "night of 9 Mar 2026", "3 of 4 accounts are back; 1 account has only part of the data.",
            "1 for customers, 3 need nobody", "437",
        ] { #expect(oldest.replacing("\n", with: "").contains(part), "\(part)") }
        #expect(rows.first?.text.contains("one-off") == true)
        // The newest night, not the one-off run, is the headline.
        #expect(page.all("h1").map(\.text) == ["The account is not back yet; 1 account needs an engineer."])
    }

    @Test func `a foreign, torn or misplaced summary is left out and named`() throws {
        try report(1, cases(1, .recovered))
        try make("run-2/summary.json", "{\"schema_version\": 1")
        try make("run-3/summary.json", String(decoding: try bytes("run-1/summary.json"), as: UTF8.self))
        try make("run-4/accounts.csv", "")
        try make("run-5/summary.json/inside", "")
        try make("run-6/summary.json", "[" + String(repeating: "[", count: 100_000))
        try make("run-7/summary.json", #"{"schema_version": 2}"#)
        try FileManager.default.createDirectory(atPath: path("run-8"), withIntermediateDirectories: true)
        #expect(mkfifo(path("run-8/summary.json"), 0o600) == 0)
        for name in ["run-x/summary.json", "run-09/summary.json", "run--1/summary.json", "other/summary.json"] {
            try make(name, "{}")
        }
        try IndexFile.refresh(in: directory)
        let contents = try IndexFile.contents(of: directory)
        #expect(contents.runs.map(\.runID) == [1])
        #expect(contents.skipped.map(\.folder) == (2...8).reversed().map { "run-\($0)" })
        let text = try index().text
        #expect(text.contains("Left out: run-8 (its summary.json cannot be read); run-7"))
        #expect(text.contains("run-4 (it has no summary.json)"))
        #expect(text.contains("run-3 (its summary.json is not that run's)"))
    }

    @Test func `numbers and times that no summary of ours has are refused`() throws {
        try report(1, cases(1, .recovered))
        let good = String(decoding: try bytes("run-1/summary.json"), as: UTF8.self)
        #expect(RunSummary(Array(good.utf8)) != nil)
        let bad = [
            ("\"selected\": 1", "\"selected\": -1"), ("\"selected\": 1", "\"selected\": 1000000001"),
            ("\"run_id\": 1", "\"run_id\": 0"), ("\"run_id\": 1", "\"run_id\": 1e30"),
            ("\"kind\": \"nightly\"", "\"kind\": \"x\""), ("2026-03-10T02:00:00Z", "2026-03-10"),
            ("2026-03-10T02:00:00Z", "<script>alert(1)</sc"), ("\"recovered\": 1", "\"recovered\": \"1\""),
        ]
        for (from, to) in bad {
            #expect(good.contains(from), "\(from)")
            #expect(RunSummary(Array(good.replacing(from, with: to).utf8)) == nil, "\(to)")
        }
        // Files of older versions have no night and no zone.
        let old = try #require(RunSummary(Array(good.replacing("\"night\"", with: "\"x\"").utf8)))
        #expect(old.night == nil && old.nightText == "10 Mar 2026")
        // What a later version may add is no reason to leave a run out.
        #expect(RunSummary(Array(good.replacing("\"partial\"", with: "\"new_word\"").utf8)) != nil)
    }

    @Test func `a headline from elsewhere becomes no markup`() throws {
        try report(1, cases(3, .bankUnavailable, institution: "<script>alert(1)</script>\u{202E}"))
        try report(2, cases(3, .bankUnavailable, institution: "\"'><img src=x>"))
        let page = try index()
        #expect(page.problems == [])
        #expect(page.all("script").isEmpty && page.all("img").isEmpty)
        #expect(
            page.all("meta").contains { $0.attributes["content"]?.hasPrefix("default-src 'none'; style-src") == true })
    }

    @Test func `nights make a picture, other runs do not`() throws {
        try report(1, cases(3, .recovered))
        try report(2, cases(9, .recovered), kind: .oneOff)
        #expect(try index().all("h2").map(\.text) == ["Runs"])
        try report(3, cases(2, .recovered) + cases(2, .partial), notSelected: 5, calls: 1_500)
        let page = try index()
        #expect(page.problems == [])
        #expect(page.all("h2").map(\.text) == ["The last 2 nights", "Runs"])
        let bars = page.all("title").filter { $0.path.last == "g" }.map(\.text)
        #expect(
            bars == [
                "Run 1, 9 Mar 2026: 3 stuck, 3 back, 0 requests",
                "Run 3, 9 Mar 2026: 9 stuck, 2 back, 1,500 requests",
            ])
        #expect(page.text.contains("left out by the limit"))
        #expect(page.text.contains("Days and times are those of Africa/Lagos."))
        let heights = page.all("rect").filter { $0.path.last == "g" }.compactMap { $0.attributes["height"] }
        // 110 pixels for 9 accounts, 50 for 1,500 calls.
        #expect(heights == ["36", "0", "24", "24", "62", "50"])
    }

    @Test func `the oldest runs are left out beyond the limit, and their number is told`() throws {
        let summary = try #require(
            String(data: Data(SummaryJSON.bytes(of: run([], id: 777))), encoding: .utf8))
        for id in 1...IndexFile.mostRuns + 3 {
            try make("run-\(id)/summary.json", summary.replacing("777", with: "\(id)"))
        }
        try IndexFile.refresh(in: directory)
        let page = try index()
        #expect(page.all("tr").count(where: { $0.path.contains("tbody") }) == IndexFile.mostRuns)
        #expect(page.text.contains("3 older runs in this directory are not listed."))
        #expect(!page.text.contains("Run 3\n") && page.text.contains("Run 4"))
        #expect(try bytes("index.html").count < 400_000)
    }

    @Test func `the index depends on the directory alone`() throws {
        for id in [5, 1, 3] as [Int64] { try report(id, cases(Int(id), .recovered)) }
        let first = try bytes("index.html")
        for id in [3, 5, 1] as [Int64] {
            try report(id, cases(Int(id), .recovered))
            #expect(try bytes("index.html") == first)
        }
    }

    @Test func `a folder without a page is linked by its list`() throws {
        try report(1, cases(1, .recovered))
        try FileManager.default.removeItem(atPath: path("run-1/report.html"))
        try IndexFile.refresh(in: directory)
        #expect(try index().all("a").map { $0.attributes["href"] }.contains("run-1/accounts.csv"))
        try FileManager.default.removeItem(atPath: path("run-1/accounts.csv"))
        try IndexFile.refresh(in: directory)
        #expect(try index().all("a").isEmpty)
        #expect(try index().text.contains("Run 1"))
    }

    @Test func `an index that cannot be written is an error that names it`() throws {
        try make("index.html/inside", "")
        #expect(throws: ReportError.failed(path: path("index.html"), reason: "Is a directory")) {
            try ReportFiles.write(run([]), to: self.directory, profile: .plain)
        }
        #expect(FileManager.default.fileExists(atPath: path("run-42/report.html")))
        #expect(throws: ReportError.failed(path: path("gone"), reason: "No such file or directory")) {
            try IndexFile.refresh(in: self.path("gone"))
        }
    }

    @Test func `writers at the same time leave an index of all their runs`() async throws {
        let directory = directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in Int64(1)...12 {
                group.addTask {
                    _ = try ReportFiles.write(run(cases(3, .recovered), id: id), to: directory, profile: .plain)
                }
            }
            try await group.waitForAll()
        }
        #expect(try IndexFile.contents(of: directory).runs.count == 12)
        #expect(try index().all("tr").count(where: { $0.path.contains("tbody") }) == 12)
        #expect(try bytes("index.html") == IndexPage.markup(of: IndexFile.contents(of: directory)).bytes)
    }

    private func report(
        _ id: Int64, _ cases: [CaseRecord], kind: RunKind = .nightly, notSelected: Int = 0, calls: Int = 0
    ) throws {
        var run = run(cases, id: id, kind: kind)
        run.notSelected = notSelected
        run.closing = ClosingFacts()
        run.closing?.leftOut = notSelected
        run.calls.job = calls
        _ = try ReportFiles.write(run, to: directory, profile: .plain)
    }

    private func index() throws -> HTMLReader { HTMLReader(try bytes("index.html")) }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    private func make(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
