import Foundation
import Testing

/// A whole night against a Mono of all kinds, in both generations of its API.
struct NightTests {
    /// Every script, once as a lost event, once flagged and once flagged although the data was there, and what goes
    /// wrong on the way.
    static let accounts: [Sample] = {
        let scripts = [
            "available", "recovers", "slow", "never_ready", "reauthorisation", "failed", "partial", "unavailable",
            "incomplete", "gone",
        ]
        var accounts = scripts.flatMap { script in
            [
                Sample("\(script)-stuck-1", script), Sample("\(script)-stuck-2", script),
                Sample("\(script)-flagged", script, flagged: true),
                Sample("\(script)-flagged-data", script, hadData: true, flagged: true, awaiting: false),
                Sample("\(script)-owing-data", script, hadData: true),
            ]
        }
        let troubles: [(String, Sample.Fault)] = [
            ("details-503", Sample.Fault("503", on: ["details"], first: 1)),
            ("details-429", Sample.Fault("429", on: ["details"], first: 1)),
            ("details-page", .pageForDetails),
            ("details-other", Sample.Fault("wrong_account", on: ["details"])),
            ("trigger-429", Sample.Fault("429", on: ["trigger"], first: 1, retryAfter: "1s")),
            ("trigger-500", Sample.Fault("500", on: ["trigger"])),
            ("trigger-409", Sample.Fault("409", on: ["trigger"])),
            ("trigger-400", Sample.Fault("400", on: ["trigger"])),
            ("trigger-hang", Sample.Fault("hang", on: ["trigger"])),
            ("trigger-reset", Sample.Fault("reset", on: ["trigger"])),
            ("trigger-page", Sample.Fault("html", on: ["trigger"])),
        ]
        accounts += troubles.map { Sample("recovers-\($0.0)", "recovers", faults: [$0.1]) }
        accounts.append(Sample("flagged-hang", "recovers", flagged: true, faults: [troubles[8].1]))
        return accounts + [.healthy("healthy-1"), .healthy("healthy-2")]
    }()

    @Test(arguments: ["realtime", "data-sync"])
    func `every account ends with the outcome that is true, at the cost that is told`(api: String) async throws {
        try await Stage.with(Self.accounts, sandboxOptions: ["--slow-latency", "400ms"]) { stage in
            let options = Stage.quick + ["--window", "3s", "--api", api, "--csv-profile", "plain"]
            let ending = try await stage.reconcile(options)
            let truth = try stage.sandbox.truth(api: api, window: "3s")
            #expect(truth.count == Self.accounts.count - 2)
            #expect(Set(truth.values).count >= 9)
            let outcomes = try await stage.outcomes()
            for (id, outcome) in truth.sorted(by: { $0.key < $1.key }) {
                #expect(outcomes[id] == outcome, "\(id)")
            }
            #expect(outcomes.count == truth.count)
            // Some are errored by their script.
            #expect(ending.code == 1, "\(ending.errors)")
            try await checkCost(stage, api: api)
            try checkReport(stage, truth)
            try await checkRepairs(stage, truth)

            let triggers = try stage.sandbox.calls().accounts.mapValues(\.trigger)
            let again = try await stage.reconcile(options)
            #expect(again.code == 0 || again.code == 1, "\(again.errors)")
            // What Mono refused did not happen, and may be tried again; nothing else.
            var triggersAgain = try stage.sandbox.calls().accounts.mapValues(\.trigger)
            #expect(triggersAgain["recovers-trigger-400"] == 2)
            triggersAgain["recovers-trigger-400"] = 1
            #expect(triggersAgain == triggers)
            #expect(try stage.sandbox.triggers().insideLimit == 0)
        }
    }

    private func checkCost(_ stage: Stage, api: String) async throws {
        let triggers = try stage.sandbox.triggers()
        #expect(triggers.insideLimit == 0)
        let run = try #require(try await stage.runs().first)
        #expect(run.isFinished)
        #expect(run.exitCode == 1)
        #expect(run.calls == (try stage.sandbox.calls().kinds))
        // Only a refusal is followed by another trigger.
        for (id, kinds) in try stage.sandbox.calls().accounts {
            #expect(kinds.trigger <= (id == "recovers-trigger-429" ? 2 : 1), "\(id)")
            #expect(!id.hasPrefix("healthy"))
            if api == "data-sync" { #expect(kinds.job == 0) }
        }
    }

    private func checkReport(_ stage: Stage, _ truth: [String: String]) throws {
        let table = try CSVTable(stage.report("accounts.csv"))
        #expect(table.rows.count == truth.count)
        #expect(Dictionary(uniqueKeysWithValues: table["account_id", "outcome"]) == truth)
        #expect(table["what_happened", "next_step"].allSatisfy { !$0.isEmpty && !$1.isEmpty })
        let summary = try Summary(stage.report("summary.json"))
        #expect(summary.selected == truth.count)
        #expect(summary.outcomes.filter { $0.value > 0 } == truth.values.reduce(into: [:]) { $0[$1, default: 0] += 1 })
        #expect(summary.outcomes.count == 11)
        #expect(summary.apiCalls["total"] == (try stage.sandbox.calls().total))
        #expect(summary.exitCode == 1)
        let latest = try FileManager.default.destinationOfSymbolicLink(atPath: stage.reports + "/latest")
        #expect(latest == "run-1")
    }

    private func checkRepairs(_ stage: Stage, _ truth: [String: String]) async throws {
        let good = truth.filter { ["already_available", "recovered"].contains($0.value) }.keys
        #expect(try await stage.healthyAccounts() == Set(good).union(["healthy-1", "healthy-2"]))
    }
}
