package import NIOCore

/// Peers that may have parts of files: what a pull asks beside the CAS. Implemented above this target.
///
/// Nothing that comes from there is believed: a manifest must prove itself, and each chunk must match the manifest.
package protocol PeerSource: Sendable {
    /// Whether the bytes of files with a Xet hash may come from peers alone.
    var isExclusive: Bool { get }
    /// Those of its peers that may learn of files that not everybody may read, and get parts of them: a private swarm.
    var forPrivateFiles: (any PeerSource)? { get }
    /// Enters the swarm of a file. Returns at once; looking for peers goes on behind, until ``FileSwarm/leave()``.
    func join(_ request: XetFileRequest) -> any FileSwarm
    /// Enters the swarm of a file to read parts of it, with no CAS beside. Returns at once; looking for peers goes on
    /// behind, until ``PeerFile/leave()``.
    /// - Parameter engine: whose limits count, and whose manifests serve too.
    func open(_ request: XetFileRequest, by engine: TransferEngine) -> any PeerFile
}

extension PeerSource {
    package var forPrivateFiles: (any PeerSource)? { nil }
}

/// The peers of one file, while it is pulled.
package protocol FileSwarm: Sendable {
    /// Asks peers, one after the other, for the file's manifest in its wire form (docs/formats.md), and waits for such
    /// as may come. Where peers are the only source it also returns, without one, when those that are there know xorbs
    /// and no manifests.
    /// - Parameters:
    ///   - longest: bytes that a manifest of a file of this size can have; a longer one is refused unread.
    ///   - orCompany: whether to return also when there are peers, but none that has it.
    ///   - orSearch: where peers are the only source, whether to return also when nobody has come for a while, and such
    ///     that know xorbs can be looked for as soon as it is known of which ones the file is made.
    ///   - accept: checks and keeps one; false bans whoever sent it.
    /// - Returns: whether a manifest was accepted.
    /// - Throws: ``TransferError`` with code `no_peers` when there is nobody to wait for; `CancellationError`.
    func manifest(
        longest: Int, orCompany: Bool, orSearch: Bool, accept: @escaping @Sendable (ByteBuffer) async throws -> Bool
    ) async throws -> Bool

    /// Fills what is missing of a file, from peers and the CAS together. When it returns, parts may still be missing:
    /// the CAS alone is asked for those, unless peers are the only source.
    /// - Throws: what makes all further tries pointless: `StorageError`, `CancellationError`, an error of the CAS; and,
    ///   where peers are the only source, ``TransferError`` with code `no_peers`.
    func fill(_ pull: SharedPull) async throws

    /// Says good-bye, and offers the file no longer once it would be in the way.
    func leave() async
}
