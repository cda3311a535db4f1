import Ledger
import Postgres
import Reconciliation
import RunStoreConformance
import TestSupport
import Testing

/// The rights that `doctor` looks for are those that the migrations grant.
@Suite struct NeededRightTests {
    private func granted(_ database: Database) async throws -> Set<String> {
        let lines = try await database.texts(
            """
            select 'usage on schema mono' from pg_namespace n, aclexplode(n.nspacl) x
            where n.nspname = 'mono' and x.grantee = 'mono_reconciler'::regrole
            union all
            select format('%s on mono.%s', lower(x.privilege_type), c.relname) from pg_class c, aclexplode(c.relacl) x
            where x.grantee = 'mono_reconciler'::regrole
            union all
            select format('%s (%s) on mono.%s', lower(x.privilege_type),
                string_agg(a.attname, ', ' order by a.attnum), c.relname)
            from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) x
            where x.grantee = 'mono_reconciler'::regrole group by x.privilege_type, c.relname
            union all
            select format('execute on function %s', p.oid::regprocedure) from pg_proc p, aclexplode(p.proacl) x
            where x.grantee = 'mono_reconciler'::regrole
            """)
        return Set(lines.map(Self.plain))
    }

    /// Without blanks, and types as the catalogs spell them.
    private static func plain(_ right: String) -> String {
        right.replacing(" ", with: "").replacing("(int,", with: "(integer,").replacing(",int)", with: ",integer)")
            .replacing(",int,", with: ",integer,")
    }

    @Test func `the list is what is granted, no more and no less`() async throws {
        let database = try await migratedDatabase()
        let needed = Set(NeededRight.reconciler.map { Self.plain($0.description) })
        #expect(needed == (try await granted(database)))
    }

    @Test func `nothing is missing for the role, and each right that is revoked is found`() async throws {
        let fixture = try await LedgerFixture(role: .reconciler)
        let ledger = try await fixture.worker()
        #expect(try await ledger.reader.missing(NeededRight.reconciler) == [])
        for right in NeededRight.reconciler {
            try await fixture.database.script("revoke \(right.description) from mono_reconciler")
            let missing = try await ledger.reader.missing(NeededRight.reconciler)
            if right.description == "usage on schema mono" {
                #expect(missing == NeededRight.reconciler)
            } else {
                #expect(missing == [right])
            }
            try await fixture.database.script("grant \(right.description) to mono_reconciler")
        }
    }

    @Test func `in a database without the schema all is missing`() async throws {
        let test = try await TestCluster.shared.makeDatabase()
        let ledger = Ledger(database: test.connect(), worker: Worker(host: "test", pid: 1), machine: MachineTime.test)
        #expect(try await ledger.reader.missing(NeededRight.reconciler) == NeededRight.reconciler)
    }

    @Test func `the server tells its version, who asks, its clock and whether it takes writes`() async throws {
        let test = try await TestCluster.shared.makeDatabase()
        let database = test.connect()
        let ledger = Ledger(database: database, worker: Worker(host: "test", pid: 1), machine: MachineTime.test)
        let facts = try await ledger.reader.serverFacts()
        #expect(facts.user == "postgres")
        #expect(!facts.isReadOnly)
        #expect(facts.version.first?.isNumber == true)
        let later = try await ledger.reader.clock()
        #expect(later.since(facts.now) < .seconds(60))
        try await database.execute("set default_transaction_read_only = on")
        #expect(try await ledger.reader.serverFacts().isReadOnly)
    }
}
