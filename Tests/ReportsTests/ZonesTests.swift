import Reconciliation
import Testing

@testable import Reports

/// People read the clock of their place, programs read UTC.
@Suite struct ZonesTests {
    @Test func `texts follow the zone of the run, and the columns stay as they are`() throws {
        var flagged = record("a", .reauthorisationRequired, reason: .reauthorisationRequired)
        flagged.stuckSince = at("2026-03-08T23:30:00Z")
        var night = run([flagged] + (1...3).map { synced("\($0)", .bankUnavailable, after: $0) })
        var texts: [String] = []
        for zone in [TimeZoneRules.utc, .lagos] {
            night.zone = zone
            texts.append(text(AccountsCSV.bytes(of: night, profile: .plain)))
            texts.append(Headline.text(of: night))
            texts.append(OneLine.text(of: flagged, zone: zone))
        }
        #expect(texts[0].contains("(needed since 8 Mar)") && texts[3].contains("(needed since 9 Mar)"))
        #expect(texts[0].contains("2026-03-08T23:30:00Z") && texts[3].contains("2026-03-08T23:30:00Z"))
        #expect(texts[1].contains("down since 02:00") && texts[4].contains("down since 03:00"))
        #expect(texts[2].contains("8 Mar") && texts[5].contains("9 Mar"))
        #expect(texts.allSatisfy { !$0.contains(" UTC") })
    }
}
