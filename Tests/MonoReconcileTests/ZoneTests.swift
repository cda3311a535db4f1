import Foundation
import Reconciliation
import Testing

@testable import MonoReconcile

/// Time zones by name, from the files of the time zone database.
struct ZoneTests {
    private static let files = "/usr/share/zoneinfo"

    /// A file of version 2 with 64-bit times; the block for 32 bits is empty.
    private static func file(
        offsets: [Int32] = [3_600], changes: [(at: Int64, kind: UInt8)] = [], footer: String = "\nWAT-1\n",
        version: UInt8 = 0x32, leaps: UInt32 = 0
    ) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        func head(_ leaps: UInt32, _ times: Int, _ kinds: Int) -> [UInt8] {
            Array("TZif".utf8) + [version] + Array(repeating: 0, count: 15) + bytes(UInt32(0)) + bytes(UInt32(0))
                + bytes(leaps) + bytes(UInt32(times)) + bytes(UInt32(kinds)) + bytes(UInt32(4))
        }
        let letters = Array("WAT\0".utf8)
        let empty = head(0, 0, 1) + [0, 0, 0, 0, 0, 0] + letters
        let block =
            changes.flatMap { bytes($0.at) } + changes.map(\.kind)
            + offsets.flatMap { bytes($0) + [0, 0] } + letters
        return empty + head(leaps, changes.count, offsets.count) + block + Array(footer.utf8)
    }

    @Test func `Lagos and UTC are known without a file`() {
        #expect(Zone.rules(named: "Africa/Lagos") == .lagos)
        #expect(Zone.rules(named: "UTC") == .utc)
        #expect(Zone.rules(named: "Etc/UTC")?.name == "Etc/UTC")
    }

    @Test(arguments: [
        "", "../../etc/passwd", "/etc/localtime", "Africa/../UTC", "Africa/", "No/Where", "Africa", "tzdata.zi",
        "Lagos ",
        "Africa//Lagos", String(repeating: "A", count: 65),
    ])
    func `what names no zone is none`(name: String) {
        #expect(Zone.rules(named: name) == nil)
    }

    @Test func `a file is read with its changes and the rule for the years to come`() throws {
        let change: Int64 = 1_000_000_000
        let rules = try #require(
            TimeZoneRules(
                name: "A/B",
                tzif: Self.file(offsets: [0, 3_600], changes: [(change, 1)], footer: "\nGMT0BST,M3.5.0/1,M10.5.0\n")
            ))
        #expect(rules.name == "A/B")
        #expect(rules.offset == 0)
        #expect(rules.transitions.first == TimeZoneRules.Transition(at: change, offset: 3_600))
        // 2001-10-28T01:00:00Z and 2100-10-31T01:00:00Z.
        #expect(rules.transitions.dropFirst().first == TimeZoneRules.Transition(at: 1_004_230_800, offset: 0))
        #expect(rules.transitions.last == TimeZoneRules.Transition(at: 4_128_627_600, offset: 0))
        #expect(zip(rules.transitions, rules.transitions.dropFirst()).allSatisfy { $0.at < $1.at })
    }

    @Test func `a zone without changes has one distance`() {
        #expect(TimeZoneRules(name: "x", tzif: Self.file()) == TimeZoneRules(name: "x", offset: 3_600))
        #expect(TimeZoneRules(name: "x", tzif: Self.file(footer: "\n\n")) == TimeZoneRules(name: "x", offset: 3_600))
    }

    @Test func `what is no zone's file, or cut short anywhere, is none`() {
        let whole = Self.file(offsets: [0, 3_600], changes: [(5, 1), (9, 0)])
        #expect(TimeZoneRules(name: "x", tzif: whole) != nil)
        for length in whole.indices { #expect(TimeZoneRules(name: "x", tzif: Array(whole.prefix(length))) == nil) }
        #expect(TimeZoneRules(name: "x", tzif: Self.file(version: 0)) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Self.file(leaps: 1)) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Self.file(changes: [(5, 1)])) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Self.file(changes: [(5, 0), (5, 0)])) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Self.file(footer: "\nnonsense\n")) == nil)
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "\(files)/Europe/London"), "tzdata is not installed"),
        arguments: [
            "Europe/London", "America/New_York", "Africa/Lagos", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin",
            "Asia/Kathmandu", "America/Phoenix", "Pacific/Auckland",
        ])
    func `the machine's own files give the clocks that Foundation has`(name: String) throws {
        let rules = try #require(Zone.rules(named: name))
        let zone = try #require(TimeZone(identifier: name))
        // A prime number of seconds, so that every hour of the day and day of the year comes.
        for seconds in stride(from: Int64(0), to: 4_102_444_800, by: 1_299_709) {
            let time = Timestamp(microseconds: seconds * 1_000_000)
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            #expect(rules.local(time).since(time) == .seconds(expected), "\(time.iso8601)")
        }
    }

    @Test(
        arguments: [
            ("WAT-1", [3_600], []),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", [0, 3_600], ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", [-7_200, -3_600], ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
            (
                "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", [37_800, 39_600],
                ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]
            ),
            ("EST5EDT,J60,J300/3", [-18_000, -14_400], ["2026-03-01T07:00:00Z", "2026-10-27T07:00:00Z"]),
            ("EST5EDT,59,299", [-18_000, -14_400], ["2026-03-01T07:00:00Z", "2026-10-27T06:00:00Z"]),
        ] as [(String, [Int], [String])])
    func `POSIX' form tells the distances and the changes of a year`(
        text: String, offsets: [Int], changes: [String]
    ) throws {
        let zone = try #require(PosixZone(text))
        #expect(zone.offsets == offsets)
        let times = zone.transitions(in: 2026...2026).map { Timestamp(microseconds: $0.at * 1_000_000).iso8601 }
        #expect(times == changes)
    }

    @Test func `a leap day is counted where the form counts it`() throws {
        func first(_ text: String) throws -> String? {
            try #require(PosixZone(text)).transitions(in: 2028...2028).first.map {
                Timestamp(microseconds: $0.at * 1_000_000).iso8601
            }
        }
        #expect(try first("UTC0DST,J60/0,J300") == "2028-03-01T00:00:00Z")
        #expect(try first("UTC0DST,59/0,299") == "2028-02-29T00:00:00Z")
    }

    @Test(arguments: [
        "", "1", "AB-1", "WAT", "WAT-15", "GMT0BST", "GMT0BST,M3.5.0", "GMT0BST,M13.5.0,M10.5.0", "WAT-1x",
    ])
    func `other texts are none`(text: String) {
        #expect(PosixZone(text) == nil)
    }
}
