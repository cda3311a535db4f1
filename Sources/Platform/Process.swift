internal import Glibc

/// Facts of this process and its machine.
package enum Process {
    /// The number that the system knows this process by.
    package static var id: Int { Int(getpid()) }

    /// The machine's name, or `unknown`.
    package static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Raises the soft limit of open files towards the hard limit; every command does so at its start.
    ///
    /// - Returns: The limit that holds now, at most 4,096.
    package static func raiseDescriptorLimit() -> Int {
        let enough: rlim_t = 4_096
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1_024 }
        if limit.rlim_cur < enough {
            let before = limit.rlim_cur
            limit.rlim_cur = min(enough, limit.rlim_max)
            if unsafe setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, enough))
    }
}
