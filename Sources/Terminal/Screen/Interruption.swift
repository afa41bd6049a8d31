import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Leaves the process at once on SIGINT and SIGTERM, with the terminal as it was found.
///
/// What a command has on disk is always fit to be continued, so there is nothing to unwind; leaving from the signal
/// handler itself works however busy the other threads are.
public enum Interruption {
    struct Facts: OptionSet, Sendable {
        let rawValue: UInt8
        /// The cursor is hidden and a progress display is on the screen.
        static let isDrawing = Facts(rawValue: 1)
        /// The terminal's echo is off; `savedMode` has the mode to return to.
        static let isEchoOff = Facts(rawValue: 2)
        /// Standard output expects one JSON document.
        static let wantsJSON = Facts(rawValue: 4)
        /// The same command, started again, goes on where this one stopped.
        static let isResumable = Facts(rawValue: 8)
        /// The first signal is only noted.
        static let holdsFirst = Facts(rawValue: 16)
        /// Nothing has been done yet that the next run could spare.
        static let keepsNothing = Facts(rawValue: 32)
        /// Standard error carries one JSON object per line.
        static let isTellingEvents = Facts(rawValue: 64)
    }

    static let facts = Atomic<UInt8>(0)
    /// The signal that was noted; 0 while there is none.
    static let noted = Atomic<Int32>(0)
    /// The process group that must not outlive this process; 0 for none.
    static let companion = Atomic<Int32>(0)

    /// Written before `isEchoOff` is set and read by the handler only while it is; never freed.
    nonisolated(unsafe) static let savedMode: UnsafeMutablePointer<termios> = {
        let pointer = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        pointer.initialize(to: termios())
        return pointer
    }()

    /// Installs the handlers: SIGINT leaves with 130, SIGTERM with 143. SIGPIPE is ignored; writers see the error.
    public static func install(wantsJSON: Bool, isResumable: Bool) {
        // All globals are made now: a signal handler must not be the first to touch one.
        _ = savedMode
        _ = facts.load(ordering: .sequentiallyConsistent)
        _ = noted.load(ordering: .sequentiallyConsistent)
        _ = companion.load(ordering: .sequentiallyConsistent)
        LastWords.prepare()
        if wantsJSON { add(.wantsJSON) }
        if isResumable { add(.isResumable) }
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGINT, leave)
        _ = signal(SIGTERM, leave)
    }

    /// Says of a command that is resumable that so far a next run would begin anew; ``noteKept()`` takes it back.
    public static func beginWithNothingKept() { add(.keepsNothing) }

    /// What was done so far is of use to the next run.
    public static func noteKept() { remove(.keepsNothing) }

    /// Chooses what is done before the process leaves, besides the messages: it gets 300 ms. The handlers must be
    /// installed, or it is never done.
    public static func beforeLeaving(_ body: @escaping @Sendable () -> Void) { LastWords.set(body) }

    /// From now on the first signal is only noted, for commands that have something to finish; the second one leaves at
    /// once. The handlers must be installed.
    public static func holdFirst() { add(.holdsFirst) }

    /// The first signal, if it has come and was held.
    public static var held: Int32? {
        let number = noted.load(ordering: .sequentiallyConsistent)
        return number == 0 ? nil : number
    }

    /// Names the process group that is killed when a signal ends this process; 0 for none.
    public static func take(along group: Int32) { companion.store(group, ordering: .sequentiallyConsistent) }

    static func add(_ fact: Facts) { facts.bitwiseOr(fact.rawValue, ordering: .sequentiallyConsistent) }
    static func remove(_ fact: Facts) { facts.bitwiseAnd(~fact.rawValue, ordering: .sequentiallyConsistent) }
}

/// The handler: async-signal-safe calls only.
private func leave(_ number: Int32) {
    let facts = Interruption.Facts(rawValue: Interruption.facts.load(ordering: .sequentiallyConsistent))
    if facts.contains(.holdsFirst),
        Interruption.noted.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent).exchanged
    {
        return
    }
    let companion = Interruption.companion.load(ordering: .sequentiallyConsistent)
    if companion > 0 { kill(-companion, SIGKILL) }
    if facts.contains(.isEchoOff) { tcsetattr(STDIN_FILENO, TCSANOW, Interruption.savedMode) }
    if facts.contains(.isDrawing) { emit("\u{1B}[?25h\r\u{1B}[J", to: STDERR_FILENO) }
    if number == SIGINT {
        if facts.contains(.keepsNothing) {
            tell("run the same command again; it begins anew, for the hub had taken no part as a whole", facts)
        } else if facts.contains(.isResumable) {
            tell("run the same command again; it continues where this one stopped", facts)
        } else {
            tell(nil, facts)
        }
    }
    LastWords.speak()
    _exit(128 + number)
}

/// Says in each of the forms that are wanted that the command was interrupted.
private func tell(_ hint: StaticString?, _ facts: Interruption.Facts) {
    if facts.contains(.wantsJSON) {
        emit(#"{"error":{"code":"interrupted","message":"interrupted""#, to: STDOUT_FILENO)
        if let hint {
            emit(#","hint":""#, to: STDOUT_FILENO)
            emit(hint, to: STDOUT_FILENO)
            emit("\"", to: STDOUT_FILENO)
        }
        emit("}}\n", to: STDOUT_FILENO)
    }
    let isTellingEvents = facts.contains(.isTellingEvents)
    // What was being written when the signal came may have no end yet.
    emit(
        isTellingEvents ? "{\"event\":\"error\",\"message\":\"interrupted\"}\n" : "\nerror: interrupted\n",
        to: STDERR_FILENO)
    guard let hint else { return }
    emit(isTellingEvents ? "{\"event\":\"hint\",\"message\":\"" : "hint: ", to: STDERR_FILENO)
    emit(hint, to: STDERR_FILENO)
    emit(isTellingEvents ? "\"}\n" : "\n", to: STDERR_FILENO)
}

private func emit(_ text: StaticString, to descriptor: Int32) {
    _ = write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
}
