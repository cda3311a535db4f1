import Testing

@testable import Reconciliation

/// What follows from Mono's answers for the run and for the settlements that rest on them.
@Suite struct MonoHealthTests {
    private let accounts = SchedulerNight.accounts(30)
    private static let fine = CallResult.details(.success(Details(status: .available)))

    @Test(arguments: [
        CallResult.details(.failure(.keyRefused)), .job(.failure(.keyRefused)), .trigger(.refused(.keyRefused)),
        .reauthLink(.failure(.failed(.keyRefused))),
    ])
    func `401 stops the run at once`(result: CallResult) {
        var health = MonoHealth()
        let verdict = health.saw(result, ofCall: 0, about: accounts[0], at: storyStart)
        #expect(verdict == .stop(.keyRefused("Mono answered 401")))
    }

    @Test func `five first calls without an answer stop the run`() {
        var health = MonoHealth()
        let silent = CallResult.details(.failure(.transport("timed out")))
        for number in 0..<4 {
            #expect(health.saw(silent, ofCall: number, about: accounts[number], at: storyStart) == .goOn)
        }
        guard case .stop(.unreachable) = health.saw(silent, ofCall: 4, about: accounts[4], at: storyStart) else {
            Issue.record("Mono counts as reachable")
            return
        }
    }

    @Test(arguments: [200, 401, 403, 404])
    func `five first answers that are not Mono's stop the run, and accuse no key`(status: Int) {
        let page = ReadFailure.foreign(status: status, what: "an HTML page")
        for answer in [
            CallResult.details(.failure(page)), .job(.failure(page)), .reauthLink(.failure(.failed(page))),
            .trigger(.inDoubt(Doubt(page.word, isAnswer: false))),
        ] {
            var health = MonoHealth()
            for number in 0..<4 {
                #expect(health.saw(answer, ofCall: number, about: accounts[number], at: storyStart) == .goOn)
            }
            guard case .stop(.unreachable(let why)) = health.saw(answer, ofCall: 4, about: accounts[4], at: storyStart)
            else {
                Issue.record("Mono counts as reachable")
                return
            }
            #expect(why.contains("not Mono's: HTTP \(status) with an HTML page"))
            #expect(health.doubtful == [])
        }
    }

    @Test func `an answer that accuses the key is not believed of its account`() {
        var health = MonoHealth()
        let denied = CallResult.details(.failure(.denied(status: 403)))
        for number in 0..<2 {
            #expect(health.saw(denied, ofCall: number, about: accounts[number], at: storyStart) == .goOn)
        }
        let last = health.saw(denied, ofCall: 2, about: accounts[2], at: storyStart)
        guard case .stopAndDisbelieve(.keyRefused) = last else {
            Issue.record("the key is not accused: \(last)")
            return
        }
        #expect(health.doubtful == Array(accounts.prefix(3)))
    }

    @Test(arguments: [
        CallResult.job(.failure(.notFound)), .trigger(.inDoubt(Doubt("HTTP 502", isAnswer: true))),
        .reauthLink(.failure(.failed(.denied(status: 403)))), .trigger(.refused(.badRequest)),
    ])
    func `an answer that says nothing of the key leaves everything as it is`(result: CallResult) {
        var health = MonoHealth()
        for number in 0..<25 {
            #expect(health.saw(result, ofCall: number, about: accounts[number], at: storyStart) == .goOn)
        }
        #expect(health.doubtful == [])
    }

    @Test func `a doubtful settlement waits until another answer clears the key`() {
        var health = MonoHealth()
        for account in accounts.prefix(2).reversed() {
            _ = health.saw(.details(.failure(.notFound)), ofCall: 0, about: account, at: storyStart)
            #expect(health.withholds(account) == true)
        }
        #expect(health.withholds(accounts[2]) == false)
        #expect(health.withheldCount == 2 && health.release() == [])
        _ = health.saw(Self.fine, ofCall: 2, about: accounts[2], at: storyStart)
        #expect(health.release() == Array(accounts.prefix(2)))
        #expect(health.withheldCount == 0 && health.release() == [])
    }

    @Test func `once nothing more is asked, what was said is believed`() {
        var health = MonoHealth()
        _ = health.saw(.details(.failure(.notFound)), ofCall: 0, about: accounts[0], at: storyStart)
        #expect(health.withholds(accounts[0]) == true)
        health.rest()
        #expect(health.release() == [accounts[0]])
    }

    @Test func `the settlement of a case that left is not released`() {
        var health = MonoHealth()
        _ = health.saw(.details(.failure(.notFound)), ofCall: 0, about: accounts[0], at: storyStart)
        #expect(health.withholds(accounts[0]) == true)
        health.forget(accounts[0])
        health.rest()
        #expect(health.withheldCount == 0 && health.release() == [])
    }
}
