extension AccountState {
    /// Whether a case asks for the account's details before it triggers a sync.
    ///
    /// An inspection can prove something only where no data was there before.
    package func needsInspection(for reason: Reason) -> Bool {
        if flaggedSince != nil { return false }
        if reason == .requested, awaitingSince == nil { return true }
        return !dataAvailable
    }
}
