import ArgumentParser

/// The program `mono-sandbox`.
@main
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mono-sandbox",
        abstract: "Mono's behaviour on loopback, with made-up accounts and faults on request.",
        discussion: """
            Answers both generations of Mono's API (v2 realtime and v1 data-sync), sends their webhooks, keeps a \
            book of every call, and knows what a reconciler should find. For rehearsals and tests: it holds no real \
            data, needs no network and listens on loopback only.

            Try it:
              mono-sandbox accounts --accounts 300 --seed 7 | psql
              mono-sandbox --accounts 300 --seed 7
              curl http://127.0.0.1:8089/_sandbox/truth?window=20s
            """,
        subcommands: [ServeCommand.self, AccountsCommand.self],
        defaultSubcommand: ServeCommand.self)
}
