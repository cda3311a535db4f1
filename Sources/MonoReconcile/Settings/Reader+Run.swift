import MonoAPI
import Reconciliation

/// What only `run` and the commands about runs read.
extension Reader {
    /// The generation of Mono's API; whoever writes Mono's own name of it is told ours.
    func api(_ option: String?) throws(Failure) -> APIGeneration? {
        try setting("api", option, ["MONO_API"]).read(
            "one of \(APIGeneration.allCases.map(\.rawValue).joined(separator: ", "))",
            example: APIGeneration.realtime.rawValue,
            meant: { text in
                switch text.lowercased() {
                case "v2", "2": APIGeneration.realtime.rawValue
                case "v1", "1": APIGeneration.dataSync.rawValue
                default: nil
                }
            }
        ) { APIGeneration(rawValue: $0) }
    }

    /// The clock that people read.
    func timeZone(_ option: String?) throws(Failure) -> TimeZoneRules {
        try setting("time-zone", option).read(
            "a time zone that this machine knows", example: TimeZoneRules.lagos.name
        ) { Zone.rules(named: $0) }
            ?? .lagos
    }

    /// Where people open the report's folder, without a slash at its end.
    func reportURL(_ option: String?) throws(Failure) -> String? {
        try setting("report-url", option).read(
            "an address that a browser opens, without a query", example: "https://files.example.com/mono-reports",
            Values.webAddress)
    }

    /// The webhook that is told of nights; a secret.
    func notifyURL(_ option: String?) throws(Failure) -> NoticeURL? {
        try Setting(option: option, name: "notify-url", environment: environment, isSecret: true).read(
            "an https address (http to this machine only)", example: "https://hooks.example.com/services/…"
        ) { NoticeURL($0) }
    }
}
