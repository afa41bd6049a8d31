/// The header of a model file that is not as its format says.
public struct ModelFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One clause, such as "the header is longer than the file".
    public var reason: String

    init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}
