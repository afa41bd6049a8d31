import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOPosix
import Xet

/// Upload by grant: ask, PUT the bytes to the signed URL, commit (xet-protocol §5.6).
extension CASRoutes {
    /// `POST /v1/xorb-grants/default/{hash}`: 201 with a place to send the bytes, or 200 when the token's repository
    /// has the xorb already.
    func grant(
        _ request: Request, prefix: Substring, hash text: Substring, baseURL: String,
    ) async throws -> Response {
        let claims = try authorize(request, .write)
        try requireDefault(prefix: prefix)
        let hash = try parse(text, as: XorbHash.self, "xorb hash")
        let body = try await BodyReceiver.collect(request, limit: 4096)
        guard let wanted = try? JSONDecoder().decode(XorbGrantRequest.self, from: Data(body.readableBytesView)),
            wanted.checksum.algo == "crc64nvme", let crc = UInt64(wanted.checksum.value)
        else { throw CASRefusal(.badRequest, "the body is not a grant request with length and crc64nvme checksum") }
        guard (1...UInt64(BodyReceiver.maximumXorbBody)).contains(wanted.length) else {
            throw CASRefusal(.badRequest, "a xorb has between 1 and \(BodyReceiver.maximumXorbBody) bytes")
        }
        if try await content.holds(hash, repo: claims.repo) {
            return try Self.json(XorbUploadReply(wasInserted: false))
        }
        let id = XorbGrantID(
            XorbGrantPromise(
                nonce: .random(in: .min ... .max), repo: claims.repo, xorb: hash, length: wanted.length, crc: crc,
                expiry: Int64(Date().timeIntervalSince1970) + XorbGrantPromise.lifetime),
            secrets: services.secrets)
        return try Self.json(
            XorbGrant(
                id: id.text, method: "PUT", url: signer.uploadURL(for: id, baseURL: baseURL),
                headers: ["Content-Type": "application/octet-stream"]),
            status: .created)
    }

    /// `POST /v1/xorb-commits/default/{hash}/grant/{id}`: checks what was sent and makes it a xorb.
    func commit(
        _ request: Request, prefix: Substring, hash text: Substring, grant: Substring,
    ) async throws -> Response {
        let claims = try authorize(request, .write)
        try requireDefault(prefix: prefix)
        let hash = try parse(text, as: XorbHash.self, "xorb hash")
        guard let id = XorbGrantID(parsing: grant, secrets: services.secrets), id.promise.repo == claims.repo,
            id.promise.xorb == hash
        else { throw CASRefusal(.notFound, "no such grant") }
        let claimed = try await ContentThreads.reading.runIfActive { [content] in
            try content.objects.claimGrant(id.promise)
        }
        guard let file = claimed else {
            // A commit that is repeated because its answer was lost finds its work done.
            if try await content.holds(hash, repo: claims.repo) {
                return try Self.json(XorbUploadReply(wasInserted: false))
            }
            throw CASRefusal(.notFound, "nothing was uploaded under this grant")
        }
        try await ContentThreads.validating.runIfActive {
            try Self.check(file, against: id.promise)
        }
        let isNew = try await content.admit(file, as: hash, length: Int(id.promise.length), for: claims)
        return try Self.json(XorbUploadReply(wasInserted: isNew))
    }

    /// The bytes waited on disk, so length and CRC are checked again.
    private static func check(_ file: IncomingFile, against promise: XorbGrantPromise) throws {
        let size = try file.file.size()
        guard UInt64(size) == promise.length else {
            throw CASRefusal(.badRequest, "\(size) bytes were uploaded, \(promise.length) were promised")
        }
        var crc = CRC64NVME()
        try file.file.withMapping(length: size) { crc.update($0) }
        guard crc.value == promise.crc else {
            throw CASRefusal(.badRequest, "the CRC-64/NVME of the upload is \(crc.value), promised was \(promise.crc)")
        }
    }
}

extension ObjectStore {
    /// Takes what was uploaded under a grant, so that no second commit of it can; nil when nothing is there.
    func claimGrant(_ promise: XorbGrantPromise) throws -> IncomingFile? {
        let name = String(UInt64.random(in: .min ... .max), radix: 16)
        do {
            return try IncomingFile(claiming: grantPath(nonce: promise.nonce), as: "\(incoming)/\(name).part")
        } catch ContentError.system(_, _, let code) where code == ENOENT {
            return nil
        }
    }
}
