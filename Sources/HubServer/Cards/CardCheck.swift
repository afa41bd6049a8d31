import HubWire

/// What is wrong with a README's metadata, by the rules that the Hub has for it.
struct CardCheck: Sendable, Equatable {
    private(set) var errors: [String] = []
    private(set) var warnings: [String] = []

    init(readme: String) {
        guard let block = FrontMatter.block(of: readme) else {
            warnings.append("empty or missing yaml metadata in repo card")
            return
        }
        do {
            let data = try FrontMatter.parse(block)
            if data == [:] { warnings.append("empty or missing yaml metadata in repo card") }
            for key in ["license", "language", "tags", "datasets", "metrics", "base_model"] {
                requireTexts(data[key], key)
            }
            for key in ["pipeline_tag", "library_name", "license_name", "license_link", "pretty_name", "sdk", "title"] {
                requireText(data[key], key)
            }
        } catch {
            errors.append("Invalid YAML: \(error.message)")
        }
    }

    private mutating func requireText(_ value: JSONValue?, _ key: String) {
        switch value {
        case nil, .null, .string: return
        default: errors.append("\"\(key)\" must be a string")
        }
    }

    private mutating func requireTexts(_ value: JSONValue?, _ key: String) {
        switch value {
        case nil, .null, .string: return
        case .array(let values) where values.allSatisfy({ $0.text != nil }): return
        default: errors.append("\"\(key)\" must be a string or a list of strings")
        }
    }
}
