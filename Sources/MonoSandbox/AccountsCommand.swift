import ArgumentParser

/// `mono-sandbox accounts`.
struct AccountsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts",
        abstract: "Print SQL that puts a generated population into mono.accounts.",
        discussion: "The same --accounts and --seed give the sandbox and the database the same accounts.")

    @OptionGroup var population: PopulationOptions

    func run() throws {
        guard let count = population.accounts else {
            throw ValidationError("--accounts is missing, for example --accounts 300")
        }
        print(Population(count: count, seed: population.seed).sql, terminator: "")
    }
}

/// Which accounts there are.
struct PopulationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many accounts to make up.", valueName: "n"))
    var accounts: Int?

    @Option(help: ArgumentHelp("Equal seeds make equal accounts and equal chance.", valueName: "seed"))
    var seed: UInt64 = 1

    func validate() throws {
        guard let accounts else { return }
        guard (1...Scenario.accountLimit).contains(accounts) else {
            throw ValidationError("--accounts \(accounts): between 1 and \(Scenario.accountLimit), for example 300")
        }
    }
}
