import Reconciliation

extension Cause {
    /// Why an account was not tried, or not to the end, in the few words that a line of a terminal has for an operator, who
    /// knows options and keys (the report tells support staff at length); nil for a cause of the account itself.
    var whyNotTried: String? {
        switch self {
        case .tooSoon: "its data had been asked for minutes before, and Mono wants a pause"
        case .earlierSyncNamed: "Mono answered with an earlier attempt"
        case .budget: "the limit on paid requests was used up"
        case .budgetBeforeResult: "the limit on paid requests was used up before the result could be read"
        case .tooManyRequests: "Mono was too busy to answer"
        case .syncInDoubt: "Mono's answer was lost"
        case .keyRefused: "Mono refused our access key"
        case .monoUnavailable: "Mono could not be reached"
        case .tryLater: "Mono asked us to come back later"
        case .interrupted: "the run was stopped"
        case .nightOver: "the night was over"
        case .bankPaused: "its bank kept failing"
        case .limit: "left out by --limit"
        case .notDue: "it became due only while the run was under way"
        case .inOtherRun: "another run had it in hand"
        case .rowLocked: "another session kept its row locked"
        case .rowRefused: "the database refused its row"
        case .otherBaseURL: "the run spoke to another address of Mono's"
        case .coolDown: "in cool-down, as nothing new has come from Mono since the last try"
        case .eventCame, .eventLost, .nothingWrong, .syncSucceeded, .dataFetched, .dataDespiteFailure,
            .dataDespiteDoubt, .syncSucceededInPart, .syncFailedInPart, .triggerSaidReauthorise, .jobSaidReauthorise,
            .earlierJobSaidReauthorise, .eventSaidReauthorise, .flaggedAndFailedAgain, .cannotBeReauthorised,
            .syncError, .bankGaveNoData, .syncFailedAtBank, .monoGaveNoData, .syncFailedWithoutReason,
            .incompleteStatement, .windowEnded, .reauthorisedJustNow, .linkedAgain, .owesAnew, .unknownToMono, .deleted,
            .unlinked, .unreadableAccount, .noConnection, .syncRejected, .syncDenied, .syncNotFound, .jobNotNamed,
            .unknownDataStatus, .unknownJobStatus, .readDenied, .readRejected, .wrongAccount, .readGivenUp:
            nil
        }
    }
}
