/// Tells a dead man's switch (healthchecks.io and its like) when the job begins and how it ends.
///
/// It knows nothing of Mono and sends no key: a ping is its address, an id that joins start and end, and a line of text.
package struct HealthPing: Sendable {
    /// What there is to tell.
    package enum Moment: Equatable, Sendable {
        case start
        case end(exitCode: Int32)
    }

    /// The longest text that is sent, in bytes.
    static let limitBytes = 10_000

    private let address: BaseURL
    private let id: String
    private let version: String

    /// Pings go to the address with `/start` or the exit code behind it, and `?rid=` with the id.
    package init(address: BaseURL, id: String, version: String) {
        self.address = address
        self.id = id
        self.version = version
    }

    /// Sends one ping; nil when it was taken within `limit`, else why it was not.
    package func send(_ moment: Moment, saying text: String, within limit: Duration) async -> String? {
        let path =
            switch moment {
            case .start: "/start"
            case .end(let exitCode): "/\(exitCode)"
            }
        return await Transport.post(
            Array(text.utf8.prefix(Self.limitBytes)), as: "text/plain; charset=utf-8",
            to: address.appending("\(path)?rid=\(id)"), from: version, within: limit)
    }
}
