import PublishWire
import Testing

@testable import Publish

@Suite("What was seen of publishers", .timeLimit(.minutes(1)))
struct RootBookTests {
    let clock = TestClock()
    let disk: TemporaryFolder

    init() throws { disk = try TemporaryFolder() }

    private var folder: CatalogueFolder { CatalogueFolder(path: disk.path("catalogue")) }
    private func book(limit: Int = 4_096) -> RootBook {
        RootBook(folder: folder, limit: limit) { [clock] in clock.now }
    }

    private func root(_ signer: TestSigner, _ byte: UInt8 = 1, after: Int64? = nil) throws -> SignedItem {
        try RootItem(
            delegation: signer.delegation, index: [UInt8](repeating: byte, count: 32), count: 0, time: clock.now
        ).signed(by: signer.operating, after: after)
    }

    @Test("never goes back to an older root, by whatever way it comes")
    func rollback() async throws {
        let signer = try TestSigner(clock)
        let (old, new) = (try root(signer, 1), try root(signer, 2, after: clock.now + 5))
        let book = book()
        #expect(try await book.take(new) == .newer)
        await #expect(throws: PublishError.self) { try await book.take(old) }
        await #expect(throws: PublishError.self) { try await book.take(old, from: "203.0.113.5") }
        #expect(await book.root(of: signer.identity.publicKey)?.item == new)
        try await book.save()
        let again = self.book()
        await #expect(throws: PublishError.self) { try await again.take(old) }
        #expect(await again.root(of: signer.identity.publicKey)?.item == new)
    }

    @Test("refuses another root of the same number, and one numbered ahead of time")
    func equivocation() async throws {
        let signer = try TestSigner(clock)
        let book = book()
        let one = try root(signer, 1)
        try await book.take(one)
        await #expect(throws: PublishError.self) { try await book.take(try root(signer, 2)) }
        let value = try root(signer, 3).value
        let frozen = try SignedItem(signing: value, salt: RootItem.salt, sequence: .max - 1, by: signer.operating)
        await #expect(throws: PublishError.self) { try await book.take(frozen) }
        #expect(await book.root(of: signer.identity.publicKey)?.item == one)
    }

    @Test("keeps the last good root when it has expired, and does not pass it on")
    func expiry() async throws {
        let signer = try TestSigner(clock)
        try signer.delegate(at: clock.now, lifetime: 1_000)
        let item = try root(signer)
        let book = book()
        try await book.take(item)
        #expect(await book.root(of: signer.identity.publicKey)?.isCurrent == true)
        #expect(await book.items(lacking: [:], most: 50) == [item])
        clock.advance(2_000)
        #expect(await book.root(of: signer.identity.publicKey)?.isCurrent == false)
        #expect(await book.items(lacking: [:], most: 50).isEmpty)
        await #expect(throws: PublishError.self) { try await self.book().take(item) }
    }

    @Test("lets a later delegation take the place of a stolen operating key")
    func stolenKey() async throws {
        let signer = try TestSigner(clock)
        let stolen = try root(signer, 1, after: clock.now + 3_600)
        let book = book()
        try await book.take(stolen)
        clock.advance(60)
        try signer.delegate(at: clock.now, toNewKey: true)
        let fresh = try root(signer, 2)
        #expect(fresh.sequence < stolen.sequence)
        #expect(try await book.take(fresh) == .newer)
        await #expect(throws: PublishError.self) { try await book.take(stolen) }
    }

    @Test("lets no stranger fill it, and keeps those who were right or are followed")
    func flood() async throws {
        let book = book(limit: 40)
        let (followed, proven) = (try TestSigner(clock), try TestSigner(clock))
        await book.setPinned([followed.identity.publicKey])
        try await book.take(try root(followed))
        try await book.take(try root(proven))
        await book.noteProven(proven.identity.publicKey)
        var taken = 0
        for number in 0..<(StrangerQuota.perHour + 50) {
            if number % 50 == 0 { clock.advance(1) }
            if (try? await book.take(try root(try TestSigner(clock)), from: "198.51.100.7")) != nil { taken += 1 }
        }
        #expect(taken == StrangerQuota.perHour)
        #expect(await book.roots().count <= 40)
        #expect(await book.root(of: followed.identity.publicKey) != nil)
        #expect(await book.root(of: proven.identity.publicKey) != nil)
        clock.advance(3_601)
        #expect(try await book.take(try root(try TestSigner(clock)), from: "198.51.100.7") == .newer)
    }

    @Test("joins what two processes have seen")
    func joins() async throws {
        let (one, two) = (book(), book())
        let (ann, bob) = (try TestSigner(clock), try TestSigner(clock))
        try await one.take(try root(ann))
        try await two.take(try root(bob))
        try await one.save()
        try await two.save()
        let both = book()
        #expect(await both.root(of: ann.identity.publicKey) != nil)
        #expect(await both.root(of: bob.identity.publicKey) != nil)
    }

    @Test("counts a damaged file as none")
    func damaged() async throws {
        try disk.write(Array("no list".utf8), to: "catalogue/roots")
        #expect(await book().roots().isEmpty)
    }
}
