import Glibc

/// `~` at a path's beginning, which a shell expands in some places and a settings file or `--option=~/…` in none.
enum HomePath {
    /// What is wrong with a path of another user's.
    static let advice = "only ~/ is known, not another user's ~name: write the whole path"

    /// The path with this user's home folder for `~`; nil for another user's.
    static func expanded(_ path: String, home: String?) -> String? {
        guard path.hasPrefix("~") else { return path }
        let rest = path.dropFirst()
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        guard let folder = home.flatMap({ $0.isEmpty ? nil : $0 }) ?? ofUser else { return nil }
        return folder + rest
    }

    /// Why a path is none of ours; nil if it is one.
    static func problem(_ path: String) -> String? { path.hasPrefix("~") ? advice : nil }

    /// The home folder by the system's list of users: services and cron leave the variable out.
    private static var ofUser: String? { getpwuid(geteuid()).map { String(cString: $0.pointee.pw_dir) } }
}

extension Reader {
    /// A path that an option or variable names, with `~` for this user's home folder.
    ///
    /// Home comes from this process where the reader knows no variables.
    func path(
        _ setting: Setting, _ kind: String, example: String, where isPath: (String) -> Bool = { !$0.isEmpty }
    ) throws(Failure) -> String? {
        try setting.read(kind, example: example, because: HomePath.problem) { text in
            isPath(text) ? HomePath.expanded(text, home: environment["HOME"]) : nil
        }
    }

    /// The whole path of a file that a variable without an option names.
    func path(_ text: String, of variable: String) throws(Failure) -> String {
        guard let path = HomePath.expanded(text, home: environment["HOME"]) else {
            throw Failure(.configuration, "\(variable): \(text): \(HomePath.advice)")
        }
        return path
    }
}
