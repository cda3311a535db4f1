import Foundation
import Reconciliation
import Testing

@testable import Reports

/// The file for Prometheus.
@Suite final class RunMetricsTests {
    private let directory: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("metrics-\(UUID().uuidString)")
        directory = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A directory that stays behind fails no test.
        try? FileManager.default.removeItem(atPath: directory)
    }

    private static let end = Timestamp(microseconds: 1_773_108_400_007_000)

    private func metrics(_ exitCode: Int, _ run: RunRecord? = nil, at end: Timestamp = end) -> RunMetrics {
        RunMetrics(endedAt: end, duration: .milliseconds(312_450), exitCode: exitCode, version: "1.2.3", run: run)
    }

    private func samples(_ bytes: [UInt8]) -> [String] {
        text(bytes).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    private var night: RunRecord {
        var stuck = record("a", .reauthorisationRequired)
        stuck.stuckSince = runStart.advanced(by: .seconds(-86_400))
        var back = record("b", .recovered)
        back.stuckSince = runStart.advanced(by: .seconds(-864_000))
        var night = run([stuck, back])
        night.calls.details = 3
        night.calls.trigger = 2
        night.notSelected = 5
        night.lastEventAt = runStart
        return night
    }

    /// A night with something to say of every metric.
    private func fullNight() throws -> RunRecord {
        var night = run(
            [carried("a", .partial, because: .limit), carried("b", .partial, because: .limit)]
                + (1...3).map { synced("c\($0)", .bankUnavailable, after: $0, institution: #"B"a\nk"#) })
        night.closing = ClosingFacts()
        night.closing?.knownAccounts = 70
        night.closing?.callsSaved = 5
        night.closing?.leftOut = 4
        night.closing?.failingSince = [#"B"a\nk"#: runStart.advanced(by: .seconds(1))]
        night.closing?.oldestStuckSince = runStart.advanced(by: .seconds(-864_000))
        night.lastEventAt = runStart
        night.prices = try Prices(Prices.example)
        return night
    }

    @Test func `a good night says when, how long, what came of it and what it cost`() {
        #expect(
            samples(metrics(0, night).bytes(after: [])) == [
                #"mono_reconcile_build_info{version="1.2.3"} 1"#,
                "mono_reconcile_last_run_timestamp_seconds 1773108400.007",
                "mono_reconcile_last_run_duration_seconds 312.4", "mono_reconcile_last_run_exit_code 0",
                "mono_reconcile_last_success_timestamp_seconds 1773108400.007", "mono_reconcile_selected_accounts 2",
                "mono_reconcile_not_selected_accounts 5",
                #"mono_reconcile_cases{outcome="already_available"} 0"#,
                #"mono_reconcile_cases{outcome="recovered"} 1"#,
                #"mono_reconcile_cases{outcome="partial"} 0"#,
                #"mono_reconcile_cases{outcome="reauthorisation_required"} 1"#,
                #"mono_reconcile_cases{outcome="bank_unavailable"} 0"#,
                #"mono_reconcile_cases{outcome="provider_failed"} 0"#,
                #"mono_reconcile_cases{outcome="incomplete_statement"} 0"#,
                #"mono_reconcile_cases{outcome="still_processing"} 0"#,
                #"mono_reconcile_cases{outcome="account_not_found"} 0"#, #"mono_reconcile_cases{outcome="deferred"} 0"#,
                #"mono_reconcile_cases{outcome="errored"} 0"#, #"mono_reconcile_api_calls{kind="details"} 3"#,
                #"mono_reconcile_api_calls{kind="trigger"} 2"#, #"mono_reconcile_api_calls{kind="job"} 0"#,
                #"mono_reconcile_api_calls{kind="reauth"} 0"#, "mono_reconcile_oldest_stuck_seconds 86712.4",
                "mono_reconcile_last_event_timestamp_seconds 1773108000.000",
                #"mono_reconcile_work_list_accounts{owner="customer"} 1"#,
                #"mono_reconcile_work_list_accounts{owner="engineer"} 0"#,
                #"mono_reconcile_work_list_accounts{owner="mono"} 0"#,
                #"mono_reconcile_work_list_accounts{owner="bank"} 0"#,
                #"mono_reconcile_work_list_accounts{owner="nobody"} 0"#, "mono_reconcile_stuck_accounts 2",
            ])
    }

    @Test func `what was left out counts for the oldest, and what was not tried says why`() throws {
        let lines = samples(metrics(0, try fullNight()).bytes(after: []))
        for line in [
            "mono_reconcile_oldest_stuck_seconds 864312.4", #"mono_reconcile_not_tried_cases{cause="limit"} 2"#,
            "mono_reconcile_known_accounts 70", "mono_reconcile_stuck_accounts 9",
            "mono_reconcile_selected_accounts 3",
            ##"mono_reconcile_bank_down_since_timestamp_seconds{bank="B\"a\\nk"} 1773108001.000"##,
        ] { #expect(lines.contains(line), "\(line) in \(lines)") }
        // The names are read back from the file, and go with the outage.
        #expect(samples(metrics(69).bytes(after: metrics(0, try fullNight()).bytes(after: []))).count == lines.count)
        let after = samples(metrics(0, run([])).bytes(after: metrics(0, try fullNight()).bytes(after: [])))
        #expect(!after.contains { $0.contains("bank_down") || $0.contains("not_tried") })
    }

    @Test func `every metric has its help and type, once and before its values`() throws {
        let lines = text(metrics(0, try fullNight()).bytes(after: [])).split(separator: "\n")
        for metric in RunMetrics.Metric.allCases {
            let places = lines.indices.filter {
                lines[$0].split(separator: " ").dropFirst(2).first.map(String.init) == metric.rawValue
            }
            #expect(places.count == 2)
            guard let help = places.first else { continue }
            #expect(lines[help].hasPrefix("# HELP \(metric.rawValue) "))
            #expect(lines[help + 1] == "# TYPE \(metric.rawValue) gauge")
            #expect(lines[help + 2].hasPrefix(metric.rawValue))
        }
    }

    @Test func `a job that failed early keeps the last success and what the last run said`() {
        let good = metrics(0, night).bytes(after: [])
        let later = Self.end.advanced(by: .seconds(86_400))
        let bad = samples(metrics(69, at: later).bytes(after: good))
        #expect(bad.contains("mono_reconcile_last_run_exit_code 69"))
        #expect(bad.contains("mono_reconcile_last_run_timestamp_seconds 1773194800.007"))
        #expect(bad.contains("mono_reconcile_last_success_timestamp_seconds 1773108400.007"))
        #expect(bad.contains("mono_reconcile_last_event_timestamp_seconds 1773108000.000"))
        #expect(bad.count == samples(good).count)
    }

    @Test func `a night that failed with a run replaces what the run before said, but not the last success`() {
        var other = run([])
        other.exitCode = 1
        let lines = samples(metrics(1, other).bytes(after: metrics(0, night).bytes(after: [])))
        #expect(lines.contains("mono_reconcile_last_success_timestamp_seconds 1773108400.007"))
        #expect(lines.contains("mono_reconcile_selected_accounts 0"))
        #expect(lines.contains("mono_reconcile_oldest_stuck_seconds 0.0"))
        #expect(!lines.contains { $0.hasPrefix("mono_reconcile_last_event_timestamp_seconds") })
    }

    @Test(
        arguments: [
            "", "mono_reconcile_last_success_timestamp_seconds 5\n",
            "# mono-reconcile: written at the end of each job, do not edit.\nmono_reconcile_cases oops\nother 7\n"
                + "mono_reconcile_last_success_timestamp_seconds nan\n",
        ])
    func `what is not ours is not carried on`(old: String) {
        #expect(samples(metrics(70).bytes(after: Array(old.utf8))).count == 4)
    }

    @Test func `the file replaces an older one, for everybody to read, and leaves nothing else`() throws {
        let path = "\(directory)/mono.prom"
        try metrics(0, night).write(to: path)
        try metrics(69).write(to: path)
        let bytes = try Array(Data(contentsOf: URL(filePath: path)))
        #expect(samples(bytes).contains("mono_reconcile_last_success_timestamp_seconds 1773108400.007"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o644)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["mono.prom"])
    }

    @Test(arguments: ["missing/mono.prom", "file/mono.prom", ""])
    func `a place that is none is an error that names it`(name: String) throws {
        try Data().write(to: URL(filePath: "\(directory)/file"))
        let error = #expect(throws: ReportError.self) {
            try metrics(0).write(to: "\(directory)/\(name)")
        }
        #expect(error?.description.contains(directory) == true)
    }
}
