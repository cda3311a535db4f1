import Reconciliation
import Testing

/// The table row by row: what is known, and what follows from it.
@Suite struct OutcomeTableTests {
    struct Row: Sendable {
        var observation: Observation
        var known: Circumstances
        var outcome: Outcome
        var cause: Cause
    }

    private static let fresh = Circumstances(reason: .missingUpdate, hadData: false)
    private static let had = Circumstances(reason: .missingUpdate, hadData: true)
    private static let flagged = Circumstances(reason: .reauthorisationRequired, hadData: false, wasFlagged: true)

    private static func row(
        _ observation: Observation, _ known: Circumstances, _ outcome: Outcome, _ cause: Cause
    ) -> Row {
        Row(observation: observation, known: known, outcome: outcome, cause: cause)
    }

    private static func ended(_ status: DataStatus?, last: Bool = true) -> Observation {
        .sync(.succeeded(status, isLastLook: last))
    }

    private static func failed(_ status: DataStatus?) -> Observation { .sync(.failed(status, isExplained: true)) }

    static let rows = [
        row(ended(nil), had, .recovered, .syncSucceeded),
        row(ended(.available), fresh, .recovered, .dataFetched),
        row(ended(.partial), fresh, .partial, .syncSucceededInPart),
        row(ended(.unavailable), fresh, .bankUnavailable, .bankGaveNoData),
        row(ended(.failed), fresh, .providerFailed, .monoGaveNoData),
        row(ended(.processing), fresh, .stillProcessing, .windowEnded),
        row(ended(.unknown("?")), fresh, .errored, .unknownDataStatus),
        row(failed(.available), fresh, .recovered, .dataDespiteFailure),
        row(failed(.available), had, .providerFailed, .syncFailedWithoutReason),
        row(failed(.available), flagged, .reauthorisationRequired, .flaggedAndFailedAgain),
        row(failed(.partial), flagged, .partial, .syncFailedInPart),
        row(failed(.unavailable), flagged, .bankUnavailable, .syncFailedAtBank),
        row(failed(.failed), fresh, .providerFailed, .syncFailedWithoutReason),
        row(.trigger(.syncError), fresh, .bankUnavailable, .syncError),
        row(.trigger(.incomplete), flagged, .incompleteStatement, .incompleteStatement),
        row(.trigger(.refused(.notFound)), fresh, .errored, .syncNotFound),
        row(.sync(.inDoubt(.available, isLastLook: false, namesNoJob: true)), fresh, .recovered, .dataDespiteDoubt),
        row(.sync(.inDoubt(.failed, isLastLook: true, namesNoJob: true)), fresh, .errored, .jobNotNamed),
        row(.sync(.windowEnded(namesNoJob: false)), had, .deferred, .syncInDoubt),
        row(.inspected(.available, limitEnd: nil), fresh, .alreadyAvailable, .eventLost),
        row(.inspected(.failed, limitEnd: storyStart), fresh, .deferred, .tooSoon),
        row(.reauthorisationRequired(.event), had, .reauthorisationRequired, .eventSaidReauthorise),
        row(.read(.rejected(.denied(status: 403))), fresh, .errored, .readDenied),
        row(.read(.rejected(.wrongAccount)), fresh, .errored, .wrongAccount),
    ]

    @Test(arguments: rows)
    func `what is known decides outcome and cause`(row: Row) throws {
        let conclusion = OutcomeTable.conclusion(from: row.observation, in: row.known)
        guard case .settled(let settlement) = conclusion else {
            Issue.record("not settled: \(conclusion)")
            return
        }
        #expect(settlement.outcome == row.outcome)
        #expect(settlement.cause == row.cause)
        #expect(!settlement.detail.isEmpty)
        #expect(settlement.clearsFlag == (row.outcome == .incompleteStatement))
    }

    @Test func `what does not settle a case says what comes next`() {
        let expected: [(Observation, Circumstances, OutcomeTable.Conclusion)] = [
            (Self.ended(nil), Self.fresh, .lookAtData), (Self.ended(.processing, last: false), Self.fresh, .lookAgain),
            (.sync(.failed(nil, isExplained: false)), Self.fresh, .lookAfterFailure(awaitsReason: true)),
            (.sync(.failed(nil, isExplained: false)), Self.flagged, .lookAfterFailure(awaitsReason: false)),
            (.sync(.failed(nil, isExplained: true)), Self.fresh, .lookAfterFailure(awaitsReason: false)),
            (.inspected(.processing, limitEnd: nil), Self.fresh, .trigger),
            (.sync(.working(.processing, isLastLook: false)), Self.fresh, .lookAgain),
        ]
        for (observation, known, conclusion) in expected {
            #expect(OutcomeTable.conclusion(from: observation, in: known) == conclusion)
        }
    }

    @Test func `a sync that succeeded clears the flag, unless Mono says since that the customer must re-authorise`() {
        var known = Self.flagged
        known.syncSucceeded = true
        for (observation, clearsFlag) in [
            (Self.ended(.partial), true), (.trigger(.namedEarlierSync), true),
            (.reauthorisationRequired(.event), false),
        ] {
            guard case .settled(let settlement) = OutcomeTable.conclusion(from: observation, in: known) else {
                Issue.record("not settled")
                return
            }
            #expect(settlement.clearsFlag == clearsFlag)
        }
    }

    @Test func `what is put off may be tried again after the limit, and at once if no trigger left`() {
        var known = Self.fresh
        known.limitEnd = storyStart
        let putOff = Observation.putOff(.interrupted, "x", withdrawsIntent: false)
        for neverLeft in [false, true] {
            known.triggerNeverLeft = neverLeft
            let expected = Settlement(
                .deferred, cause: .interrupted, "x", withdrawsIntent: neverLeft,
                nextAttemptAt: neverLeft ? nil : storyStart)
            #expect(OutcomeTable.conclusion(from: putOff, in: known) == .settled(expected))
        }
    }
}
