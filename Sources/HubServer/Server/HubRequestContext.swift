import Hummingbird
import NIOCore

/// What the server knows of a request beside its head: where it comes from.
struct HubRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address at the other end of the connection.
    let remoteAddress: String?
    /// The address at this end.
    let localAddress: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
        localAddress = source.channel.localAddress?.ipAddress
    }
}
