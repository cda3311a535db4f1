import Foundation
import Postgres
import TestSupport
import Testing

/// The life of one account as a new user would see it, with nothing but our commands and Mono's webhooks.
struct LifeTests {
    private static let night = [
        "run", "--stuck-after", "1ms", "--window", "5s", "--poll-first", "100ms", "--rate", "200", "--reauth-links",
    ]

    @Test
    func `linked, lost, repaired, flagged, re-authorised: explain tells the story`() async throws {
        try await Stage.with([]) { stage in
            let listener = try await ListenerProcess(stage.database)
            let mono = try await SandboxProcess(
                [], key: Stage.key, folder: stage.folder, options: ["--realtime-limit", "1ms"],
                webhooks: (listener.port, ListenerProcess.secret))
            let variables = ["MONO_BASE_URL": mono.baseURL]

            // The widget has given a code; both events follow by themselves.
            let linked = try await stage.reconcile(
                ["link", "--code", "code_first", "--customer-ref", "LOAN-7", "--json"], environment: variables)
            #expect(linked.code == 0, "\(linked.errors)")
            let account = try #require(try await Self.account(stage))
            try await stage.until("the data is there") { try await stage.healthyAccounts() == [account] }

            // A refresh fails, and the event of the next one is lost: the night repairs that.
            try mono.change(account, script: "recovers", webhooks: "lost")
            try await Self.fail(account, listener, "first")
            let repaired = try await stage.reconcile(Self.night, environment: variables)
            #expect(repaired.code == 0, "\(repaired.errors)")
            #expect(repaired.output.hasPrefix("The account is back."))
            #expect(try await stage.healthyAccounts() == [account])

            // The customer's password has changed.
            try mono.change(account, script: "reauthorisation", webhooks: "sent")
            try await Self.fail(account, listener, "second")
            try await Self.sleepTillTomorrow(stage)
            let refused = try await stage.reconcile(Self.night, environment: variables)
            #expect(refused.code == 0, "\(refused.errors)")
            #expect(refused.output.contains("1 customer must re-authorise."), "\(refused.output)")
            let csv = String(decoding: try stage.report("accounts.csv", ofRun: 2), as: UTF8.self)
            #expect(csv.contains("https://link.mono.co/"))

            // Support sends a fresh link, and the customer signs in.
            let link = try await stage.reconcile(["reauth-link", account, "--quiet"], environment: variables)
            #expect(link.code == 0, "\(link.errors)")
            #expect(link.output.hasPrefix("https://link.mono.co/"))
            try mono.reauthorise(account)
            try await stage.until("the data is back") { try await stage.healthyAccounts() == [account] }
            try await Self.sleepTillTomorrow(stage)
            let calm = try await stage.reconcile(Self.night, environment: variables)
            #expect(calm.output.hasPrefix("Nothing is stuck."), "\(calm.output)")

            let story = try await stage.reconcile(["explain", account])
            let marks = [
                "account_connected", "account_updated, data AVAILABLE", "sync_failed", "run 1  recovered",
                "sync_failed", "run 2  reauthorisation_required", "account_reauthorized",
                "account_updated, data AVAILABLE",
            ]
            var rest = story.output[...]
            for mark in marks {
                let place = try #require(rest.firstRange(of: mark), "\(mark) is missing in \(story.output)")
                rest = rest[place.upperBound...]
            }
            #expect(await listener.stop().code == 143)
            await mono.stop()
        }
    }

    private static func account(_ stage: Stage) async throws -> String? {
        try await stage.sql.value("select account_id from mono.accounts where customer_ref = 'LOAN-7'")
    }

    /// The last sync was asked for a day ago.
    private static func sleepTillTomorrow(_ stage: Stage) async throws {
        try await stage.sql.execute(
            "update mono.accounts set last_sync_requested_at = last_sync_requested_at - interval '1 day'")
    }

    private static func fail(_ account: String, _ listener: ListenerProcess, _ key: String) async throws {
        let event =
            #"{"event":"mono.events.sync_failed","event_id":"\#(key)","data":{"account":{"_id":"\#(account)"}}}"#
        #expect(try await listener.post(event)?.status == 200)
    }
}
