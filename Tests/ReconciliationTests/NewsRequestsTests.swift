import Testing

@testable import Reconciliation

/// Which news are read from our own database, and when.
@Suite struct NewsRequestsTests {
    private let accounts = SchedulerNight.accounts(3)

    @Test func `what is wanted is read together, once, in the order of the accounts`() {
        var requests = NewsRequests()
        #expect(requests.begin { _ in true } == nil)
        requests.want([accounts[2], accounts[0]])
        requests.want([accounts[0]])
        #expect(requests.begin { _ in true } == [accounts[0], accounts[2]])
        #expect(requests.isUnderWay)
        requests.end()
        #expect(!requests.isUnderWay && requests.begin { _ in true } == nil)
    }

    @Test func `one request is under way at a time, and what is wanted meanwhile is read next`() {
        var requests = NewsRequests()
        requests.want([accounts[0]])
        _ = requests.begin { _ in true }
        requests.want([accounts[1]])
        #expect(requests.begin { _ in true } == nil)
        requests.end()
        #expect(requests.begin { _ in true } == [accounts[1]])
    }

    @Test func `accounts without a case are not read, neither now nor later`() {
        var requests = NewsRequests()
        requests.want(accounts)
        #expect(requests.begin { _ in false } == nil)
        #expect(!requests.isUnderWay && requests.begin { _ in true } == nil)
        requests.want(accounts)
        #expect(requests.begin { $0 != accounts[1] } == [accounts[0], accounts[2]])
    }
}
