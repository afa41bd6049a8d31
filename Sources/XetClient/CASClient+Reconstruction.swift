internal import HubWire
internal import NIOHTTP1
internal import Transport
public import Xet

extension CASClient {
    /// A reply for a window of a few hundred MiB has some thousand terms; this is far above.
    private static let largestReply = 64 << 20

    /// Asks how to build a byte range of a file (xet-protocol §5.3). The plan starts at the first byte asked for
    /// (minus ``Reconstruction/offsetIntoFirstTerm``) and may end later than asked, at a chunk's end.
    public func reconstruction(of file: FileHash, range: Range<UInt64>) async throws -> Reconstruction {
        let headers: HTTPHeaders = ["Range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"]
        if capabilities.offers(.reconstructionV2) {
            let response = try await send(.GET, "/v2/reconstructions/\(file)", headers: headers)
            if response.isSuccess {
                let body = try await response.collect(upTo: Self.largestReply)
                return try Reconstruction(decode(ReconstructionV2.self, from: body, of: "the reconstruction"))
            }
            guard response.status == 404 || response.status == 501 else {
                throw await failure(response, doing: "a reconstruction request")
            }
            // A 404 may also mean that the file is unknown; only v1 can tell, so nothing is remembered before it answers.
            await response.discard()
        }
        let response = try await send(.GET, "/v1/reconstructions/\(file)", headers: headers)
        guard response.isSuccess else { throw await failure(response, doing: "a reconstruction request") }
        capabilities.markMissing(.reconstructionV2)
        let body = try await response.collect(upTo: Self.largestReply)
        return try Reconstruction(decode(ReconstructionV1.self, from: body, of: "the reconstruction"))
    }

    /// Asks how to build several whole files with one request (xet-protocol §5.10).
    /// - Returns: nil when the CAS does not answer such questions, or not all of this one: then each file is asked for
    ///   by itself.
    public func reconstructions(of files: [FileHash]) async throws -> [FileHash: Reconstruction]? {
        guard capabilities.offers(.batchReconstruction) else { return nil }
        let query = files.map { "file_id=\($0)" }.joined(separator: "&")
        let response = try await send(.GET, "/v1/reconstructions?\(query)")
        guard response.isSuccess else {
            await response.discard()
            // A 404 may also mean that one of the files is unknown.
            if [400, 405, 414, 501].contains(response.status) { capabilities.markMissing(.batchReconstruction) }
            return nil
        }
        let body = try await response.collect(upTo: Self.largestReply)
        return try Reconstruction.each(of: decode(BatchReconstruction.self, from: body, of: "the reconstruction"))
    }
}
