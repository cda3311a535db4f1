package import Reconciliation

/// One account's line on standard output after a one-off run.
package enum OneLine {
    /// Account id, outcome and what happened, without a newline; times are of a zone.
    ///
    /// Two blanks separate the three parts; the first two parts hold no blank, so a script can cut them off.
    package static func text(of record: CaseRecord, zone: TimeZoneRules) -> String {
        let outcome = record.outcome?.rawValue ?? "open"
        return "\(record.accountID.printable())  \(outcome)  \(Sentences(of: record, zone: zone).whatHappened)"
    }
}
