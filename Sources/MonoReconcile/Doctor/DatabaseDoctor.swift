import Ledger
import Postgres
import Reconciliation

/// The checks of the database: without one, all but the first say so.
struct DatabaseDoctor: Sendable {
    var connection: ConnectionSettings
    /// The nightly job's; nil: they cannot be read.
    var settings: RunSettings?

    /// Further off, and cron, TLS and dates in `Retry-After` go wrong.
    static let clockLimit = Duration.seconds(5)

    func examine() async -> [Finding] {
        let configuration: PostgresConfiguration
        do throws(Failure) {
            configuration = try connection.database()
        } catch {
            return [.problem("database", error)] + Self.notChecked("the database is not named")
        }
        let database = Database(configuration)
        let reader = LedgerReader(database: database)
        let facts: ServerFacts
        let peer: Peer
        do throws(PostgresError) {
            facts = try await reader.serverFacts()
            peer = try await database.run { (session) throws(PostgresError) in session.peer }
        } catch {
            await database.close()
            return [.problem("database", Failure(error))] + Self.notChecked("the database could not be asked")
        }
        var findings = [Self.judge(facts, peer), Self.judge(peer)]
        findings.append(await pooling(configuration))
        findings += await SessionChecks.examine(reader)
        findings.append(await schema(database))
        findings.append(await grants(reader, facts))
        findings.append(await clock(reader))
        findings.append(await ZoneCheck.examine(reader, (settings?.timeZone ?? .lagos).name))
        findings += await TimeChecks.examine(reader)
        findings += await BacklogChecks.examine(reader, settings)
        await database.close()
        return findings
    }

    private static func notChecked(_ why: String) -> [Finding] {
        (["database_tls", "pooling"] + SessionChecks.names + ["schema", "grants", "clock", ZoneCheck.name]
            + TimeChecks.names + BacklogChecks.names).map {
                .notChecked($0, why)
            }
    }

    static func judge(_ facts: ServerFacts, _ peer: Peer) -> Finding {
        guard !facts.isStandby else {
            return .problem(
                "database", "\(peer) takes no writes: it is a standby",
                mend: "let DATABASE_URL name the primary, for instance with target_session_attrs=read-write",
                code: .unreachable)
        }
        guard !facts.isReadOnly else {
            return .problem(
                "database",
                "\(peer) takes no writes: default_transaction_read_only is on (set by: \(facts.readOnlySource))",
                mend: "once writes are meant to be possible again, take it back: alter database, alter role or alter "
                    + "system … reset default_transaction_read_only",
                code: .unreachable)
        }
        return .ok("database", "PostgreSQL \(facts.version) at \(peer), as \(facts.user)")
    }

    static func judge(_ peer: Peer) -> Finding {
        switch (peer.isEncrypted, peer.isLocal) {
        case (true, _): .ok("database_tls", "on")
        case (false, true): .ok("database_tls", "off, and not needed: the database is on this machine")
        case (false, false):
            .problem(
                "database_tls", "off: password and data go to \(peer) in the clear",
                mend: "add sslmode=verify-full to DATABASE_URL, and sslrootcert if the server's authority is your own")
        }
    }

    private func pooling(_ configuration: PostgresConfiguration) async -> Finding {
        do throws(PostgresError) {
            return Self.judge(try await Pooling.find(configuration))
        } catch {
            return .problem("pooling", Failure(error))
        }
    }

    static func judge(_ pooling: Pooling) -> Finding {
        switch pooling {
        case .none: .ok("pooling", "none: connected to PostgreSQL itself")
        case .session: .ok("pooling", "a pooler that pools by session")
        case .transaction:
            .problem(
                "pooling",
                "a pooler hands each transaction to another connection: session locks and notifications do not work",
                mend: "connect to PostgreSQL itself, or through a pool with pool_mode = session")
        case .unknown:
            .hint(
                "pooling", "a pooler that did not give two connections within 5 s, so its mode is not known",
                mend: "see that its pool_mode is session, and give it more connections")
        }
    }

    private func schema(_ database: Database) async -> Finding {
        do throws(Failure) {
            try await Schema.check(database)
            return .ok("schema", "up to date: \(Migration.all.count) migrations")
        } catch {
            return .problem("schema", error.naming(.reconciler))
        }
    }

    private func grants(_ reader: LedgerReader, _ facts: ServerFacts) async -> Finding {
        do throws(PostgresError) {
            let missing = try await reader.missing(NeededRight.reconciler)
            return Self.judge(missing: missing, user: facts.user, isSuperuser: facts.isSuperuser)
        } catch {
            return .problem("grants", Failure(error))
        }
    }

    static func judge(missing: [NeededRight], user: String, isSuperuser: Bool = false) -> Finding {
        guard !isSuperuser || !missing.isEmpty else {
            return .hint(
                "grants", "\(user) is a superuser, whom no right in the database holds back",
                mend: "let DATABASE_URL name a login of its own: create role mono_reconciler_login login in role "
                    + "mono_reconciler")
        }
        guard !missing.isEmpty else { return .ok("grants", "\(user) has all that the nightly job needs") }
        let names = missing.prefix(3).map(\.description).joined(separator: "; ")
        let more = missing.count > 3 ? "; and \(missing.count - 3) more" : ""
        return .problem(
            "grants", "\(user) lacks \(names)\(more)",
            mend: "as the owner: select mono.grant_roles(); grant mono_reconciler to \"\(user)\"")
    }

    private func clock(_ reader: LedgerReader) async -> Finding {
        let before = WallClock.now
        do throws(PostgresError) {
            return Self.judge(database: try await reader.clock(), before: before, after: WallClock.now)
        } catch {
            return .problem("clock", Failure(error))
        }
    }

    /// The database answered between two looks at our own clock.
    static func judge(database: Timestamp, before: Timestamp, after: Timestamp) -> Finding {
        let ahead = database.since(after)
        let behind = before.since(database)
        let off = max(ahead, behind, .zero)
        guard off > clockLimit else { return .ok("clock", "agrees with the database's") }
        let side = ahead > behind ? "behind" : "ahead of"
        return .problem(
            "clock", "this machine is \(off.components.seconds) s \(side) the database",
            mend: "let both keep time by NTP, for instance: timedatectl set-ntp true")
    }
}
