import Foundation
import Postgres
import TestSupport
import Testing

/// Old runs, events and reports go.
struct PruneTests {
    @Test
    func `what is older than a week goes, from the database and from the report directory`() async throws {
        try await Stage.with([Sample("one", "recovers")]) { stage in
            for _ in 1...3 { #expect(try await stage.reconcile(Stage.quick).code == 0) }
            try await stage.sql.execute(
                """
                update mono.reconciliation_runs set started_at = started_at - interval '10 days',
                    finished_at = finished_at - interval '10 days' where run_id <= 2
                """)
            for run in ["run-1", "run-2"] {
                let folder = "\(stage.reports)/\(run)"
                for path in try FileManager.default.contentsOfDirectory(atPath: folder).map({ "\(folder)/\($0)" })
                    + [folder]
                {
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSinceNow: -10 * 86_400)], ofItemAtPath: path)
                }
            }
            let options = ["prune", "--keep", "7d", "--report-dir", stage.reports]
            let before = try await stage.fingerprint()
            let rehearsal = try await stage.reconcile(options + ["--dry-run"])
            #expect(rehearsal.code == 0, "\(rehearsal.errors)")
            #expect(rehearsal.output.hasPrefix("Would delete 2 runs with 1 case and 0 events, and 2 report folders, "))
            #expect(try await stage.fingerprint() == before)

            let ending = try await stage.reconcile(options + ["--json"])
            #expect(ending.code == 0, "\(ending.errors)")
            let told = try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any]
            #expect(told?["runs"] as? Int == 2)
            #expect(told?["cases"] as? Int == 1)
            #expect(told?["report_folders"] as? [String] == ["run-1", "run-2"])
            #expect(try await stage.runs().map(\.id) == [3])
            let left = try FileManager.default.contentsOfDirectory(atPath: stage.reports)
            #expect(left.contains("run-3") && left.contains("latest") && !left.contains("run-1"))

            let quiet = try await stage.reconcile(options + ["--quiet"])
            #expect(quiet.code == 0)
            #expect(quiet.everything.isEmpty)
        }
    }

    @Test
    func `a report directory that is not there ends in 73, after the counts`() async throws {
        try await Stage.with([]) { stage in
            let place = "\(stage.folder)/none"
            for (options, isPruned) in [(["--dry-run"], false), ([], true)] {
                let ending = try await stage.reconcile(["prune", "--keep", "7d", "--report-dir", place] + options)
                #expect(ending.code == 73)
                #expect(ending.output.contains("0 runs with 0 cases and 0 events, from before"))
                #expect(ending.complaints.count == 1)
                #expect(ending.errors.contains(place))
                #expect(ending.errors.contains("the database was pruned") == isPruned)
            }
        }
    }

    @Test
    func `too short a time is refused before anything is done`() async throws {
        let ending = try await Tool.run(.reconcile, ["prune", "--keep", "6d"], environment: [:])
        #expect(ending.code == 64)
        #expect(
            ending.complaints == [#"mono-reconcile: --keep: "6d" is not a duration from 7d; for instance --keep 90d"#])
    }

    @Test
    func `a folder with other people's files is left and told`() async throws {
        try await Stage.with([]) { stage in
            let folder = "\(stage.reports)/run-1"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let notes = "\(folder)/notes.txt"
            try Data().write(to: URL(filePath: notes))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -10 * 86_400)], ofItemAtPath: folder)
            let ending = try await stage.reconcile(["prune", "--keep", "7d", "--report-dir", stage.reports])
            #expect(ending.code == 73)
            #expect(ending.complaints.count == 1)
            #expect(ending.errors.contains("notes.txt"))
            #expect(FileManager.default.fileExists(atPath: notes))
        }
    }
}
