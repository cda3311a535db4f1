import Reconciliation

/// A cause that lies behind many cases at once, told only on evidence in the run's own rows.
struct Notice: Equatable {
    /// What is wrong, in a few words.
    let title: String
    /// What proves that something is wrong.
    let evidence: String
    /// What the reader does.
    let advice: String

    /// All that can be proved of a run, the gravest first.
    static func all(of run: RunRecord) -> [Notice] {
        [stopped(run), webhooks(run), dataSync(run), unknownAccounts(run), mono(run), budget(run), overdue(run)]
            .compactMap { $0 }
    }

    /// Syncs that brought data and should each have been followed by a webhook.
    static let fewestSyncs = 10
    /// The share of them below which webhooks count as lost by the channel, not one by one.
    static let fewestFollowedPercent = 20
    /// Accounts that Mono had the data of, or fetched it for, when no webhook at all came in a day.
    static let fewestInSilence = 5
    /// Failures of Mono's, or unknown accounts, when they are at least half of what was tried.
    static let fewestFailures = 10

    private static let day = Duration.seconds(86_400)
    /// A webhook follows its sync within seconds: one that is younger at the run's end may still come.
    private static let patience = Duration.seconds(5)

    private static func stopped(_ run: RunRecord) -> Notice? {
        let left = run.cases.count { $0.outcome == .deferred }
        let putOff = left > 0 ? " \(counted(left, "account was", "accounts were")) put off." : ""
        let why = run.stopDetail.map { $0.cut(toBytes: 200) }.flatMap { $0.isEmpty ? nil : " (\($0))" } ?? ""
        switch run.exitCode {
        case 77:
            return Notice(
                title: "Mono refused our key, so the run was stopped", evidence: "Mono refused it\(why).\(putOff)",
                advice: "An engineer must check the key: is it the live key of the app that linked these accounts?")
        case 69:
            return Notice(
                title: "Mono could not be reached, so the run was stopped", evidence: "No answer\(why).\(putOff)",
                advice: "An engineer must check the network and Mono's status page; the next run goes on.")
        case 75:
            return Notice(
                title: "Mono asked us to come back later, so the run was stopped",
                evidence: "The pause that it asked for is longer than a run may wait.\(putOff)",
                advice: "Nothing to do if it happens once; else an engineer must agree on a rate with Mono.")
        case 130, 143:
            return Notice(
                title: "The run was interrupted", evidence: "Somebody or something ended it early.\(putOff)",
                advice: "Nothing to do: the next run tries what was put off.")
        default: return nil
        }
    }

    private static func webhooks(_ run: RunRecord) -> Notice? {
        let advice = "An engineer must check the address and the secret at Mono, and that the listener runs."
        let title = "Webhooks do not reach us: check the address and secret at Mono"
        if let closing = run.closing, closing.syncsThatBroughtData >= fewestSyncs,
            closing.syncsFollowedByEvent * 100 < closing.syncsThatBroughtData * fewestFollowedPercent
        {
            let followed = closing.syncsFollowedByEvent
            return Notice(
                title: title,
                evidence: "Mono fetched the data of \(grouped(closing.syncsThatBroughtData)) accounts for us, and "
                    + (followed == 0 ? "none" : "only \(grouped(followed))") + " of them had a webhook after it.",
                advice: advice)
        }
        // Mono had or fetched their data, so each of them was owed a webhook.
        guard let finished = run.finishedAt else { return nil }
        let owed = run.cases.count { record in
            if record.isLostEvent { return true }
            guard record.outcome == .recovered, record.apiCalls > 0, let settled = record.settledAt else {
                return false
            }
            return finished.since(settled) >= patience
        }
        guard owed >= fewestInSilence else { return nil }
        if let last = run.lastEventAt, finished.since(last) < day { return nil }
        let silence =
            run.lastEventAt.map {
                "The last webhook came on \($0.minuteText(in: run.zone, near: run.startedAt))"
            } ?? "No webhook ever came"
        return Notice(
            title: title,
            evidence: "\(silence), although Mono has the data of \(counted(owed, "account")) of this run.",
            advice: advice)
    }

    private static func dataSync(_ run: RunRecord) -> Notice? {
        guard let errors = SyncErrors(run) else { return nil }
        return Notice(
            title: "Data Sync may not be activated",
            evidence:
                "Mono answered every sync that was answered, \(grouped(errors.count)) at \(errors.banks) banks, with "
                + "SYNC_ERROR.",
            advice: "Ask Mono's support whether Data Sync is activated for your app; the banks may be fine.")
    }

    private static func unknownAccounts(_ run: RunRecord) -> Notice? {
        let asked = run.cases.count { $0.apiCalls > 0 }
        let unknown = run.cases.count { $0.apiCalls > 0 && $0.outcome == .accountNotFound }
        guard unknown >= fewestFailures, unknown * 2 >= asked, run.exitCode != 77 else { return nil }
        return Notice(
            title: "Mono does not know many of these accounts",
            evidence: "Of \(counted(asked, "account")) asked about, Mono did not find \(grouped(unknown)).",
            advice: "Before customers are asked, an engineer must check that the key is of the app that linked them.")
    }

    private static func mono(_ run: RunRecord) -> Notice? {
        let synced = run.cases.filter { $0.syncIntendedAt != nil && $0.apiCalls > 0 }
        let failed = synced.filter { $0.outcome == .providerFailed }
        let banks = Set(failed.compactMap { $0.bank.map { Array($0.utf8) } })
        guard failed.count >= fewestFailures, failed.count * 2 >= synced.count, banks.count >= 2 else { return nil }
        return Notice(
            title: "Mono itself seems to be failing",
            evidence: "Of \(grouped(synced.count)) syncs, \(grouped(failed.count)) failed without a reason, at "
                + "\(banks.count) banks.",
            advice: "Look at Mono's status page, and tell Mono's support if it lasts, before customers are asked to "
                + "log in again.")
    }

    private static func budget(_ run: RunRecord) -> Notice? {
        let starved = run.cases.count { record in
            record.outcome == .deferred && (record.cause == .budget || record.cause == .budgetBeforeResult)
        }
        guard starved > 0 else { return nil }
        return Notice(
            title: "The limit on paid requests was used up",
            evidence: "\(counted(starved, "account was", "accounts were")) put off for it.",
            advice: "An engineer can raise --max-calls if they should not wait for the next night.")
    }
}

extension CaseRecord {
    /// Whether Mono had the data when we asked: then the webhook that says so never came.
    fileprivate var isLostEvent: Bool { outcome == .alreadyAvailable && reason == .missingUpdate && apiCalls > 0 }
}
