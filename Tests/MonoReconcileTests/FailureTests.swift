import ArgumentParser
import Ledger
import Postgres
import Testing

@testable import MonoReconcile

/// Which exit code an error of the database has, and that its message says what to do.
struct FailureTests {
    @Test(
        arguments: [
            (.configuration, 78), (.connectionFailed, 69), (.connectionLost, 69), (.commitUnknown, 69), (.encoding, 70),
            (.decoding, 70), (.cancelled, 70), (.closed, 70), (.protocolViolation, 70), (.server, 70),
        ] as [(PostgresError.Kind, Int32)])
    func `every kind of database error has its code`(kind: PostgresError.Kind, code: Int32) {
        let failure = Failure(PostgresError(kind, "what happened"))
        #expect(failure.code == code)
        #expect(failure.message.contains("what happened; "))
    }

    @Test(
        arguments: [
            ("57P01", 69, "DATABASE_URL"), ("08006", 69, "DATABASE_URL"), ("25006", 69, "primary"),
            ("42501", 78, "refused"), ("40001", 75, "another session"), ("40P01", 75, "another session"),
            ("55P03", 75, "another session"), ("57014", 75, "another session"),
            ("28P01", 69, "password"), ("28000", 69, "password"), ("42P01", 70, "log"),
        ] as [(String, Int32, String)])
    func `what the server says decides`(state: String, code: Int32, hint: String) {
        let failure = Failure(PostgresError(.server, "refused", sqlState: SQLState(rawValue: state)))
        #expect(failure.code == code)
        #expect(failure.message.contains(hint))
    }

    @Test(
        arguments: [
            (["listen"], "mono_webhook"), (["record"], "mono_webhook"), (["link", "--code", "c"], "mono_webhook"),
            (["explain", "a"], "mono_support"), (["report"], "mono_support"), (["plan"], "mono_support"),
            (["reauth-link", "a"], "mono_support"), (["run"], "mono_reconciler"), ([], "mono_reconciler"),
            (["migrate"], "owner"), (["status"], "mono_support"), (["prune", "--keep", "90d"], "mono_reconciler"),
        ] as [([String], String)])
    func `a command without its rights names the least role that has them`(line: [String], role: String) throws {
        let command = try MonoReconcile.parseAsRoot(line)
        let right = MonoReconcile.right(of: command)
        let failure = Failure(PostgresError(.server, "refused", sqlState: .insufficientPrivilege)).naming(right)
        #expect(failure.code == 78)
        #expect(failure.message.contains(role))
        let other = Failure(PostgresError(.connectionLost, "gone"))
        #expect(other.naming(right) == other)
    }

    @Test(
        arguments: [
            ("55P03", true), ("P0001", true), ("23514", true), ("22P05", true), ("57014", false), ("55000", false),
            ("3F000", false), ("42501", false), ("42883", false), ("42P01", false), ("26000", false), ("0A000", false),
            ("XX000", false), ("XX001", false), ("40P01", false), ("53100", false), ("25006", false), ("08006", false),
        ] as [(String, Bool)])
    func `one payload is to blame for what only it can meet`(state: String, isRefusal: Bool) {
        #expect(PostgresError(.server, "refused", sqlState: SQLState(rawValue: state)).concernsPayload == isRefusal)
    }

    @Test(
        arguments: [
            (.locked(seconds: 60), 75), (.changed(version: 2, name: "events"), 78),
            (.missing(version: 2, name: "events"), 78), (.unknown(version: 9), 78),
            (.database(PostgresError(.connectionFailed, "refused")), 69),
        ] as [(MigrationError, Int32)])
    func `every migration error has its code`(error: MigrationError, code: Int32) {
        #expect(Failure(error).code == code)
    }

    @Test func `what happened before stands between the problem and the right that is missing`() {
        var failure = Failure(PostgresError(.server, "refused", sqlState: .insufficientPrivilege))
        failure.append("two lines are recorded")
        let named = failure.naming(.webhook)
        #expect(named.remedy == DatabaseRight.webhook.rawValue)
        #expect(named.message.hasSuffix("; two lines are recorded; grant this user the role mono_webhook"))
    }
}
