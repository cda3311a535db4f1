/// What a case did, or what reached it: the names that stand in the column `steps`.
package enum StepName: Hashable, Sendable {
    /// A look at the account's details.
    case details
    /// A look at a job.
    case job
    /// The durable note that a sync is about to be triggered.
    case intent
    /// The call that starts a sync.
    case trigger
    /// A webhook.
    case event
    /// A worker took the case over from another one.
    case resume
    /// The question for the customer's link.
    case link
    /// The case was concluded.
    case settle
    /// A name that another version of this program wrote.
    case other(String)

    /// The names that this version writes.
    package static let known: [Self] = [.details, .job, .intent, .trigger, .event, .resume, .link, .settle]

    /// Reads a name as it is stored.
    package init(_ stored: String) {
        self = Self.known.first { $0.stored == stored } ?? .other(stored)
    }

    /// The name as it is stored.
    package var stored: String {
        switch self {
        case .details: "details"
        case .job: "job"
        case .intent: "intent"
        case .trigger: "trigger"
        case .event: "event"
        case .resume: "resume"
        case .link: "link"
        case .settle: "settle"
        case .other(let name): name
        }
    }
}

/// What was said in a step: a code where a report reads it, else a free text that is only shown.
package enum StepSaying: Hashable, Sendable {
    case code(Code)
    case text(String)

    /// What the reports read; the raw values are what is stored and shown.
    package enum Code: String, Sendable, CaseIterable {
        /// Of an intent: the note is durable.
        case committed
        /// Of a trigger: a job is at work.
        case started
        /// Of a trigger: the sync ended well.
        case succeeded
        /// Of a trigger: the job ended badly.
        case failed
        /// Of a trigger: the customer must re-authorise.
        case reauthorise = "re-authorisation required"
        /// Of a trigger: data-sync's `SYNC_ERROR`.
        case syncError = "SYNC_ERROR"
        /// Of a trigger: data-sync's `INCOMPLETE_STATEMENT_ERROR`.
        case incompleteStatement = "INCOMPLETE_STATEMENT_ERROR"
    }

    /// Reads the words as they are stored.
    package init(_ words: String) {
        self = Code(rawValue: words).map { .code($0) } ?? .text(words)
    }

    /// The words as they are stored and shown.
    package var words: String {
        switch self {
        case .code(let code): code.rawValue
        case .text(let text): text
        }
    }
}

/// One entry of a case's history: when, what was done, what was said.
package struct Step: Equatable, Sendable {
    /// Seconds since the worker's claim of the case.
    package var seconds: Double
    /// What was done.
    package var name: StepName
    /// What was said to it, for instance `PROCESSING` or `503`.
    package var said: StepSaying

    /// An entry with what was said as a code or a text.
    package init(seconds: Double, name: StepName, said: StepSaying) {
        self.seconds = seconds
        self.name = name
        self.said = said
    }

    /// An entry with what was said as it is stored.
    package init(seconds: Double, name: StepName, said words: String) {
        self.init(seconds: seconds, name: name, said: StepSaying(words))
    }
}
