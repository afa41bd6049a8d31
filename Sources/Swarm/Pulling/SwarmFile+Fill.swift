internal import Logging
internal import SwarmWire
internal import Transfer

extension SwarmFile {
    package func fill(_ pull: SharedPull) async throws {
        let (request, chunks) = (pull.request, pull.chunks)
        let seed = RunningSeed(
            hash: request.hash, size: request.size, chunks: chunks, path: pull.path, access: access)
        // Now, for the file will have another name when it is complete.
        _ = try seed.open()
        peers.library.register(running: seed)
        do {
            try await FillRun(of: self, pull, seed: seed).run()
            peers.keep(seed)
        } catch {
            peers.library.unregister(running: seed)
            throw error
        }
    }
}
