import ArgumentParser
import MonoAPI
import Platform
import Reconciliation

/// The option of commands that make one call of Mono's API.
struct APIArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Mono's API: realtime (v2) or data-sync (v1). (default: MONO_API, or realtime)", valueName: "generation"))
    var api: String?

    /// The generation by option or variable.
    func generation(_ environment: [String: String]) throws(Failure) -> APIGeneration {
        try Reader(environment: environment).api(api) ?? .realtime
    }
}

extension ConnectionSettings {
    /// A client for one call; to be shut down.
    func client(_ api: APIGeneration) throws(Failure) -> MonoClient {
        MonoClient(
            baseURL: try baseURL(), key: try secretKey(), api: api, concurrency: 1, triggerTimeout: .seconds(15),
            version: MonoReconcile.version, uptime: { BootClock.uptime })
    }
}

extension Failure {
    static let keyRefused = Failure(.keyRefused, "Mono refuses the key (HTTP 401)", remedy: "check MONO_SECRET_KEY")

    static func denied(_ status: Int) -> Failure {
        Failure(
            .keyRefused, "Mono denies the call (HTTP \(status))",
            remedy: "check what the key may do and the app's wallet")
    }

    static func tooManyRequests(_ wait: Duration?) -> Failure {
        let when = wait.map { "in \($0.components.seconds) s" } ?? "in a minute"
        return Failure(.tryLater, "Mono has too many requests", remedy: "run this again \(when)")
    }
}
