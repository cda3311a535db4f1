import Glibc

/// Whether cron can mail what a night that went wrong has to say.
enum MailerCheck {
    private static let name = "mailer"

    /// Whether this machine has what cron sends its mails by.
    static var isInstalled: Bool { access("/usr/sbin/sendmail", X_OK) == 0 }

    /// - Parameters:
    ///   - crontabs: The texts of the crontabs that start the job.
    ///   - isInstalled: Whether a mailer is there.
    ///   - isWatched: Whether a health check is told of each night.
    /// - Returns: A hint where nobody would hear of a failure.
    static func judge(crontabs: [String], isInstalled: Bool, isWatched: Bool) -> Finding {
        guard !crontabs.isEmpty else { return .ok(name, "not needed: cron does not start the job") }
        let problem: (said: String, mend: String)
        if crontabs.contains(where: mailsNobody) {
            problem = ("MAILTO is empty, so cron mails nobody what the job says", "name somebody in MAILTO")
        } else if !isInstalled {
            problem = (
                "/usr/sbin/sendmail is not there, so cron mails nobody what the job says",
                "install a mail server, for instance: apt-get install default-mta"
            )
        } else {
            return .ok(name, "/usr/sbin/sendmail is there for cron's mails")
        }
        guard !isWatched else { return .ok(name, "\(problem.said); MONO_RECONCILE_PING_URL tells of it") }
        return .hint(name, problem.said, mend: "\(problem.mend); or set MONO_RECONCILE_PING_URL")
    }

    /// Whether the last `MAILTO` is empty.
    private static func mailsNobody(_ crontab: String) -> Bool {
        let values = crontab.split(whereSeparator: \.isNewline).compactMap { line in
            line.wholeMatch(of: /\s*MAILTO\s*=\s*["']?(.*?)["']?\s*/)?.output.1
        }
        return values.last?.isEmpty ?? false
    }
}
