internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServerChannel

/// An HTTP/1.1 connection that sends all of an answer before it is closed.
struct AgentChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    /// How long a reader may take for the rest of an answer.
    let patience: @Sendable () -> TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try channel.pipeline.syncOperations.addHandler(FlushBeforeClose(patience: patience), position: .first)
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}
