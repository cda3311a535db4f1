import Foundation
import Testing

/// What operators build upon: names of metrics and of log fields.
struct MonitoringTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
    }

    private static func metrics(in text: String) -> Set<String> {
        Set(text.matches(of: /mono_reconcile_[a-z_]+/).map { String($0.output) })
    }

    @Test func `alerts and dashboard name metrics that there are, and the manual all of them`() throws {
        let written = Self.metrics(in: try Self.text("Sources/Reports/Tables/RunMetrics.swift"))
        #expect(written.count == 18)
        let alerts = Self.metrics(in: try Self.text("monitoring/alerts.yml"))
        let dashboard = Self.metrics(in: try Self.text("monitoring/grafana-dashboard.json"))
        #expect(alerts.count >= 5)
        #expect(dashboard.count >= 8)
        #expect(alerts.subtracting(written) == [])
        #expect(dashboard.subtracting(written) == [])
        #expect(Self.metrics(in: try Self.text("docs/monitoring.md")) == written)
    }

    @Test func `every alert has its test and its line in the manual`() throws {
        let names = try Self.text("monitoring/alerts.yml").matches(of: /alert: (\w+)/).map { String($0.output.1) }
        let (tests, manual) = (try Self.text("monitoring/alerts_test.yml"), try Self.text("docs/monitoring.md"))
        #expect(names.count == Set(names).count)
        #expect(!names.isEmpty)
        for name in names {
            #expect(
                tests.contains("alertname: \(name)\n        exp_alerts:\n          - "), "\(name) never fires in a test"
            )
            #expect(manual.contains("`\(name)`"))
        }
    }

    @Test func `the manual lists all fields of log lines, and no others`() throws {
        var fields: Set<String> = ["time", "level", "message"]
        for module in ["MonoReconcile", "Webhooks"] {
            for file in try Repository.swiftFiles(under: "Sources/\(module)") {
                let text = try String(contentsOf: file, encoding: .utf8)
                for list in text.matches(of: /metadata: \[([^\]]*)\]/) {
                    fields.formUnion(list.output.1.matches(of: /"([a-z0-9_]+)":\s/).map { String($0.output.1) })
                }
                fields.formUnion(text.matches(of: /metadataKey: "([a-z0-9_]+)"/).map { String($0.output.1) })
            }
        }
        let manual = try Self.text("docs/monitoring.md")
        let table = manual.split(separator: "\n").drop { !$0.hasPrefix("| field |") }.dropFirst(2).prefix {
            $0.hasPrefix("| `")
        }
        let name = /`([a-z0-9_]+)`/
        let listed = table.compactMap { $0.firstMatch(of: name).map { String($0.output.1) } }
        #expect(Set(listed) == fields)
        #expect(listed.count == fields.count)
    }
}
