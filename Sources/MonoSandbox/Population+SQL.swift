extension Population {
    /// Statements that put the population into `mono.accounts`, ages counted back from the database's clock.
    ///
    /// Accounts that are there already stay as they are.
    var sql: String {
        let rows = residents.map { resident in
            let account = resident.account
            let values = [
                Self.quoted(account.id), account.customerRef.map(Self.quoted) ?? "null",
                Self.quoted(account.institution), Self.quoted(account.bankCode), Self.ago(resident.connectedAge),
                account.hadData ? "true" : "false", account.hadData ? "'AVAILABLE'" : "null",
                Self.ago(resident.awaitingAge), Self.ago(resident.flaggedAge),
            ]
            return "    (" + values.joined(separator: ", ") + ")"
        }
        let columns = [
            "account_id", "customer_ref", "institution", "bank_code", "connected_at", "data_available", "data_status",
            "awaiting_update_since", "reauthorisation_required_since",
        ]
        return "insert into mono.accounts\n    (\(columns.joined(separator: ", ")))\nvalues\n"
            + rows.joined(separator: ",\n") + "\non conflict (account_id) do nothing;\n"
    }

    private static func ago(_ seconds: Int?) -> String {
        seconds.map { "now() - interval '\($0) seconds'" } ?? "null"
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
