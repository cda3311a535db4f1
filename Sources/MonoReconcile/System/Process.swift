import Glibc
import Ledger

/// Facts of this process and its machine.
enum Process {
    static var id: Int { Int(getpid()) }

    static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Raises the soft limit of open files towards the hard one, and returns what holds now.
    static func raiseDescriptorLimit() -> Int {
        let enough: rlim_t = 4_096
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        if limit.rlim_cur < enough {
            let before = limit.rlim_cur
            limit.rlim_cur = min(enough, limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, enough))
    }
}

extension Worker {
    /// A new one, of this process.
    static func ofThisProcess() -> Worker { Worker(host: Process.hostName, pid: Process.id) }
}
