import Reconciliation

extension Cause {
    /// Why nothing was found out of an account, for readers who know neither calls nor keys; without a full stop.
    ///
    /// Nil for the causes of outcomes that rest on evidence: their sentences say it themselves.
    var plainText: String? {
        switch self {
        case .tooSoon:
            "this account's data had been asked for minutes before, and Mono wants a pause between two requests"
        case .budgetBeforeResult: "the limit on paid requests was used up before the result could be read"
        case .budget: "the limit on paid requests was used up before this account's turn"
        case .syncInDoubt: "Mono was asked to fetch the data, but its answer was lost"
        case .earlierSyncNamed: "Mono answered with an earlier attempt, which says nothing about now"
        case .tooManyRequests: "Mono was too busy to answer"
        case .keyRefused: "Mono refused our access key, which concerns every account; an engineer has to mend it"
        case .monoUnavailable: "Mono could not be reached"
        case .tryLater: "Mono asked us to come back later"
        case .interrupted: "the run was stopped before this account was done"
        case .otherBaseURL: "the run spoke to another address of Mono's, which is not asked any more"
        case .nightOver: "the night was over before this account's turn"
        case .bankPaused: "its bank kept failing for other customers, so the rest were left for another night"
        case .limit: "it was left out by the limit on accounts for one night"
        case .notDue: "it became due only while the run was under way"
        case .coolDown:
            "it was tried on an earlier night, and nothing new has come from Mono since; its row tells the next try"
        case .inOtherRun: "another run was at work on this account"
        case .rowLocked: "another program kept our record of this account locked, so nothing could be saved"
        case .rowRefused:
            "our database refused to save anything in its record of this account; an engineer has to mend that"
        case .unreadableAccount: "a date in our own record of this account is impossible"
        case .noConnection: "no connection to Mono could be made"
        case .syncRejected: "Mono did not understand the request to fetch the data"
        case .syncDenied: "Mono does not allow us to fetch this account's data"
        case .syncNotFound: "Mono knows this account, but did not find it when it was asked to fetch the data"
        case .jobNotNamed: "Mono took the request to fetch the data, but nothing came of it that could be followed"
        case .unknownDataStatus: "Mono described the data with a word that we do not know"
        case .unknownJobStatus: "Mono described its work with a word that we do not know"
        case .readDenied: "Mono does not let us see this account"
        case .readRejected: "Mono turned down our question about this account"
        case .wrongAccount: "Mono answered about another account"
        case .readGivenUp: "Mono gave no usable answer, however often it was asked"
        case .eventCame, .eventLost, .nothingWrong, .syncSucceeded, .dataFetched, .dataDespiteFailure,
            .dataDespiteDoubt, .syncSucceededInPart, .syncFailedInPart, .triggerSaidReauthorise, .jobSaidReauthorise,
            .earlierJobSaidReauthorise, .eventSaidReauthorise, .flaggedAndFailedAgain, .cannotBeReauthorised,
            .syncError, .bankGaveNoData, .syncFailedAtBank, .monoGaveNoData, .syncFailedWithoutReason,
            .incompleteStatement, .windowEnded, .reauthorisedJustNow, .linkedAgain, .owesAnew, .unknownToMono,
            .deleted, .unlinked:
            nil
        }
    }
}
