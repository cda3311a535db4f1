import Reconciliation

/// From the opening of a run to its report, as `Night` does.
extension WorkerProcess {
    static let oneNight = 12 * anHour
    private static let watchedStops: Set<Int> = [69, 75, 77]

    func start() {
        note("starts")
        perform(.stranded, isOnce: true) { [self] _, _ in
            let found = server.strandedOneOffs()
            return { [self] in
                stranded = found
                next()
            }
        }
    }

    /// Brings stranded one-off runs to their end, then does what it was started for.
    private func next() {
        if !stranded.isEmpty { return carryOut(stranded.removeFirst(), isStale: true) }
        perform(.open, isOnce: true) { [self] session, _ in
            worker = server.makeWorker(of: -1)
            let opened: Server.OpenRun
            switch role {
            case .nightly: opened = server.openNightly(worker, session: session)
            case .oneOff(let accounts):
                opened = server.openOneOff(accounts, worker, session: session)
                held = server.heldElsewhere(accounts, than: opened.run)
            }
            server.workers[worker].run = opened.run
            judge.started(worker, run: opened.run)
            // A statement may reach the server after its sender's end.
            if !isAlive { judge.gone(worker) }
            return { [self] in
                carryOut(opened, isStale: !opened.isNew && opened.age >= Self.oneNight, isEnlisted: true)
            }
        }
    }

    private func carryOut(_ opened: Server.OpenRun, isStale: Bool, isEnlisted: Bool = false) {
        if !isEnlisted {
            worker = server.makeWorker(of: opened.run)
            judge.started(worker, run: opened.run)
        }
        run = opened.run
        self.isStale = isStale
        hasLeft = false
        mustEnlist = true
        note("run \(run)\(isStale ? ", long ago" : "")")
        if isStale {
            perform(.deferRest) { [self, worker, run] _, _ in
                server.deferRest(run, worker, onlyUntriggered: true)
                return {}
            }
        }
        perform(.enlist) { [self, worker, run] session, _ in
            _ = server.enlist(worker, run: run, session: session)
            return { [self] in beginShift(opened) }
        }
    }

    // MARK: Beside the loop

    /// Renews the lease and the clock's offset.
    func heartbeat(of mine: Int) {
        at(now.after(Server.lease / 3)) { [self] in
            guard isWorking, worker == mine else { return }
            perform(.enlist) { [self, worker, run] session, _ in
                _ = server.enlist(worker, run: run, session: session)
                return { [self] in
                    measureClock()
                    heartbeat(of: mine)
                }
            }
        }
    }

    /// Asks whether another worker has stopped the run, or heard `Retry-After`.
    func watch(_ mine: Int) {
        at(now.after(world.options.watchPause)) { [self] in
            guard isWorking, worker == mine else { return }
            perform(.watch) { [self, run] _, _ in
                let seen = server.watch(run)
                return { [self] in
                    watch(mine)
                    if let until = seen.heldUntil, until > believed { take { $0.held(until: until, at: $1) } }
                    guard world.bug != .stopNotShared, scheduler.stop == nil, let code = seen.stopCode else { return }
                    if let reason = Self.reason(code) { take { $0.stop(reason, at: $1) } }
                }
            }
        }
    }

    private static func reason(_ code: Int) -> StopReason? {
        switch code {
        case 77: .keyRefused("another worker was refused")
        case 69: .unreachable("another worker had no answer")
        case 75: .tryLater(.seconds(60))
        default: nil
        }
    }

    // MARK: The end

    func endShift() {
        isWorking = false
        sending = [:]
        alarm = nil
        let scheduler = scheduler
        perform(.tally) { [self, worker, run] _, isRepeat in
            if world.bug != .countsNotWritten {
                server.tally(scheduler.calls, unspent: isRepeat ? 0 : scheduler.unspentBudget, worker, run: run)
            }
            judge.health[worker]?.isOrderly = true
            return {}
        }
        if let stop = scheduler.stop, Self.watchedStops.contains(stop.exitCode) {
            perform(.stopCode) { [self, run] _, _ in
                server.stop(run, code: stop.exitCode)
                return {}
            }
        }
        if scheduler.stop != nil { deferRest() }
        perform(.leave) { [self, worker] _, _ in
            judge.gone(worker)
            server.leave(worker)
            return { [self] in
                hasLeft = true
                close()
            }
        }
    }

    private func deferRest() {
        perform(.deferRest) { [self, worker, run] _, _ in
            server.deferRest(run, worker)
            return {}
        }
    }

    /// Waits until the run is closed, by whomever.
    private func close() {
        perform(.close) { [self, run, stop = scheduler.stop] _, _ in
            let code = server.close(run, stopCode: stop?.exitCode)
            return { [self] in
                if let code { return closed(code) }
                if isTerminated { return exit(143) }
                if scheduler.stop == nil { world.checkIdleness(self) }
                at(now.after(aSecond / 5)) { [self] in
                    if scheduler.stop != nil { deferRest() }
                    close()
                }
            }
        }
    }

    private func closed(_ code: Int) {
        guard pass(.report, .before) else { return }
        guard scheduler.stop == nil else { return exit(code) }
        if case .nightly = role, isStale { return next() }
        if case .oneOff = role, isStale { return next() }
        wait(code)
    }

    /// Waits for the cases that another run holds.
    private func wait(_ code: Int) {
        guard let one = held.first else { return exit(code) }
        perform(.outcome) { [self, worker] _, _ in
            let isOpen = server.rows[one.account].openCase?.run == one.run
            let isWorkedOn = server.hasOthers(worker, in: one.run)
            return { [self] in
                if !isOpen {
                    held.removeFirst()
                    return wait(code)
                }
                guard isWorkedOn else { return exit(1) }
                at(now.after(300 * aMillisecond)) { [self] in wait(code) }
            }
        }
    }

    // MARK: SIGTERM

    /// Hands its cases back if others live, else settles what is left.
    func terminate() {
        guard !isTerminated else { return }
        isTerminated = true
        judge.trouble(worker, until: Timestamp(microseconds: .max))
        at(now.after(5 * aSecond)) { [self] in exit(143) }
        guard isWorking else { return }
        if world.bug == .handBackDefers { return take { $0.stop(.interrupted(signal: 15), at: $1) } }
        perform(.others) { [self, worker, run] _, _ in
            let hasOthers = server.hasOthers(worker, in: run)
            return { [self] in
                guard isWorking else { return }
                if hasOthers { handBack() } else { take { $0.stop(.interrupted(signal: 15), at: $1) } }
            }
        }
    }

    /// What is settled or known is written, the rest is free for others.
    private func handBack() {
        isWorking = false
        sending = [:]
        let scheduler = scheduler
        let entries = scheduler.cases.values.sorted { $0.accountID < $1.accountID }.compactMap(Self.leftover)
        perform(.handBack) { [self, worker, run] _, _ in
            _ = server.write(entries, cases: scheduler.cases, calls: scheduler.calls, worker, run: run)
            judge.health[worker]?.isOrderly = true
            judge.gone(worker)
            server.leave(worker)
            return { [self] in exit(143) }
        }
    }

    private static func leftover(_ one: Case) -> CaseScheduler.Entry? {
        switch one.want {
        case .settlement(let settlement): CaseScheduler.Entry(accountID: one.accountID, kind: .settlement(settlement))
        case .withdrawal, .trigger: CaseScheduler.Entry(accountID: one.accountID, kind: .withdrawal)
        case .call, .intent, .event, .answer:
            one.progress == nil ? nil : CaseScheduler.Entry(accountID: one.accountID, kind: .progress)
        }
    }
}
