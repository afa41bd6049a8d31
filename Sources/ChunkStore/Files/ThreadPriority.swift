internal import CDisk

/// How much a thread counts beside others.
public enum ThreadPriority {
    /// Lets the calling thread have the processor and the disk only when nobody else wants them, for good.
    public static func becomeIdle() { shoal_become_idle() }
}
