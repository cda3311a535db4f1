import Reconciliation

/// A zone as POSIX' `TZ` and the last line of a zone's file write it: `WAT-1`, `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZone {
    /// When in a year the clock changes.
    private enum Day {
        /// `Jn`: 1 to 365, 29 February never counted.
        case withoutLeapDay(Int)
        /// `n`: 0 to 365.
        case ofYear(Int)
        /// `Mm.w.d`: the week's 1 to 5, the last being 5; Sunday is 0.
        case weekday(month: Int, week: Int, day: Int)
    }

    private struct Change {
        var day: Day
        /// Seconds after midnight of the clock that is about to change.
        var time: Int
    }

    /// Seconds east of UTC.
    private var standard: Int
    private var summer: (offset: Int, begins: Change, ends: Change)?

    /// The distances from UTC in seconds, in order: one, or two where the clock changes.
    var offsets: [Int] { Set([standard] + (summer.map { [$0.offset] } ?? [])).sorted() }

    /// Reads the text; nil for what is malformed, or has a summer without its days.
    init?(_ text: String) {
        let name = /[A-Za-z]{3,}|<[A-Za-z0-9+-]+>/
        var rest = text[...]
        guard let first = rest.prefixMatch(of: name) else { return nil }
        rest = rest[first.range.upperBound...]
        guard let standard = Self.seconds(&rest, hours: 0...14) else { return nil }
        self.standard = -standard
        guard !rest.isEmpty else { return }
        guard let second = rest.prefixMatch(of: name) else { return nil }
        rest = rest[second.range.upperBound...]
        // Without its own distance, summer is an hour ahead.
        var offset = self.standard + 3_600
        if rest.first != "," {
            guard let seconds = Self.seconds(&rest, hours: 0...14) else { return nil }
            offset = -seconds
        }
        let changes = rest.split(separator: ",", omittingEmptySubsequences: false)
        guard changes.count == 3, changes[0].isEmpty, let begins = Self.change(changes[1]),
            let ends = Self.change(changes[2])
        else { return nil }
        summer = (offset, begins, ends)
    }

    /// The changes of these years, in order of time.
    func transitions(in years: ClosedRange<Int>) -> [TimeZoneRules.Transition] {
        guard let summer else { return [] }
        return years.flatMap { year in
            [
                TimeZoneRules.Transition(
                    at: Self.seconds(of: summer.begins, in: year) - Int64(standard), offset: summer.offset),
                TimeZoneRules.Transition(
                    at: Self.seconds(of: summer.ends, in: year) - Int64(summer.offset), offset: standard),
            ]
        }.sorted { $0.at < $1.at }
    }

    /// The distance after the last change of a year, which is the one before the next year's first.
    func offset(atEndOf year: Int) -> Int { transitions(in: year...year).last?.offset ?? standard }

    // MARK: Reading

    /// `[+-]hh[:mm[:ss]]`, taken from the front.
    private static func seconds(_ rest: inout Substring, hours range: ClosedRange<Int>) -> Int? {
        let form = /([+-]?)([0-9]{1,3})(?::([0-9]{2}))?(?::([0-9]{2}))?/
        guard let match = rest.prefixMatch(of: form), let hours = Int(match.output.2), range.contains(hours) else {
            return nil
        }
        rest = rest[match.range.upperBound...]
        let minutes = match.output.3.flatMap { Int($0) } ?? 0
        let seconds = hours * 3_600 + minutes * 60 + (match.output.4.flatMap { Int($0) } ?? 0)
        return match.output.1 == "-" ? -seconds : seconds
    }

    private static func change(_ text: Substring) -> Change? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let day = day(parts[0]) else { return nil }
        guard parts.count == 2 else { return Change(day: day, time: 7_200) }
        var rest = parts[1]
        // Zone files may name an hour of the day before, or of days after.
        guard let time = seconds(&rest, hours: 0...167), rest.isEmpty else { return nil }
        return Change(day: day, time: time)
    }

    private static func day(_ text: Substring) -> Day? {
        if let match = text.wholeMatch(of: /M([0-9]{1,2})\.([1-5])\.([0-6])/) {
            guard let month = Int(match.output.1), (1...12).contains(month), let week = Int(match.output.2),
                let day = Int(match.output.3)
            else { return nil }
            return .weekday(month: month, week: week, day: day)
        }
        guard let match = text.wholeMatch(of: /(J?)([0-9]{1,3})/), let number = Int(match.output.2) else { return nil }
        if match.output.1.isEmpty { return (0...365).contains(number) ? .ofYear(number) : nil }
        return (1...365).contains(number) ? .withoutLeapDay(number) : nil
    }

    // MARK: Days

    /// Seconds from 1970 to a change, by the clock that is about to change.
    private static func seconds(of change: Change, in year: Int) -> Int64 {
        let first = days(to: year, month: 1)
        let day =
            switch change.day {
            case .ofYear(let number): first + number
            case .withoutLeapDay(let number): first + number - 1 + (number >= 60 && isLeap(year) ? 1 : 0)
            case .weekday(let month, let week, let weekday): self.day(weekday, week: week, of: month, in: year)
            }
        return Int64(day) * 86_400 + Int64(change.time)
    }

    private static func day(_ weekday: Int, week: Int, of month: Int, in year: Int) -> Int {
        let first = days(to: year, month: month)
        let next = month == 12 ? days(to: year + 1, month: 1) : days(to: year, month: month + 1)
        // 1970-01-01 was a Thursday.
        let firstWeekday = ((first + 4) % 7 + 7) % 7
        let day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
        return day < next ? day : day - 7
    }

    /// Days from 1970-01-01 to a month's first.
    private static func days(to year: Int, month: Int) -> Int {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
        let past = year - 1
        let leapDays = past / 4 - past / 100 + past / 400 - 477
        return (year - 1970) * 365 + leapDays + before + (month > 2 && isLeap(year) ? 1 : 0)
    }

    private static func isLeap(_ year: Int) -> Bool { (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 }
}
