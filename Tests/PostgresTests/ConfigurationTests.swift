import Postgres
import TestSupport
import Testing

@Suite struct `A configuration` {
    @Test(arguments: [
        "host=localhost hunter2", "password='hunter2", "hunter2", "postgresql://u:hunter2@[::1/d",
        "postgresql://u:hunter2/x@host/d", "postgresql://u:12/hunter2@host/d", "postgresql://u:a@hunter2@host/d",
        "postgresql://u:p@host:hunter2/d", "postgresql://u:p@host/d?hunter2=1", "host=a port=hunter2",
        "host=a port=70000 password=hunter2", "host=a\0hunter2", "postgresql://u:hunter2%zz@host/d",
    ])
    func `malformed is an error that repeats nothing of it`(string: String) {
        let error = #expect(throws: PostgresError.self) {
            try PostgresConfiguration(connectionString: string, applicationName: "tests")
        }
        #expect(error?.kind == .configuration)
        #expect(error?.debugDescription.contains("hunter2") == false)
        #expect(error?.description.contains("malformed") == true)
    }

    /// Form, part that is wrong, and how to write it.
    private static let foreign = [
        ("postgresql://u:hunter2@h:5432/d?schema=public", "schema is no parameter", "the schema mono"),
        ("postgres://u:hunter2@h/d?sslmode=require&pgbouncer=true", "pgbouncer", "take it away"),
        ("postgresql://u:hunter2@h/d?connection_limit=5&pool_timeout=0", "connection_limit", "take it away"),
        ("postgresql://u:hunter2@h/d?sslmode=no-verify", "sslmode=no-verify", "sslmode=require"),
        ("host=h user=u password=hunter2 sslmode=hunter2", "the value of sslmode", "verify-full"),
        ("postgresql://u:hunter2@h/d?ssl=no-verify", "ssl is no parameter", "sslmode=require"),
        ("postgresql://u:hunter2@h/d?target_session_attrs=master", "target_session_attrs=master", "read-write"),
        ("jdbc:postgresql://h:5432/d?user=u&password=hunter2", "Java", "write postgresql://"),
        ("postgresql+asyncpg://u:hunter2@h/d", "postgresql+asyncpg://", "write postgresql://"),
        ("postgresql+psycopg2://u:hunter2@h/d", "postgresql+psycopg2://", "write postgresql://"),
        ("postgis://u:hunter2@h/d", "postgis://", "write postgresql://"),
        ("POSTGRESQL://u:hunter2@h/d", "POSTGRESQL://", "write postgresql://"),
        ("Host=h;Username=u;Password=hunter2;Database=d", ".NET", "host="),
        ("postgresql://u:100%hunter2@h/d", "a % in user or password", "%25"),
        ("postgresql://u:hunter2%@h/d", "a % in user or password", "%25"),
        ("postgresql://u:p@h/d?application_name=50%hunter2", "a % in host", "%25"),
        ("postgresql://u:hun/ter2@h/d", "user or password", "%2F"),
        ("postgresql://u:hunter2@x@h/d", "user or password", "%40"),
        ("'postgresql://u:hunter2@h/d'", "a quote", "take the quotes away"),
        ("psql 'postgresql://u:hunter2@h/d'", "\"psql \"", "keep only"),
        ("DATABASE_URL=postgresql://u:hunter2@h/d", "DATABASE_URL=", "keep only"),
        ("postgresql://u:hunter2@h/d\r", "dbname holds", "anew"),
        ("postgresql://u:hunter2@h\u{A0}/d", "host holds", "anew"),
        ("host=h username=u password=hunter2", "username", "write user"),
        ("host=h user=u pwd=hunter2", "pwd", "write password"),
        ("postgresql://u:p@h/d?x=1&hunter2=1", "parameter 1 behind the ?", "take it away"),
    ]

    @Test(arguments: foreign)
    func `for another library names the part and what to write for libpq`(string: String, part: String, how: String) {
        let error = #expect(throws: PostgresError.self) {
            try PostgresConfiguration(connectionString: string, applicationName: "tests")
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.hint?.contains(how) == true, "\(error?.hint ?? "")")
        for secret in ["hunter2", "hun/ter2"] { #expect(error?.debugDescription.contains(secret) == false) }
    }

    @Test(arguments: [
        "postgresql://u:p%40ss%2F@host:5432/d?sslmode=require", "postgres://a,b:5433/d", "host=a,b port=1,2",
        "postgresql://%2Fvar%2Frun/d", "service=x", "", "host=@abstract dbname='we@ird'",
        "postgresql://u:p@h/d?ssl=true", "host=h\nuser=u\tpassword='a; b://c host=x'", "postgresql://u@h/d?user=a%40b",
        "postgresql://u:a%3Fschema%3Dx@h/d?sslmode=prefer&target_session_attrs=any", "host=h options='-c x=1'",
    ])
    func `in libpq's forms is accepted`(string: String) throws {
        _ = try PostgresConfiguration(connectionString: string, applicationName: "tests")
    }

    @Test func `with an unknown override names it`() {
        let error = #expect(throws: PostgresError.self) {
            try PostgresConfiguration(overrides: ["pasword": "hunter2"], applicationName: "tests")
        }
        #expect(error?.message == "libpq knows no connection parameter \"pasword\"")
    }

    @Test func `describes itself without the password`() throws {
        let configuration = try PostgresConfiguration(
            connectionString: "postgresql://u:hunter2@h:5433/d", applicationName: "tests")
        #expect("\(configuration)" == "host=h port=5433 dbname=d user=u")
        #expect(!String(reflecting: configuration).contains("hunter2"))
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hunter2"))
    }

    @Test(arguments: ["it's", "back\\slash", "quo\"te", "two words", "é€", "a'b\\' c=d host=evil", "%40/@:?#"])
    func `carries any password to the server`(password: String) async throws {
        let cluster = try await TestCluster.shared
        let test = try await cluster.makeDatabase()
        let role = "role_\(test.name)"
        try await cluster.administer { (session) throws(PostgresError) in
            let text = try session.value("select quote_literal(\(password))", as: String.self) ?? ""
            try session.script("create role \(role) login in role password_users password \(text)")
        }
        let string = "host=127.0.0.1 port=\(cluster.port) dbname=\(test.name) user=\(role)"
        let right = try PostgresConfiguration(
            connectionString: string, overrides: ["password": password], applicationName: "tests")
        #expect(try await Database(right).value("select current_user", as: String.self) == role)

        let url = Self.url(cluster.port, test.name, role, password)
        let same = try PostgresConfiguration(connectionString: url, applicationName: "tests")
        #expect(try await Database(same).value("select current_user", as: String.self) == role)

        let wrong = try PostgresConfiguration(
            connectionString: string, overrides: ["password": password + "x"], applicationName: "tests")
        let error = await #expect(throws: PostgresError.self) { try await Database(wrong).execute("select 1") }
        #expect(error?.kind == .connectionFailed)
        #expect(error?.debugDescription.contains(password) == false)
    }

    private static func url(_ port: Int, _ database: String, _ role: String, _ password: String) -> String {
        let hexadecimal = password.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "postgresql://\(role):\(hexadecimal)@127.0.0.1:\(port)/\(database)"
    }
}
