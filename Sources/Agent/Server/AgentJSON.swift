internal import Foundation

/// JSON as the agent writes it.
enum AgentJSON {
    static func bytes(_ document: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Its documents have nothing that JSON cannot say.
        return (try? encoder.encode(document)) ?? Data("null".utf8)
    }
}
