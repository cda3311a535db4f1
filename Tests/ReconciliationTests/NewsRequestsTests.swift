import Testing

@testable import Reconciliation

/// Which news are read from our own database, and when.
@Suite struct NewsRequestsTests {
    private let accounts = SchedulerNight.accounts(3)
    private let now = storyStart

    @Test func `what is wanted is read together, once, in the order of the accounts`() {
        var requests = NewsRequests()
        #expect(requests.begin(where: { _ in true }, at: now) == nil)
        requests.want([accounts[2], accounts[0]])
        requests.want([accounts[0]])
        #expect(requests.begin(where: { _ in true }, at: now) == [accounts[0], accounts[2]])
        #expect(requests.isUnderWay)
        requests.end()
        #expect(!requests.isUnderWay && requests.begin(where: { _ in true }, at: now) == nil)
    }

    @Test func `one request is under way at a time, and what is wanted meanwhile is read next`() {
        var requests = NewsRequests()
        requests.want([accounts[0]])
        _ = requests.begin(where: { _ in true }, at: now)
        requests.want([accounts[1]])
        #expect(requests.begin(where: { _ in true }, at: now) == nil)
        requests.end()
        let soon = now.advanced(by: WorkerLimits.requestPause)
        #expect(requests.nextDue == soon)
        #expect(requests.begin(where: { _ in true }, at: now) == nil)
        #expect(requests.begin(where: { _ in true }, at: soon) == [accounts[1]])
    }

    @Test func `accounts without a case are not read, neither now nor later`() {
        var requests = NewsRequests()
        requests.want(accounts)
        #expect(requests.begin(where: { _ in false }, at: now) == nil)
        #expect(!requests.isUnderWay && requests.begin(where: { _ in true }, at: now) == nil)
        requests.want(accounts)
        #expect(requests.begin(where: { $0 != accounts[1] }, at: now) == [accounts[0], accounts[2]])
    }
}
