import Foundation
import HubWire

extension JSONValue {
    /// Reads stored JSON; nil when there is none or it is damaged.
    init?(stored text: String?) {
        guard let text, let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
        self = value
    }

    /// The JSON's text, to be stored.
    func stored() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}
