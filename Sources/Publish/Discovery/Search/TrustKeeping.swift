package import PublishWire

/// The user's trust book, which several commands change.
package protocol TrustKeeping: Sendable {
    func book() async throws(PublishError) -> TrustBook
    /// Changes the book as it is at that moment, and writes it when it has changed.
    func change(_ body: @escaping @Sendable (inout TrustBook) throws(PublishError) -> Void) async throws(PublishError)
}

/// The book in the publish folder.
package struct FolderTrust: TrustKeeping {
    private let folder: PublishFolder

    package init(_ folder: PublishFolder) { self.folder = folder }

    package func book() async throws(PublishError) -> TrustBook { try TrustFile.read(folder) }

    package func change(
        _ body: @escaping @Sendable (inout TrustBook) throws(PublishError) -> Void
    ) async throws(PublishError) { try await TrustFile.change(folder, body) }
}

/// What publishers have said of their own keys, taken over into the trust book.
package struct KeyNews: Sendable {
    private let trust: any TrustKeeping
    private let roots: RootBook
    private let clock: @Sendable () -> Int64

    package init(_ trust: any TrustKeeping, roots: RootBook, clock: @escaping @Sendable () -> Int64 = { Clock.now }) {
        self.trust = trust
        self.roots = roots
        self.clock = clock
    }

    /// Follows rotations of a publisher that is trusted, and takes note of its withdrawal.
    /// - Returns: what the user should be told, one sentence each.
    package func digest(_ publisher: PublisherKey) async -> [String] {
        var told: [String] = []
        let item = await roots.identityItem(of: publisher)
        let word = item.flatMap { try? IdentityItem($0) }
        let root = await roots.root(of: publisher)?.root
        let now = clock()
        if let rotation = [word?.rotation, root?.rotation].compactMap({ $0 }).first(where: { $0.old == publisher }) {
            do throws(PublishError) {
                guard try await trust.book().replaced[publisher] != rotation.new else { return [] }
                try await trust.change { book throws(PublishError) in try book.rotate(rotation, at: now) }
                told.append("\(publisher.shortForm) has a new key, \(rotation.new.shortForm), signed by both")
            } catch {
                told.append("the new key of \(publisher.shortForm) was not taken: \(error.message)")
            }
        }
        if let item, word?.isRevoked == true {
            do throws(PublishError) {
                guard try await trust.book().withdrawn[publisher] == nil else { return told }
                try await trust.change { book throws(PublishError) in try book.apply(item, at: now) }
                if told.isEmpty { told.append("\(publisher.shortForm) has withdrawn its key") }
            } catch {
                told.append("the withdrawal of \(publisher.shortForm) was not noted: \(error.message)")
            }
        }
        return told
    }
}
