internal import HubClient
internal import HubWire

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A result as `--format agent` prints it: `key=value` lines for an object, a table with tabs for a list of objects.
enum AgentText {
    static func lines(_ document: some Encodable) throws -> [String] {
        let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(document))
        switch value {
        case .object(let members):
            return try members.keys.sorted().map { "\($0)=\(try cell(members[$0] ?? .null))" }
        case .array(let rows):
            guard rows.allSatisfy({ if case .object = $0 { true } else { false } }) else { return try rows.map(cell) }
            var keys = Set<String>()
            for case .object(let members) in rows { keys.formUnion(members.keys) }
            let columns = keys.sorted()
            guard !columns.isEmpty else { return [] }
            return try [columns.joined(separator: "\t")]
                + rows.map { row in try columns.map { try cell(row[$0] ?? .null) }.joined(separator: "\t") }
        default:
            return [try cell(value)]
        }
    }

    private static func cell(_ value: JSONValue) throws -> String {
        switch value {
        case .null: return ""
        case .string(let text):
            return String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        default: return try JSONOutput.text(value)
        }
    }
}
