import Postgres

/// One kind of webhook, with what the table of effects says of it.
///
/// Written down a second time and in another way than in `record_event`, so that the two can be held against each other.
struct EventKind: Sendable {
    var event: String
    var meta = "{}"
    /// A job's id and status: then `data.id` is the job.
    var job: (id: String, status: String)?
    var isGood = false
    var effect: @Sendable (inout EventState) -> Void

    static let all: [Self] = [
        Self(event: "mono.events.account_connected") { state in
            state.isConnected = true
            state.isUnlinked = false
            if !state.hasData { state.owes = true }
        },
        good("mono.events.account_updated", #"{"data_status":"AVAILABLE"}"#),
        good("mono.accounts.account_updated", #"{"data_status":"available","sync_status":"SUCCESSFUL","job_id":"j9"}"#),
        updated("UNAVAILABLE", "SUCCESSFUL") { state in
            state.owes = true
            state.isFlagged = false
        },
        updated("AVAILABLE", "REAUTHORISATION_REQUIRED") { $0.isFlagged = true },
        updated("FAILED", "reauthorisation_required") { $0.isFlagged = true },
        updated("AVAILABLE", "FAILED") { $0.owes = true },
        updated("PARTIAL", nil) { $0.owes = true },
        updated("PROCESSING", nil) { $0.owes = true },
        Self(event: "mono.events.account_updated", meta: #"{"data_status":"NOVEL"}"#) { $0.isIgnored = true },
        Self(event: "mono.events.reauthorisation_required") { $0.isFlagged = true },
        Self(event: "mono.events.account_reauthorized") { state in
            state.owes = true
            state.isFlagged = false
        },
        Self(event: "mono.events. sync_failed") { $0.owes = true },
        job("j1", "finished"),
        job("j2", "failed"),
        job("j3", "REAUTHORISATION_REQUIRED") { $0.isFlagged = true },
        Self(event: "mono.events.account_unlinked") { state in
            state.hasData = false
            state.owes = false
            state.isFlagged = false
            state.isUnlinked = true
        },
        Self(event: "mono.events.account_income") { $0.isIgnored = true },
    ]

    static let goodOnes = all.filter(\.isGood)

    var isUnlink: Bool { event.hasSuffix("unlinked") }

    private static func good(_ event: String, _ meta: String) -> Self {
        Self(event: event, meta: meta, isGood: true) { state in
            state.hasData = true
            state.wasUpdated = true
            state.owes = false
            state.isFlagged = false
            state.failures = 0
            state.status = "AVAILABLE"
        }
    }

    private static func updated(
        _ status: String, _ sync: String?, _ effect: @escaping @Sendable (inout EventState) -> Void
    ) -> Self {
        let said = sync.map { #","sync_status":"\#($0)""# } ?? ""
        return Self(event: "mono.events.account_updated", meta: #"{"data_status":"\#(status)"\#(said)}"#) { state in
            state.status = status
            effect(&state)
        }
    }

    private static func job(
        _ id: String, _ status: String, _ effect: @escaping @Sendable (inout EventState) -> Void = { _ in }
    ) -> Self {
        Self(event: "mono.accounts.jobs.update", job: (id, status)) { state in
            state.job = id
            effect(&state)
        }
    }
}

/// What events make of an account; dates only as present or absent.
struct EventState: Sendable {
    var hasData = false
    var wasUpdated = false
    var owes = false
    var isFlagged = false
    var isUnlinked = false
    var isConnected = false
    var failures = 0
    var status = "-"
    var job = "-"
    /// Minute of Mono's newest event that was applied.
    var newest: Int?
    /// Set by an event without effect.
    var isIgnored = false

    /// As ``select`` gives it.
    var text: String {
        [
            hasData ? "data" : "no-data", wasUpdated ? "updated" : "", owes ? "owes" : "", isFlagged ? "flagged" : "",
            isUnlinked ? "unlinked" : "", isConnected ? "connected" : "", "\(failures)", status, job,
            newest.map { String($0) } ?? "-",
        ].joined(separator: " ")
    }

    /// The same of a row of `mono.accounts`.
    static let select: SQL = """
        concat_ws(' ', case when data_available then 'data' else 'no-data' end,
            case when last_updated_at is null then '' else 'updated' end,
            case when awaiting_update_since is null then '' else 'owes' end,
            case when reauthorisation_required_since is null then '' else 'flagged' end,
            case when unlinked_at is null then '' else 'unlinked' end,
            case when connected_at is null then '' else 'connected' end,
            case when (retry_after is null) = (consecutive_failures = 0) then consecutive_failures else -1 end,
            coalesce(data_status, '-'), coalesce(last_sync_job_id, '-'),
            coalesce((extract(epoch from last_event_time - '2026-11-02T00:00:00Z') / 60)::int::text, '-'))
        """

    /// The events one after another.
    func after(_ events: [TimedEvent]) -> EventState {
        var state = self
        for event in events {
            let before = state
            event.kind.effect(&state)
            if state.isIgnored {
                state = before
            } else if let minute = event.minute {
                state.newest = max(state.newest ?? minute, minute)
            }
        }
        return state
    }
}

/// An event at a minute of Mono's clock, or without a time.
struct TimedEvent: Sendable, CustomStringConvertible {
    var kind: EventKind
    var minute: Int?
    var hasID: Bool

    var description: String { "\(kind.event)\(kind.meta)\(kind.job.map { "\($0)" } ?? "")@\(minute ?? -1)" }

    func payload(_ account: String) -> String {
        // Minutes are below ten.
        let time = minute.map { #""timestamp":"2026-11-02T00:0\#($0):00.000Z","# } ?? ""
        let id = hasID ? #""event_id":"\#(account)-\#(minute ?? -1)-\#(kind.event)\#(kind.job?.id ?? "")","# : ""
        let data =
            if let job = kind.job {
                #"{"account":"\#(account)","id":"\#(job.id)","status":"\#(job.status)"}"#
            } else {
                #"{"account":{"_id":"\#(account)"},"meta":\#(kind.meta)}"#
            }
        return #"{"event":"\#(kind.event)",\#(time)\#(id)"data":\#(data)}"#
    }
}
