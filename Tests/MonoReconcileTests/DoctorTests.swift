import ArgumentParser
import MonoAPI
import Postgres
import Reconciliation
import Testing

@testable import Ledger
@testable import MonoReconcile

/// What `doctor` makes of what it sees; the end-to-end tests provoke the real things.
struct DoctorTests {
    private static let here = Peer(host: "/run/postgresql", address: "", isEncrypted: false)
    private static let there = Peer(host: "db.example.com", address: "192.0.2.7", isEncrypted: false)
    private static let start = Timestamp(microseconds: 1_773_108_000_000_000)

    @Test(
        arguments: [
            (here, .ok), (there, .problem), (Peer(host: "db", address: "192.0.2.7", isEncrypted: true), .ok),
        ] as [(Peer, Finding.Verdict)])
    func `TLS is needed to a remote database only`(peer: Peer, verdict: Finding.Verdict) {
        let finding = DatabaseDoctor.judge(peer)
        #expect(finding.verdict == verdict)
        #expect((finding.mend?.contains("sslmode=verify-full") ?? false) == (verdict == .problem))
    }

    @Test(
        arguments: [
            (false, false, .ok, nil, "as night"), (true, false, .problem, .unreachable, "(set by: database)"),
            (true, true, .problem, .unreachable, "standby"),
        ] as [(Bool, Bool, Finding.Verdict, Failure.ExitStatus?, String)]
    )
    func `a database has to take writes`(
        isReadOnly: Bool, isStandby: Bool, verdict: Finding.Verdict, code: Failure.ExitStatus?, said: String
    ) {
        let facts = ServerFacts(
            version: "15.1", user: "night", isReadOnly: isReadOnly, isStandby: isStandby, readOnlySource: "database",
            isSuperuser: false, now: Self.start)
        let finding = DatabaseDoctor.judge(facts, Self.there)
        #expect(finding.verdict == verdict)
        #expect(finding.code == code)
        #expect(finding.said.contains(said))
    }

    @Test func `hidden rows are a problem, with the lines that mend it; what is overridden is only told`() {
        let clean = SessionChecks.judge(SessionFacts(user: "night"))
        #expect(clean.map(\.verdict) == [.ok, .ok])
        #expect(clean[0].said == "no default that our sessions have to override")
        let findings = SessionChecks.judge(
            SessionFacts(
                user: "night", overridden: ["lock_timeout=1 ms", "array_nulls=off"], hidden: ["accounts", "rate"],
                hiddenFromOwner: ["accounts"]))
        #expect(findings[0].verdict == .ok)
        #expect(findings[0].said.hasSuffix("lock_timeout=1 ms, array_nulls=off"))
        #expect(findings[1].verdict == .problem)
        #expect(findings[1].said.hasPrefix("policies hide rows of mono.accounts, mono.rate from night; "))
        #expect(findings[1].mend?.contains("alter role \"night\" bypassrls") == true)
        #expect(findings[1].mend?.contains("alter table mono.rate disable row level security") == true)
        #expect(findings[1].mend?.hasSuffix("alter table mono.accounts no force row level security") == true)
    }

    @Test(
        arguments: [(.none, .ok), (.session, .ok), (.transaction, .problem), (.unknown, .hint)]
            as [(Pooling, Finding.Verdict)])
    func `a pooler must pool by session`(pooling: Pooling, verdict: Finding.Verdict) {
        #expect(DatabaseDoctor.judge(pooling).verdict == verdict)
    }

    @Test func `missing rights are named, the first of them, with the grant that mends it`() {
        #expect(DatabaseDoctor.judge(missing: [], user: "night").verdict == .ok)
        let finding = DatabaseDoctor.judge(missing: NeededRight.reconciler, user: "night")
        #expect(finding.verdict == .problem)
        #expect(finding.said.contains("usage on schema mono; select on mono.schema_migrations"))
        #expect(finding.said.hasSuffix("and \(NeededRight.reconciler.count - 3) more"))
        #expect(finding.mend?.contains(#"grant mono_reconciler to "night""#) == true)
    }

    @Test func `a superuser is a hint, and what a superuser lacks is not there at all`() {
        let hint = DatabaseDoctor.judge(missing: [], user: "postgres", isSuperuser: true)
        #expect(hint.verdict == .hint)
        #expect(hint.mend?.contains("in role mono_reconciler") == true)
        #expect(
            DatabaseDoctor.judge(missing: NeededRight.reconciler, user: "postgres", isSuperuser: true).verdict
                == .problem)
    }

    @Test(arguments: [(true, .ok), (false, .problem)] as [(Bool, Finding.Verdict)])
    func `the database has to know the zone`(isKnown: Bool, verdict: Finding.Verdict) {
        let finding = ZoneCheck.judge("Africa/Lagos", isKnown: isKnown)
        #expect(finding.verdict == verdict)
        #expect(finding.said.contains("Africa/Lagos"))
    }

    @Test(
        arguments: [
            ([], false, false, .ok), (["MAILTO=root"], true, false, .ok), ([""], true, false, .ok),
            (["MAILTO=root"], false, false, .hint), ([""], false, true, .ok), (["MAILTO=\"\""], true, false, .hint),
            (["MAILTO=\nMAILTO=ops"], true, false, .ok), (["MAILTO="], true, true, .ok),
        ] as [([String], Bool, Bool, Finding.Verdict)])
    func `somebody has to hear of a night that went wrong`(
        crontabs: [String], isInstalled: Bool, isWatched: Bool, verdict: Finding.Verdict
    ) {
        let finding = MailerCheck.judge(crontabs: crontabs, isInstalled: isInstalled, isWatched: isWatched)
        #expect(finding.verdict == verdict)
        #expect((finding.mend?.contains("MONO_RECONCILE_PING_URL") ?? false) == (verdict == .hint))
    }

    @Test func `nothing names a file of the source tree`() {
        let findings = [
            Finding.problem("x", Failure(.usage, "it broke")), DatabaseDoctor.judge(missing: [], user: "a"),
        ]
        for finding in findings { #expect(finding.mend?.contains("docs/") != true) }
    }

    @Test(
        arguments: [
            (0, .ok, ""), (5_000, .ok, ""), (-5_000, .ok, ""), (5_001 + 40, .problem, "5 s behind"),
            (-90_000, .problem, "90 s ahead of"),
        ] as [(Int64, Finding.Verdict, String)])
    func `clocks agree within the time of the answer and 5 s`(skew: Int64, verdict: Finding.Verdict, said: String) {
        let finding = DatabaseDoctor.judge(
            database: Self.start.advanced(by: .milliseconds(skew)), before: Self.start,
            after: Self.start.advanced(by: .milliseconds(40)))
        #expect(finding.verdict == verdict)
        #expect(finding.said.contains(said))
    }

    @Test(
        arguments: [
            (.notFound, .ok, nil), (.rejected(status: 400), .ok, nil), (.wrongAccount, .ok, nil),
            (.keyRefused, .problem, .keyRefused), (.denied(status: 403), .problem, .keyRefused),
            (.tooManyRequests(retryAfter: nil), .problem, .tryLater), (.server(status: 503), .problem, .tryLater),
            (.transport("connection refused"), .problem, .unreachable),
            (.rejected(status: 302), .problem, .configuration), (.unreadable("no JSON"), .problem, .configuration),
            (.foreign(status: 401, what: "an HTML page"), .problem, .configuration),
        ] as [(ReadFailure, Finding.Verdict, Failure.ExitStatus?)])
    func `Mono's answer tells of the key`(answer: ReadFailure, verdict: Finding.Verdict, code: Failure.ExitStatus?) {
        let finding = Doctor.judge(.failure(answer), address: "https://api.withmono.com")
        #expect(finding.verdict == verdict)
        #expect(finding.code == code)
        #expect((finding.mend == nil) == (verdict == .ok))
    }

    @Test func `a 404 that is not Mono's proves nothing`() {
        let finding = Doctor.judge(.failure(.notFound), address: "https://proxy.example", isMonosWay: false)
        #expect(finding.verdict == .hint)
        #expect(finding.mend == "check MONO_BASE_URL")
    }

    @Test func `settings that are malformed are a problem, unknown ones a hint`() throws {
        let settings = try RunSettings(PlanArguments.parse([]), RunArguments.parse([]), environment: [:])
        #expect(Doctor.judge(.success(settings), unknown: []).verdict == .ok)
        let hint = Doctor.judge(.success(settings), unknown: ["MONO_RECONCILE_RAET"])
        #expect(hint.verdict == .hint)
        #expect(hint.said.contains("MONO_RECONCILE_RAET"))
        let problem = Doctor.judge(.failure(Failure(.configuration, "MONO_RECONCILE_RATE: bad")), unknown: [])
        #expect(problem.verdict == .problem)
    }

    @Test(
        arguments: [
            ([], nil), ([.reportNotWritten, .unreachable], 69), ([.unreachable, .configuration], 78),
            ([.configuration, .keyRefused], 77), ([.tryLater], 75), ([.internalError], 70),
        ] as [([Failure.ExitStatus], Int32?)])
    func `the exit code is the first that applies`(codes: [Failure.ExitStatus], expected: Int32?) {
        let findings = codes.map { Finding.problem("c\($0)", "x", mend: "y", code: $0) }
        let diagnosis = Diagnosis(
            findings: findings + [.ok("a", "b"), .hint("c", "d", mend: "e"), .notChecked("f", "g")])
        #expect(diagnosis.failure?.code == expected)
        #expect(codes.allSatisfy { diagnosis.failure?.message.contains("c\($0)") == true })
    }

    @Test func `a failure's remedy is what mends it`() {
        let finding = Finding.problem("x", Failure(.unreachable, "it broke; twice", remedy: "check the wire"))
        #expect(finding.said == "it broke; twice")
        #expect(finding.mend == "check the wire")
        #expect(Finding.problem("x", Failure(.usage, "it broke")).mend != nil)
    }

    @Test func `a line for each check, with what mends it below`() {
        let diagnosis = Diagnosis(findings: [
            .ok("one", "fine"), .problem("second", "broken", mend: "glue it"), .notChecked("third", "no glue"),
        ])
        #expect(
            diagnosis.text == """
                ok           one     fine
                problem      second  broken
                                     mend: glue it
                not checked  third   no glue
                """)
        #expect(diagnosis.json.contains(#""verdict": "not_checked""#))
        #expect(diagnosis.json.contains(#""exit_code": 78"#))
    }
}
