/// Why a desk does not do what it is asked for.
package struct DeskFault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable { case unknown, conflict, tooMany = "too_many", stopping }

    package var code: Code
    package var message: String
    package var hint: String?

    package var description: String { message }

    static func unknown(_ id: String) -> DeskFault {
        DeskFault(code: .unknown, message: "there is no transfer '\(id)'", hint: "GET /v1/transfers lists them")
    }

    static func isOver(_ id: String, _ status: TorrentTransfer.Status) -> DeskFault {
        DeskFault(code: .conflict, message: "transfer '\(id)' is over: \(status.rawValue)")
    }

    static let stopping = DeskFault(code: .stopping, message: "the agent is on its way out")
}
