import Foundation
import Reconciliation
import Testing

@testable import MonoReconcile

/// What a chat's webhook is told of a night.
struct NightNoticeTests {
    private struct Post: Decodable, Equatable {
        var text: String
        var headline: String
        var exit_code: Int
        var work_list: [String: Int]
        var report_url: String?
    }

    private static func run(_ outcomes: [(Outcome, String)]) -> RunRecord {
        var run = RunRecord(runID: 12, kind: .nightly, startedAt: Timestamp(microseconds: 1_773_108_000_000_000))
        run.cases = outcomes.enumerated().map { index, item in
            var one = CaseRecord(runID: 12, accountID: "a\(index)", reason: .missingUpdate)
            (one.outcome, one.institution) = item
            return one
        }
        return run
    }

    private static func post(_ notice: NightNotice) throws -> Post {
        try JSONDecoder().decode(Post.self, from: Data(notice.json.utf8))
    }

    @Test func `a good night has its headline, who must act, and the page`() throws {
        let run = Self.run([(.recovered, "GTBank"), (.reauthorisationRequired, "GTBank"), (.partial, "GTBank")])
        let post = try Self.post(NightNotice(run: run, failure: nil, reportURL: "https://x.example/run-12/report.html"))
        #expect(post.exit_code == 0)
        #expect(post.work_list == ["customer": 2, "engineer": 0, "mono": 0, "bank": 0, "nobody": 0])
        #expect(post.report_url == "https://x.example/run-12/report.html")
        let lines = post.text.split(separator: "\n")
        #expect(lines.first == "Run 12: \(post.headline)")
        #expect(lines.dropFirst() == ["Who must act: customer 2", "https://x.example/run-12/report.html"])
    }

    @Test func `a bad one says why, and names the page once`() throws {
        let url = "https://x.example/run-12/report.html"
        let failure = Failure(code: 1, "run 12 ended with 1 errored; see \(url)")
        let post = try Self.post(NightNotice(run: Self.run([(.errored, "GTBank")]), failure: failure, reportURL: url))
        #expect(post.exit_code == 1)
        #expect(post.work_list["engineer"] == 1)
        #expect(post.text.hasSuffix("\nWho must act: engineer 1\n\(failure.message)"))
    }

    @Test func `without a page there is none, and no bank's name calls anybody`() throws {
        let run = Self.run([(.bankUnavailable, "<!channel>")])
        let post = try Self.post(NightNotice(run: run, failure: nil, reportURL: nil))
        #expect(post.report_url == nil)
        #expect(!post.text.contains("<"))
        #expect(post.text.contains("‹!channel›"))
    }
}
