/// What lets a customer re-authorise one account: a link (v2), or a token for the widget (v1).
///
/// Whoever has it can act in the customer's place, so no description, dump or mirror shows it.
package struct ReauthLink: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// For the case's row, the report and the person who asked; for no log.
    package let value: String

    /// Takes what Mono gave, once it is known to be well-formed.
    package init(_ value: String) { self.value = value }

    /// The same for every link.
    package var description: String { "[re-authorisation link]" }

    /// The same for every link.
    package var debugDescription: String { description }

    /// Without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why there is no link.
package enum ReauthFailure: Error, Equatable, Sendable {
    /// Mono says that this account cannot be re-authorised: the customer has to link it again.
    case cannotBeReauthorised
    /// The call failed as any read may.
    case failed(ReadFailure)

    /// The failure as the case's history tells it.
    package var word: String {
        switch self {
        case .cannotBeReauthorised: "cannot be re-authorised"
        case .failed(let failure): failure.word
        }
    }
}
