import ArgumentParser
import FoundationEssentials
import MonoAPI
import Reconciliation

/// Looks at everything that the nightly job needs; no check hides another.
struct Doctor: Sendable {
    var connection: ConnectionSettings
    /// Whether Mono may be asked whether it accepts the key.
    var callsMono: Bool
    /// Instead of the places where installed ones are.
    var scheduleFile: String?
    var environmentFile: String?

    /// Makes all checks.
    func examine() async -> Diagnosis {
        let settings = settings
        var findings = [Self.judge(settings, unknown: RunSettings.unknownVariables(in: connection.environment))]
        findings += files
        findings += [webhookSecret]
        // Malformed settings are a finding of their own.
        let known = try? settings.get()
        findings += await DatabaseDoctor(connection: connection, settings: known).examine()
        findings.append(await mono(known?.rules.api ?? .realtime))
        switch settings {
        case .success(let settings) where settings.writesReport:
            findings.append(FileChecks.reportDirectory(settings.reportDirectory))
        case .success: findings.append(.ok("report_directory", "no report is written: MONO_RECONCILE_NO_REPORT"))
        case .failure: findings.append(.notChecked("report_directory", "the settings cannot be read"))
        }
        findings += FileChecks.schedules(schedulePlaces)
        findings.append(mailer(isWatched: known?.pingURL != nil))
        return Diagnosis(findings: findings)
    }

    private var settings: Result<RunSettings, Failure> {
        do {
            return .success(
                try RunSettings(
                    PlanArguments.parse([]), RunArguments.parse([]), environment: connection.environment))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(.internalError, "\(error)"))
        }
    }

    static func judge(_ settings: Result<RunSettings, Failure>, unknown: [String]) -> Finding {
        switch settings {
        case .failure(let failure):
            return .problem("settings", failure.message, mend: "correct the variable")
        case .success(let settings):
            guard unknown.isEmpty else {
                return .hint(
                    "settings", "set, but there is no such option: \(unknown.joined(separator: ", "))",
                    mend: "correct the name, or take it away")
            }
            let calls = settings.maxCalls.map { ", at most \($0) calls a run" } ?? ""
            return .ok("settings", "API \(settings.rules.api.rawValue), \(settings.rate) calls a second\(calls)")
        }
    }

    /// The files with secrets.
    private var files: [Finding] {
        let path = environmentFile ?? "/etc/mono-reconcile/environment"
        var findings = [FileChecks.privacy("environment_file", path, isExpected: environmentFile != nil)]
        for (check, variable) in [
            ("key_file", "MONO_SECRET_KEY_FILE"), ("webhook_secret_file", "MONO_WEBHOOK_SECRET_FILE"),
        ] {
            guard let path = connection.environment[variable], !path.isEmpty else { continue }
            let whole = HomePath.expanded(path, home: connection.environment["HOME"]) ?? path
            findings.append(FileChecks.privacy(check, whole, isExpected: true))
        }
        return findings
    }

    private var webhookSecret: Finding {
        let names = ["MONO_WEBHOOK_SECRET", "MONO_WEBHOOK_SECRET_FILE"]
        guard names.contains(where: { connection.environment[$0].map { !$0.isEmpty } ?? false }) else {
            return .hint(
                "webhook_secret", "not set here; only `listen` needs it",
                mend: "set MONO_WEBHOOK_SECRET where `mono-reconcile listen` runs")
        }
        do throws(Failure) {
            _ = try connection.webhookSecret()
            return .ok("webhook_secret", "set")
        } catch {
            return .problem("webhook_secret", error.message, mend: "see the manual, configuration.md")
        }
    }

    /// Key and address, and by one call what Mono thinks of them.
    private func mono(_ api: APIGeneration) async -> Finding {
        let client: MonoClient
        let address: BaseURL
        do throws(Failure) {
            address = try connection.baseURL()
            client = try connection.client(api)
        } catch {
            return .problem("mono_key", error)
        }
        // An id in Mono's form that no account has.
        guard callsMono, let nobody = AccountID("000000000000000000000000") else {
            await client.shutdown()
            return .ok("mono_key", "set; whether Mono takes it was not asked (--no-call)")
        }
        let probe = await client.probe(nobody)
        await client.shutdown()
        return Self.judge(probe.answer, address: "\(address)", isMonosWay: probe.isMonosWay)
    }

    static func judge(
        _ answer: Result<Details, ReadFailure>, address: String, isMonosWay: Bool = true
    ) -> Finding {
        switch answer {
        case .failure(.notFound):
            guard isMonosWay else {
                return .hint(
                    "mono_key",
                    "\(address) answers 404, but without a message as Mono sends it: it may be another server",
                    mend: "check MONO_BASE_URL")
            }
            return .ok(
                "mono_key",
                "\(address) answered 404, as Mono does for an unknown account; a wrong address may do so too")
        case .success, .failure(.wrongAccount), .failure(.rejected(status: 400)):
            return .ok("mono_key", "\(address) takes it (one call, for an account that does not exist)")
        case .failure(.keyRefused): return .problem("mono_key", Failure.keyRefused)
        case .failure(.denied(let status)): return .problem("mono_key", Failure.denied(status))
        case .failure(.tooManyRequests), .failure(.server):
            return .problem(
                "mono_key", "\(address) could not say: \(answer.failureText)", mend: "ask again in a few minutes",
                code: .tryLater)
        case .failure(.transport(let why)):
            return .problem(
                "mono_key", "\(address) cannot be reached: \(why)", mend: "check MONO_BASE_URL, network and proxy",
                code: .unreachable)
        case .failure(.rejected), .failure(.unreadable), .failure(.foreign):
            return .problem(
                "mono_key", "\(address) does not answer as Mono does: \(answer.failureText)",
                mend: "check MONO_BASE_URL")
        }
    }

    /// The files that may start the job.
    private var schedulePlaces: [String] {
        if let scheduleFile { return [scheduleFile] }
        let places = [
            "/etc/cron.d/mono-reconcile", "/etc/systemd/system/timers.target.wants/mono-reconcile.timer",
        ]
        return places.filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func mailer(isWatched: Bool) -> Finding {
        MailerCheck.judge(
            crontabs: FileChecks.crontabs(schedulePlaces), isInstalled: MailerCheck.isInstalled, isWatched: isWatched)
    }
}

extension Result where Failure == ReadFailure {
    fileprivate var failureText: String {
        if case .failure(let failure) = self { failure.word } else { "" }
    }
}
