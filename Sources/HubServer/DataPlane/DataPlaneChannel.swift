import Foundation
package import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// An HTTP/1.1 connection with the data plane inside its pipeline, before anything of the router.
struct DataPlaneChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    let plane: DataPlane

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self).handler
            let handler = SendfileHandler(plane: plane, idleTimeout: DataPlane.idleTimeout)
            try pipeline.addHandler(handler, position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}

extension DataPlane {
    /// How long a connection with nothing under way stays open.
    static let idleTimeout = TimeAmount.seconds(120)

    /// A server whose connections answer ranges of xorbs with sendfile and hand everything else to the router.
    package static func serverBuilder(_ services: ServerServices) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            DataPlaneChannel(http: HTTP1Channel(responder: responder), plane: DataPlane(services: services))
        }
    }
}
