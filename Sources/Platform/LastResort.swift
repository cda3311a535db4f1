internal import Glibc

/// An end of the process that nothing in it can hold up: the kernel's timer, and a handler that only leaves.
package enum LastResort {
    /// Ends the process by `_exit`, as if the signal had ended it, unless that is under way already.
    ///
    /// - Parameters:
    ///   - delay: When.
    ///   - number: SIGINT or SIGTERM.
    package static func exit(after delay: Duration, because number: Int32) {
        let timer = __itimer_which_t(ITIMER_REAL.rawValue)
        var current = itimerval()
        guard unsafe getitimer(timer, &current) == 0, current.it_value.tv_sec == 0, current.it_value.tv_usec == 0
        else { return }
        // A signal's handler can hold no value.
        if number == SIGINT {
            signal(SIGALRM) { _ in _exit(130) }
        } else {
            signal(SIGALRM) { _ in _exit(143) }
        }
        let (seconds, attoseconds) = delay.components
        current.it_value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        unsafe setitimer(timer, &current, nil)
    }
}
