import PublishWire
import Testing

@Suite struct SeenRootsTests {
    private let now = TestKeys.now

    private func signed(_ root: RootItem, after previous: Int64? = nil) throws -> SignedItem {
        try root.signed(by: TestKeys.operating, after: previous)
    }

    @Test("an older root is refused, the same one is known")
    func rollback() throws {
        var seen = SeenRoots()
        let old = try signed(try TestKeys.root(time: now))
        let new = try signed(try TestKeys.root(time: now + 60))
        #expect(try seen.consider(root: old, at: now) == .newer)
        #expect(try seen.consider(root: old, at: now) == .same)
        #expect(try seen.consider(root: new, at: now) == .newer)
        expectFault(.rolledBack) { _ = try seen.consider(root: old, at: now) }
        #expect(seen.root(of: TestKeys.identity.publicKey) == new)
        #expect(seen.count == 1)
    }

    @Test("two roots of one number are a fault of the publisher's, or a theft")
    func equivocation() throws {
        var seen = SeenRoots()
        try seen.consider(root: try signed(try TestKeys.root(index: 1)), at: now)
        let twin = try signed(try TestKeys.root(index: 2))
        expectFault(.equivocation) { _ = try seen.consider(root: twin, at: now) }
    }

    @Test("a new operating key takes over, however far the old one had counted")
    func newKey() throws {
        var seen = SeenRoots()
        let ahead = try signed(try TestKeys.root(), after: now + TestKeys.day - 2)
        try seen.consider(root: ahead, at: now)
        let later = try TestKeys.delegation(to: TestKeys.other, at: now + 1)
        let root = try TestKeys.root(delegation: later).signed(by: TestKeys.other, after: nil)
        #expect(root.sequence < ahead.sequence)
        #expect(try seen.consider(root: root, at: now) == .newer)
        expectFault(.rolledBack) { _ = try seen.consider(root: ahead, at: now) }
        expectFault(.rolledBack) {
            _ = try seen.consider(root: try signed(try TestKeys.root(), after: ahead.sequence), at: now)
        }
    }

    @Test("two keys of one delegation time are a fault")
    func twoKeys() throws {
        var seen = SeenRoots()
        try seen.consider(root: try signed(try TestKeys.root()), at: now)
        let twin = try TestKeys.delegation(to: TestKeys.other)
        let root = try TestKeys.root(time: now + 5, delegation: twin).signed(by: TestKeys.other, after: nil)
        expectFault(.equivocation) { _ = try seen.consider(root: root, at: now) }
    }

    @Test("an identity's newer word takes a stolen operating key back at once")
    func identityFirst() throws {
        var seen = SeenRoots()
        let stolen = try signed(try TestKeys.root())
        try seen.consider(root: stolen, at: now)
        let later = try TestKeys.delegation(to: TestKeys.other, at: now + 1)
        let identity = try IdentityItem(delegation: later, time: now + 1).signed(by: TestKeys.identity, after: nil)
        try seen.consider(identity: identity, at: now)
        #expect(seen.root(of: TestKeys.identity.publicKey) == nil)
        expectFault(.rolledBack) { _ = try seen.consider(root: stolen, at: now) }
        let older = try IdentityItem(delegation: try TestKeys.delegation(), time: now)
            .signed(by: TestKeys.identity, after: nil)
        expectFault(.rolledBack) { _ = try seen.consider(identity: older, at: now) }
    }

    @Test("after a revocation nothing of the key counts")
    func revocation() throws {
        var seen = SeenRoots()
        let root = try signed(try TestKeys.root())
        try seen.consider(root: root, at: now)
        let last = try IdentityItem(revoking: TestKeys.identity.publicKey, time: now)
            .signed(by: TestKeys.identity, after: nil)
        #expect(try seen.consider(identity: last, at: now) == .newer)
        #expect(seen.root(of: TestKeys.identity.publicKey) == nil)
        expectFault(.revoked) { _ = try seen.consider(root: root, at: now) }
        let again = try IdentityItem(delegation: try TestKeys.delegation(at: now + 9), time: now + 9)
            .signed(by: TestKeys.identity, after: nil)
        expectFault(.rolledBack) { _ = try seen.consider(identity: again, at: now) }
    }

    @Test("strangers make room for strangers, never for those that are pinned")
    func limit() throws {
        var seen = SeenRoots(limit: 10)
        let pinned = TestKeys.identity.publicKey
        try seen.consider(root: try signed(try TestKeys.root()), at: now, pinned: [pinned])
        for number in UInt8(20)..<60 {
            let delegation = try TestKeys.delegation(from: TestKeys.key(number))
            let root = try signed(try TestKeys.root(delegation: delegation))
            try seen.consider(root: root, at: now + Int64(number), pinned: [pinned])
            #expect(seen.count <= 10)
        }
        #expect(seen.root(of: pinned) != nil)
        #expect(seen.root(of: TestKeys.key(59).publicKey) != nil)
        #expect(seen.root(of: TestKeys.key(20).publicKey) == nil)
    }

    @Test("the store survives its encoding, and damaged items fall out")
    func coding() throws {
        var seen = SeenRoots()
        for number in UInt8(20)..<30 {
            let delegation = try TestKeys.delegation(from: TestKeys.key(number))
            try seen.consider(root: try signed(try TestKeys.root(delegation: delegation)), at: now)
            let identity = IdentityItem(delegation: delegation, time: now)
            try seen.consider(identity: try identity.signed(by: TestKeys.key(number), after: nil), at: now)
        }
        let bytes = seen.bytes
        #expect(try SeenRoots(bytes) == seen)
        #expect(try SeenRoots(bytes).bytes == bytes)
        #expect(seen.identities.count == 10)
        #expect(seen.items.count == 20)
        var damaged = bytes
        damaged[bytes.count / 2] ^= 1
        if let rest = try? SeenRoots(damaged) { #expect(rest.count >= 18) }
        expectFault(.malformed) { _ = try SeenRoots(Array("le".utf8)) }
    }
}
