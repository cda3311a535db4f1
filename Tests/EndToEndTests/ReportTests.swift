import Foundation
import Postgres
import TestSupport
import Testing

/// The report's files, written again from the database.
struct ReportTests {
    private static let accounts = [
        Sample("recovers", "recovers"), Sample("partial", "partial"), Sample("unavailable", "unavailable"),
        Sample("reauthorise", "reauthorisation", flagged: true),
    ]

    @Test(arguments: ["excel", "plain"])
    func `report writes the same bytes as the run did`(profile: String) async throws {
        try await Stage.with(Self.accounts) { stage in
            let run = try await stage.reconcile(Stage.quick + ["--csv-profile", profile])
            #expect(run.code == 0, "\(run.errors)")
            let elsewhere = stage.folder + "/elsewhere"
            let command = ["report", "--report-dir", elsewhere, "--csv-profile", profile]
            for arguments in [command, command + ["--run", "1"]] {
                let again = try await stage.reconcile(arguments)
                #expect(again.code == 0, "\(again.errors)")
                #expect(again.output == "\(elsewhere)/run-1\n")
                let index = try Data(contentsOf: URL(filePath: elsewhere + "/index.html"))
                #expect(String(decoding: index, as: UTF8.self).contains("run-1/report.html"))
                for file in ["accounts.csv", "report.html", "summary.json"] {
                    #expect(try stage.report(file, in: elsewhere) == stage.report(file))
                }
            }
            #expect(try stage.report("accounts.csv").starts(with: [0xEF, 0xBB, 0xBF]) == (profile == "excel"))
        }
    }

    @Test
    func `no-report writes none, and a one-off run leaves latest alone`() async throws {
        try await Stage.with(Self.accounts) { stage in
            #expect(try await stage.reconcile(Stage.quick + ["--no-report", "--limit", "1"]).code == 0)
            #expect(!FileManager.default.fileExists(atPath: stage.reports))
            #expect(try await stage.reconcile(Stage.quick + ["--limit", "1"]).code == 0)
            #expect(try await stage.reconcile(Stage.quick + ["--account", "recovers"]).code <= 1)
            let latest = try FileManager.default.destinationOfSymbolicLink(atPath: stage.reports + "/latest")
            #expect(latest == "run-2")
            #expect(try Summary(stage.report("summary.json", ofRun: 3)).selected == 1)
        }
    }

    @Test
    func `the second night's page tells what is different from the first`() async throws {
        try await Stage.with(Self.accounts) { stage in
            #expect(try await stage.reconcile(Stage.quick).code == 0)
            try await stage.sql.letDayPass()
            // Came back by its event, without us.
            try await stage.sql.execute(
                """
                update mono.accounts set data_available = true, awaiting_update_since = null
                where account_id = 'unavailable'
                """)
            // The stand-in's clock knows of no second night: it may call the syncs too early.
            #expect(try await stage.reconcile(Stage.quick).code <= 1)
            let first = String(decoding: try stage.report("report.html"), as: UTF8.self)
            #expect(first.contains("This is the first nightly run"))
            let second = String(decoding: try stage.report("report.html", ofRun: 2), as: UTF8.self)
            for words in [
                "<dt>new<dd>0</div>", "<dt>came back<dd>1</div>",
                "Not back tonight: 2; last night: 3 of 4 accounts", "1 account came back without us during the day",
            ] { #expect(second.contains(words), "\(words)") }
        }
    }

    @Test
    func `json prints the summary file, and the table names the folder`() async throws {
        try await Stage.with(Self.accounts) { stage in
            let json = try await stage.reconcile(Stage.quick + ["--json", "--limit", "2"])
            #expect(json.code == 0)
            #expect(Data(json.output.utf8) == (try stage.report("summary.json")) + [])
            let again = try await stage.reconcile(["report", "--json"])
            #expect(again.code == 0)
            #expect(again.output == json.output)
            let table = try await stage.reconcile(Stage.quick)
            #expect(table.code == 0)
            #expect(table.output.contains(stage.reports + "/run-2"))
        }
    }
}
