internal import Glibc

/// The time since this machine's boot, which nobody moves and which goes on while the machine or a process sleeps.
package enum BootClock {
    /// The time since boot.
    package static var uptime: Duration {
        var time = timespec()
        // Reading this clock cannot fail.
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// The kernel's name of this boot; `unknown` where it gives none.
    package static let id: String = {
        guard let file = unsafe fopen("/proc/sys/kernel/random/boot_id", "re") else { return "unknown" }
        defer { unsafe fclose(file) }
        var buffer = [CChar](repeating: 0, count: 64)
        guard unsafe fgets(&buffer, Int32(buffer.count), file) != nil else { return "unknown" }
        return String(decoding: buffer.prefix { $0 > 32 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
