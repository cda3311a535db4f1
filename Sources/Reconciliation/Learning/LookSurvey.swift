/// The cases that are looked at impatiently, so that a law is seen where its own plan would not look.
package enum LookSurvey {
    /// A survey's patience, at most.
    package static let patience = Duration.seconds(5)
    /// A key's first cases are all surveyed.
    package static let firstCases = 12.0

    /// Whether this case is one of them: one in 64, drawn by account and run, so that every process draws alike.
    package static func isSurveyed(account: AccountID, run: Int64) -> Bool {
        // FNV-1a; its low bits alone are poor, so SplitMix64 mixes them.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in account.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var mixed = SplitMix64(seed: hash ^ UInt64(bitPattern: run) &* 0x9E37_79B9_7F4A_7C15)
        return mixed.next() % 64 == 0
    }

    /// The plan of a surveyed case: impatient, and made for a law that is half believed.
    ///
    /// A plan that believed all of it would never look where the law expects nothing, and a wrong law would stay wrong.
    package static func plan(_ law: LookLaw, window: Duration, patience: Duration) -> LookPlan {
        LookPlan(law.halfBelieved, window: window, patience: min(patience, Self.patience))
    }

    /// What the steps of a past case tell of its sync's latency; nil if nothing.
    ///
    /// A job's end is told by its own looks, an end without a job by the details. Cases that another worker took up
    /// are left out: their steps have two zeros.
    package static func cell(fromPastSteps steps: [Step]) -> (kind: LookKind, cell: LookCell)? {
        guard !steps.contains(where: { $0.name == .resume }),
            let start = steps.lastIndex(where: { $0.name == .trigger })
        else { return nil }
        let trigger = steps[start]
        let kind: LookKind
        switch trigger.said {
        case .code(.started):
            // The first look says which of the two was looked at.
            kind =
                steps[(start + 1)...].first { $0.name == .job || $0.name == .details }?.name == .details
                ? .details : .job
        // Without a job the sync's end says nothing of the data's.
        case .code(.succeeded): kind = .details
        case .code(.committed), .code(.failed), .code(.reauthorise), .code(.syncError), .code(.incompleteStatement),
            .text:
            return nil
        }
        var processing = Duration.zero
        for step in steps[(start + 1)...] {
            let elapsed = Duration.milliseconds(Int64(((step.seconds - trigger.seconds) * 1_000).rounded()))
            switch PastLook(step, kind: kind) {
            case .processing: processing = elapsed
            case .ended: return LookCell(processingAt: processing, endedAt: elapsed).map { (kind, $0) }
            case .told: return (kind, LookCell(toldAt: elapsed))
            case nil: continue
            }
        }
        return LookCell(processingAt: processing, endedAt: nil).map { (kind, $0) }
    }

    private enum PastLook {
        case processing, ended, told

        init?(_ step: Step, kind: LookKind) {
            let words = step.said.words
            switch (step.name, kind) {
            case (.job, .job):
                if words == JobStatus.processing.word {
                    self = .processing
                } else if Self.ends.contains(words) {
                    self = .ended
                } else {
                    return nil
                }
            case (.details, .details):
                switch DataStatus(words) {
                case .processing: self = .processing
                case .available, .partial, .unavailable, .failed: self = .ended
                case .unknown: return nil
                }
            case (.event, _):
                guard Self.tellsOfEnd(words) else { return nil }
                self = .told
            case (.job, _), (.details, _), (.intent, _), (.trigger, _), (.resume, _), (.link, _), (.settle, _),
                (.other, _):
                return nil
            }
        }

        private static let ends = Set(
            [JobStatus.finished, .failed, .reauthorisationRequired].map(\.word))

        private static func tellsOfEnd(_ event: String) -> Bool {
            if event.hasSuffix("of another sync") || event.hasPrefix("account_updated PROCESSING") { return false }
            return event.hasPrefix("account_updated") || ends.contains { event == "job \($0)" }
                || event == "reauthorisation_required" || event == "sync_failed"
        }
    }
}
