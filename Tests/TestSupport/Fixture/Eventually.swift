/// Waits until something is so, which it soon is, and on a starved machine later.
///
/// - Throws: ``TestFailure`` when it never is.
public func eventually(
    within patience: Duration = .seconds(60), _ what: String = "what the test waits for",
    isolation: isolated (any Actor)? = #isolation, _ isSo: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    while try await !isSo() {
        guard ContinuousClock.now < end else { throw TestFailure("\(what) did not come within \(patience)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
