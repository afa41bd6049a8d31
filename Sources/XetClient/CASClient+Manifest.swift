internal import NIOHTTP1
public import Transport
public import Xet

extension CASClient {
    /// Asks for the chunk list of a file, which proves itself against the file hash.
    ///
    /// The route is Shoal's own; a CAS without it answers 404 and is asked just once per run.
    /// - Returns: the reply to stream through a `ManifestDecoder`, or nil when there is none to be had.
    public func manifest(of file: FileHash) async throws -> HTTPResponse? {
        guard capabilities.offers(.manifests) else { return nil }
        let response = try await send(.GET, "/v1/manifests/\(file)")
        if response.isSuccess { return response }
        await response.discard()
        if [404, 405, 501].contains(response.status) { capabilities.markMissing(.manifests) }
        return nil
    }
}
