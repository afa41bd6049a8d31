import Foundation
package import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServerChannel

/// An HTTP/1.1 connection with the data plane inside its pipeline, before anything of the router.
struct DataPlaneChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    let plane: DataPlane

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self).handler
            let handler = SendfileHandler(
                plane: plane, idleTimeout: TimeAmount(plane.services.configuration.idleTimeout))
            try pipeline.addHandler(handler, position: .after(decoder))
            let exchanges = ExchangeHandler(metrics: plane.services.metrics, log: plane.services.accessLog)
            try pipeline.addHandler(exchanges, position: .before(handler))
            try pipeline.addHandler(FlushBeforeClose(), position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}

extension DataPlane {
    /// Largest header, in bytes: the ranges of a request for many parts of a xorb are the longest there are.
    static let maximumHeaderField = 32 << 10
    /// Largest head of a request, in bytes.
    static let maximumHeaders = 64 << 10
    static let maximumHeaderCount = 128
    /// A server whose connections answer ranges of xorbs with sendfile and hand everything else to the router.
    package static func serverBuilder(_ services: ServerServices) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            var configuration = HTTP1Channel.Configuration()
            configuration.httpDecoder = .init(
                maxHeaderFieldSize: maximumHeaderField, maxHeaderListSize: maximumHeaders,
                maxHeaderFieldCount: maximumHeaderCount)
            return DataPlaneChannel(
                http: HTTP1Channel(responder: responder, configuration: configuration),
                plane: DataPlane(services: services))
        }
    }
}
