internal import ChunkStore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Transport
internal import Xet
internal import XetClient

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// Finds the file's manifest: kept from an earlier run, or asked of the CAS. It is used only if it proves itself.
    func manifest(
        of request: XetFileRequest, from cas: CASClient, partial: PartialFile, candidates: [LocalCandidate],
        swarm: SwarmAccess? = nil
    ) async throws -> ManifestFile? {
        let shelf = local?.manifests.path(of: request.hash)
        let path = partial.manifest ?? partial.journal + ".manifest"
        defer { if partial.manifest == nil { unlink(path) } }
        for place in [partial.manifest, shelf].compactMap(\.self) {
            if let kept = await load(place, request) { return kept }
            // Whatever stands there is none, and would be in the way of the right one.
            unlink(place)
        }
        if let swarm, swarm.isExclusive {
            if let made = try await manifest(of: request, byHashing: candidates) { return made }
            if let told = try await manifest(of: request, fromPeersOf: swarm.swarm, orSearch: true, path: path) {
                return told
            }
            // There are peers who know none, but have bytes, or may be: those are checked by what the hub says.
        }
        guard let response = try await cas.manifest(of: request.hash) else {
            if let made = try await manifest(of: request, byHashing: candidates) { return made }
            guard let swarm, swarm.isExclusive else { return nil }
            return try await manifest(of: request, fromPeersOf: swarm.swarm, path: path)
        }
        let limit = Self.longestManifest(of: request)
        let temporary = path + ".tmp"
        defer { unlink(temporary) }
        unlink(temporary)
        let file = try RandomAccessFile(path: temporary, access: .append)
        let length: Int
        do {
            length = try await withStallWatchdog(settings.stallTimeout, url: response.url, what: "a manifest") {
                watchdog in
                var length = 0
                for try await part in response.body {
                    watchdog.noteProgress()
                    length += part.readableBytes
                    guard length <= limit else { break }
                    try await self.pool.runIfActive { try part.withUnsafeReadableBytes { try file.append($0) } }
                }
                return length
            }
        } catch let error as StorageError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.debug("manifest not usable", metadata: ["file": "\(request.name)", "reason": "\(error)"])
            return nil
        }
        guard length <= limit, let manifest = await load(temporary, request) else {
            logger.info("manifest does not prove itself, verifying at the end", metadata: ["file": "\(request.name)"])
            return nil
        }
        rename(temporary, path)
        return manifest
    }

    /// Makes the manifest from a copy of the file, where the hub has none to give.
    private func manifest(
        of request: XetFileRequest, byHashing candidates: [LocalCandidate]
    ) async throws -> ManifestFile? {
        guard let local else { return nil }
        for candidate in candidates where candidate.hash == request.hash {
            guard let hashed = try? await hash(path: candidate.path, withSHA256: false, observer: SilentObserver()),
                hashed.fileHash == request.hash, hashed.size == request.size
            else {
                try Task.checkCancellation()
                continue
            }
            if let made = await load(local.manifests.path(of: request.hash), request) { return made }
        }
        return nil
    }

    /// Maps a kept manifest, if it proves itself.
    func load(_ path: String, _ request: XetFileRequest) async -> ManifestFile? {
        try? await pool.runIfActive { ManifestFile(path: path, file: request.hash, size: request.size) }
    }
}
