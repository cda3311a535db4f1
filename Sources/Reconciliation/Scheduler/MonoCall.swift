/// One call to Mono, with all that its executor needs.
package struct MonoCall: Equatable, Sendable {
    /// How many calls of this scheduler left before it: its answer is given under this number.
    package var number: Int
    package var account: AccountID
    package var call: Call
    /// At this instant or later the request may not leave any more, because a trigger's intent grows old; nil for reads.
    package var leavesBefore: Timestamp?
    /// Whether the account is asked for the key's sake, and not for a case.
    package var isWitness = false

    package init(number: Int, account: AccountID, call: Call, leavesBefore: Timestamp? = nil) {
        self.number = number
        self.account = account
        self.call = call
        self.leavesBefore = leavesBefore
    }
}
