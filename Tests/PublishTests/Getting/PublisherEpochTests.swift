import Publish
import PublishWire
import SwarmWire
import Testing
import Torrents
import Transfer

@Suite struct PublisherEpochTests {
    @Test(
        "the first use of a namespace notes how many keys its publisher had before, and its next rotation is followed")
    func pinned() async throws {
        let now: Int64 = 1_700_000_000
        let (first, second) = (SigningKey(), SigningKey())
        let scene = try GetScene(key: SigningKey())
        let operating = SigningKey()
        let delegation = try Delegation(from: scene.key, to: operating.publicKey, notBefore: now)
        let here = try Rotation(from: second, to: scene.key, epoch: 2, time: now)
        let roots = RootBook(folder: CatalogueFolder(scene.home), clock: { now })
        try await roots.take(
            try IdentityItem(delegation: delegation, time: now, rotation: here).signed(by: scene.key, after: nil))
        try await roots.save()
        #expect(await PublisherEpoch.known(of: scene.key.publicKey, in: scene.home) == 2)
        #expect(await PublisherEpoch.known(of: first.publicKey, in: scene.home) == 0)

        _ = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        var book = try TrustFile.read(scene.home)
        #expect(book.pin(of: "org")?.epoch == 2)
        let next = SigningKey()
        let stale = try Rotation(from: scene.key, to: next, epoch: 2, time: now)
        #expect(throws: PublishError.self) { try book.rotate(stale, at: now) }
        try book.rotate(try Rotation(from: scene.key, to: next, epoch: 3, time: now), at: now)
        #expect(book.pin(of: "org")?.key == next.publicKey)
    }
}
