import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

/// `PUT /data/grants/{id}?signature=…`: the bytes of a xorb, as long and with the CRC that the grant promised. They
/// wait on disk for the commit of the grant.
extension DataPlane {
    func upload(_ request: Request, grant text: Substring) async throws -> Response {
        guard signer.isValidUpload(id: text, query: request.uri.query ?? ""),
            let id = XorbGrantID(parsing: text, secrets: services.secrets)
        else { throw CASRefusal(.forbidden, "the URL is not valid") }
        guard !id.isExpired(now: Date()) else { throw CASRefusal(.forbidden, "the URL has expired") }
        let promise = id.promise
        let announced = request.headers[.contentLength].flatMap { UInt64($0) }
        guard announced == nil || announced == promise.length else {
            throw CASRefusal(.badRequest, "the grant is for \(promise.length) bytes", headers: [.connection: "close"])
        }
        let objects = services.content.objects
        let file = try await ContentThreads.reading.runIfActive {
            objects.sweepNowAndThen()
            return try objects.makeIncoming()
        }
        let received = try await BodyReceiver.receive(request, into: file, limit: Int(promise.length))
        guard UInt64(received.length) == promise.length else {
            throw CASRefusal(.badRequest, "\(received.length) bytes came, \(promise.length) were promised")
        }
        guard received.crc == promise.crc else {
            throw CASRefusal(.badRequest, "the CRC-64/NVME is \(received.crc), promised was \(promise.crc)")
        }
        try await ContentThreads.reading.runIfActive {
            try file.keep(as: objects.grantPath(nonce: promise.nonce))
        }
        return Response(status: .ok)
    }
}
