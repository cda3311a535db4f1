import Text

extension Duration {
    /// For people: `0.8 s`, `42 s`, `5 min 12 s`, `1 h 02 min`.
    var spokenText: String {
        let seconds = max(0, components.seconds)
        if seconds < 10 { return "\(tenthsText) s" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        let minutes = seconds / 60 % 60
        return "\(seconds / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
    }
}
