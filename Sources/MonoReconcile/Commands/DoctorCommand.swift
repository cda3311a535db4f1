import ArgumentParser
import FoundationEssentials
import Reconciliation

/// `mono-reconcile doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check configuration, database, grants, clock, key, report directory and cron, and say how to mend.",
        discussion: """
            Run it as the user and with the variables of the nightly job. It changes nothing. To see whether Mono takes \
            the key it makes one API call, for the details of an account that does not exist: nothing is delivered, and \
            as far as is known nothing billed; --no-call leaves it out.

            Exit codes: 0 no problem (hints are none), else the first of these that applies: 77 Mono refuses the key, \
            78 something is mis-set, 69 database or Mono unreachable, 75 Mono asks to try later.
            """)

    @Flag(help: "Do not call Mono.")
    var noCall = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The crontab or systemd timer of the job. (default: /etc/cron.d/mono-reconcile, an enabled timer)",
            valueName: "file"))
    var schedule: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Where the job's variables are kept. (default: /etc/mono-reconcile/environment)", valueName: "file"))
    var environmentFile: String?

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        let reader = Reader(environment: Environment.current)
        func file(_ name: String, _ option: String?, _ example: String) throws(Failure) -> String? {
            try reader.path(
                Setting(option: option, name: name, environment: [:]), "the path of a file", example: example)
        }
        let doctor = Doctor(
            connection: ConnectionSettings(), callsMono: !noCall,
            scheduleFile: try file("schedule", schedule, "/etc/cron.d/mono-reconcile"),
            environmentFile: try file(
                "environment-file", environmentFile, "/etc/mono-reconcile/environment"))
        let diagnosis = await doctor.examine()
        Terminal.print(json ? diagnosis.json : diagnosis.text)
        if let failure = diagnosis.failure { throw failure }
    }
}
