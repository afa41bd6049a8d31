/// How a program ended.
package struct ProcessStatus: Sendable, Equatable {
    /// As `wait` gives it.
    package let raw: Int32

    package init(raw: Int32) { self.raw = raw }

    /// The signal that ended it; nil when it ended by itself.
    package var signal: Int32? { raw & 0x7F == 0 ? nil : raw & 0x7F }

    /// What a shell would give as its exit code.
    package var code: Int32 { signal.map { 128 + $0 } ?? (raw >> 8) & 0xFF }
}
