import Testing

@testable import Reconciliation

/// The grid of times on which latencies are told apart.
@Suite struct LearningGridTests {
    @Test func `edges double every eight steps from 100 ms to beyond an hour`() {
        #expect(LatencyGrid.time(of: 0) == .zero)
        #expect(LatencyGrid.time(of: 1) == .milliseconds(100))
        #expect(LatencyGrid.time(of: 81) == .milliseconds(102_400))
        for edge in 1..<LatencyGrid.edgeCount {
            #expect(LatencyGrid.time(of: edge) > LatencyGrid.time(of: edge - 1))
            guard edge > 8 else { continue }
            let half = LatencyGrid.time(of: edge - 8) * 2
            #expect((LatencyGrid.time(of: edge) - half).inSeconds.magnitude < 2e-6)
        }
        #expect(LatencyGrid.time(of: LatencyGrid.edgeCount - 1) >= .seconds(3_600))
        #expect(LatencyGrid.time(of: LatencyGrid.edgeCount - 2) < .seconds(3_600))
    }

    @Test(arguments: [1, 2, 40, 81, 122])
    func `a time at an edge is that edge, one beside it lies between two`(edge: Int) {
        let time = LatencyGrid.time(of: edge)
        #expect(LatencyGrid.lastEdge(atMost: time) == edge && LatencyGrid.firstEdge(atLeast: time) == edge)
        let before = time - .microseconds(1)
        #expect(LatencyGrid.lastEdge(atMost: before) == edge - 1 && LatencyGrid.firstEdge(atLeast: before) == edge)
        let after = time + .microseconds(1)
        #expect(LatencyGrid.lastEdge(atMost: after) == edge && LatencyGrid.firstEdge(atLeast: after) == edge + 1)
    }

    @Test func `times beyond either end have the end's edge`() {
        #expect(LatencyGrid.lastEdge(atMost: .seconds(-1)) == 0 && LatencyGrid.firstEdge(atLeast: .seconds(-1)) == 0)
        #expect(LatencyGrid.lastEdge(atMost: .seconds(90_000)) == LatencyGrid.edgeCount - 1)
        #expect(LatencyGrid.firstEdge(atLeast: .seconds(90_000)) == LatencyGrid.edgeCount - 1)
        #expect(LatencyGrid.time(of: -1) == .zero)
        #expect(LatencyGrid.time(of: 9_999) == LatencyGrid.time(of: LatencyGrid.edgeCount - 1))
    }

    @Test func `a cell holds the latency whatever the looks' times were`() throws {
        let narrow = try #require(LookCell(processingAt: .milliseconds(3_300), endedAt: .milliseconds(3_301)))
        #expect(narrow == LookCell(from: 41, to: 42))
        let unseen = try #require(LookCell(processingAt: .zero, endedAt: .milliseconds(1)))
        #expect(unseen == LookCell(from: 0, to: 1))
        #expect(LookCell(processingAt: .seconds(300), endedAt: nil) == LookCell(from: 93, to: nil))
        #expect(LookCell(processingAt: .milliseconds(50), endedAt: nil) == nil)
        let late = try #require(LookCell(processingAt: .seconds(7_200), endedAt: .seconds(9_000)))
        #expect(late == LookCell(from: 122, to: 123))
        #expect(LookCell(toldAt: .milliseconds(150)) == LookCell(from: 5, to: 6))
        #expect(LookCell(toldAt: .zero) == LookCell(from: 0, to: 1))
    }

    @Test func `cells are ordered by beginning, and a cell without an end comes last`() {
        let cells = [LookCell(from: 1, to: nil), LookCell(from: 1, to: 5), LookCell(from: 0, to: 9)]
        #expect(cells.sorted() == [cells[2], cells[1], cells[0]])
    }
}
