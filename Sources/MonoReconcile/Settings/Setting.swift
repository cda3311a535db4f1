/// One setting: given as an option, else as a variable, else its default.
struct Setting {
    var option: String?
    /// The option's name without dashes; its variable follows from it.
    var name: String
    /// Further variables, in the order of their weight.
    var alsoKnownAs: [String] = []
    var environment: [String: String]
    /// Whether a malformed value is not repeated.
    var isSecret = false

    /// `MONO_RECONCILE_POLL_FIRST` for `poll-first`.
    static func variable(for name: String) -> String {
        "MONO_RECONCILE_" + name.uppercased().replacing("-", with: "_")
    }

    /// What sets it, as a message names it: the option, or the first variable that is not empty; nil: nothing does.
    var source: String? {
        if option != nil { return "--\(name)" }
        return variables.first { environment[$0]?.isEmpty == false }
    }

    private var variables: [String] { [Self.variable(for: name)] + alsoKnownAs }

    /// Reads the value: exit 64 for a malformed option, 78 for a malformed variable, both with a valid example.
    ///
    /// `meant` knows what a malformed text was most likely meant for, `because` what is wrong with it.
    func read<Value>(
        _ kind: String, example: String, meant: (String) -> String? = { _ in nil },
        because: (String) -> String? = { _ in nil }, _ parse: (String) -> Value?
    ) throws(Failure) -> Value? {
        if let option {
            guard let value = parse(option) else {
                throw Failure(
                    .usage, "--\(name): \(shown(option)) is not \(kind)\(because(option).map { ": \($0)" } ?? "")",
                    remedy: meant(option).map { "write --\(name) \($0)" } ?? "for instance --\(name) \(example)")
            }
            return value
        }
        for variable in variables {
            guard let text = environment[variable], !text.isEmpty else { continue }
            guard let value = parse(text) else {
                throw Failure(
                    .configuration,
                    "\(variable): \(shown(text)) is not \(kind)\(because(text).map { ": \($0)" } ?? "")",
                    remedy: meant(text).map { "write \(variable)=\($0)" } ?? "for instance \(variable)=\(example)")
            }
            return value
        }
        return nil
    }

    private func shown(_ text: String) -> String { isSecret ? "what it has" : "\"\(Environment.visible(text))\"" }
}
