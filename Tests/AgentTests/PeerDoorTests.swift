import HubClient
import HubWire
import Logging
import Swarm
import Testing

@testable import Agent

@Suite struct PeerDoorTests {
    private func door(_ rules: String) throws -> PeerDoor {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let library = LocalSeedLibrary(shelf: nil)
        let peers = SwarmPeers(
            node: try PeerNode(library: library, logger: logger), library: library, discoveries: [], logger: logger)
        return PeerDoor(peers: peers, policy: try #require(SeedPolicy(parsing: rules)))
    }

    private func repo(_ name: String) throws -> RepoReference {
        RepoReference(type: .model, id: try #require(RepoID(name)), revision: "v1")
    }

    @Test("a pull asks those peers alone that may get what it pulls")
    func rules() throws {
        let door = try door("*=never,org/*=lan,org/open=public")
        #expect(door.source(for: try repo("alice/model")) == nil)
        #expect(door.source(for: try repo("org/open")) is SwarmPeers)
        let near = try #require(door.source(for: try repo("org/model")))
        #expect(!(near is SwarmPeers))
        #expect(door.access(of: try repo("org/model"), isPublic: true) == .neighbours)
        #expect(door.access(of: try repo("org/model"), isPublic: false) == .nobody)
    }

    @Test("without peers nothing goes anywhere")
    func none() throws {
        let door = PeerDoor(peers: nil, policy: SeedPolicy())
        #expect(door.source(for: try repo("org/open")) == nil)
        #expect(door.access(of: try repo("org/open"), isPublic: true) == .nobody)
    }
}
