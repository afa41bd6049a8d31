import SwarmWire
import Testing
import Xet

@Suite struct SwarmIDTests {
    @Test func length() {
        #expect(SwarmID(bytes: [1, 2]) == nil)
        #expect(SwarmID(bytes: [UInt8](repeating: 1, count: 20)) != nil)
    }

    /// The vectors of p2p.md §1.7, seen on the wire of zest 0.4.2.
    @Test(arguments: [
        (Array(0..<32), "5a582a231f5c76b0d31c6c9da3bd0dc354be6fac"),
        ([UInt8](repeating: 0xAB, count: 32), "41701a8712fab5189f3b177de31a105ca5e71ec2"),
        ([UInt8](repeating: 0, count: 32), "9c9e542fd82df975551549bb1f8212f38655bdfe"),
    ])
    func zestVectors(raw: [UInt8], id: String) {
        let xorb = raw.withUnsafeBytes { XorbHash(loading: $0.baseAddress!) }
        #expect(SwarmID.zest(xorb).description == id)
    }

    /// The first seen in what `zest seed` 0.4.2 tells a tracker; the words of the others are the same either way around.
    @Test(arguments: [
        (Array(0..<32), "5dfd403d40c12a59b1bd607db446331981424c5f"),
        ([UInt8](repeating: 0xAB, count: 32), "41701a8712fab5189f3b177de31a105ca5e71ec2"),
    ])
    func zestSeedVectors(raw: [UInt8], id: String) {
        let xorb = raw.withUnsafeBytes { XorbHash(loading: $0.baseAddress!) }
        #expect(SwarmID.zestSeed(xorb).description == id)
    }

    /// Computed with `sha1sum` and `openssl dgst -sha256 -mac HMAC` over the texts that docs/swarm.md gives.
    @Test func fileVectors() throws {
        let hash = Array(UInt8(0)..<32).withUnsafeBytes { FileHash(loading: $0.baseAddress!) }
        let secret = try #require(SwarmSecret(UInt8(0)..<16))
        #expect(SwarmID.file(hash).description == "b964f444849eae8907d7102ae97bf8ca9e6e5b9e")
        #expect(SwarmID.file(hash, secret: secret).description == "0509e4d9341f4ba0c8dec03149b2063d79ba5fef")
        #expect(secret.id == "2532df0573d79165")
        #expect(FileKey(hash).id == .file(hash))
        #expect(FileKey(hash, secret: secret).id == .file(hash, secret: secret))
    }

    @Test func secretsNeedSixteenBytes() {
        #expect(SwarmSecret([UInt8](repeating: 1, count: 15)) == nil)
        #expect(SwarmSecret([UInt8](repeating: 1, count: 16)) != nil)
    }
}

@Suite struct ProofTests {
    private let hash = FileHash(w0: 1, w1: 2, w2: 3, w3: 4)
    private let binding = ConnectionBinding(
        asking: ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)),
        answering: ([UInt8](repeating: 3, count: 32), [UInt8](repeating: 4, count: 32)))

    @Test func ownProofIsAccepted() {
        let key = FileKey(hash)
        #expect(key.accepts(key.proof(by: .asking, on: binding), by: .asking, on: binding))
        #expect(key.accepts(key.proof(by: .answering, on: binding), by: .answering, on: binding))
    }

    @Test func proofsDifferBySideConnectionFileAndSecret() throws {
        let key = FileKey(hash)
        let proof = key.proof(by: .asking, on: binding)
        let other = ConnectionBinding(
            asking: ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)),
            answering: ([UInt8](repeating: 3, count: 32), [UInt8](repeating: 5, count: 32)))
        let secret = try #require(SwarmSecret([UInt8](repeating: 9, count: 32)))
        #expect(!key.accepts(proof, by: .answering, on: binding))
        #expect(!key.accepts(proof, by: .asking, on: other))
        #expect(!FileKey(FileHash(w0: 1, w1: 2, w2: 3, w3: 5)).accepts(proof, by: .asking, on: binding))
        #expect(!FileKey(hash, secret: secret).accepts(proof, by: .asking, on: binding))
        #expect(!key.accepts(Array(proof.dropLast()), by: .asking, on: binding))
        #expect(!key.accepts([], by: .asking, on: binding))
        var flipped = proof
        flipped[31] ^= 1
        #expect(!key.accepts(flipped, by: .asking, on: binding))
    }

    /// Who sees a swarm's id and a proof cannot make another proof out of them: the id is not the key.
    @Test func theIDIsNotTheKey() {
        let key = FileKey(hash)
        #expect(!key.proof(by: .asking, on: binding).starts(with: key.id.bytes))
    }
}
