import Foundation

/// Times as Mono and HTTP write them.
enum TimeText {
    /// `2026-11-02T01:15:22.399Z`, from seconds since 1970.
    static func iso8601(_ unix: Double) -> String {
        Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date(timeIntervalSince1970: unix))
    }

    /// `Mon, 02 Nov 2026 01:15:22 GMT`, rounded up to the next whole second.
    static func http(_ unix: Double) -> String {
        let seconds = unix.rounded(.up)
        let text = iso8601(seconds)
        let fields = text.split { "-T:.Z".contains($0) }.map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let weekday = weekdays[Int(seconds / 86_400) % 7]
        let month = months[(Int(fields[1]) ?? 1) - 1]
        return "\(weekday), \(fields[2]) \(month) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5]) GMT"
    }
}
