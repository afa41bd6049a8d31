internal import CDisk

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A place in memory that shows a part of a file, without the copy that reading makes.
///
/// One task at a time may use a window: what it showed is gone when it shows something else.
public final class FileWindow: Sendable {
    private let number: Int32

    /// Lets this process show files in windows. It handles the signal that tells of a file that got shorter, or of a disk
    /// that fails, so a program decides this, not a library; until then nobody gets a window.
    public static func allow() { _ = shoal_window_guard() }

    /// - Parameter capacity: the most bytes that are shown at once.
    /// - Returns: nil where windows are not allowed, or there is no room for one: read the file then.
    public init?(capacity: Int) {
        // What begins or ends inside a page shows the whole page.
        number = shoal_window_open((capacity + 3 * Self.pageSize) / Self.pageSize * Self.pageSize)
        if number < 0 { return nil }
    }

    deinit { if number >= 0 { shoal_window_close(number) } }

    /// Shows bytes of a file, all of which it must have.
    /// - Returns: nil where the file cannot be mapped: read it then.
    public func show(_ range: Range<UInt64>, of descriptor: Int32) -> UnsafeRawBufferPointer? {
        let before = Int(range.lowerBound % UInt64(Self.pageSize))
        let length = before + range.count
        guard let base = shoal_window_show(number, descriptor, range.lowerBound - UInt64(before), length) else {
            return nil
        }
        return UnsafeRawBufferPointer(start: base + before, count: range.count)
    }

    /// Whether something of what it shows may not be what the file holds; ask after the last look at it.
    public var isTorn: Bool { shoal_window_is_torn(number) }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}
