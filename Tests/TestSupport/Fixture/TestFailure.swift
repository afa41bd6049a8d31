/// What a test helper throws: one text that says what was expected, what happened and, where there is one, the remedy.
public struct TestFailure: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
