package import PublishWire
internal import Yams

extension PublishSettings {
    /// Largest file that is read, in bytes.
    private static let largest = 64 << 10

    /// Reads the file of this user; defaults where there is none.
    /// - Throws: ``PublishError`` with code `bad_config`, key and line for a file that cannot be used.
    package static func load(environment: [String: String], home: String) throws(PublishError) -> PublishSettings {
        let path = usualPath(environment: environment, home: home)
        guard FileFacts(path) != nil else { return PublishSettings() }
        guard let bytes = PlacedFile.read(path, limit: largest) else {
            throw PublishError(
                .badConfig, "\(path) cannot be read, or has more than \(largest >> 10) KiB",
                hint: "mend it, or write a new one with 'shoal init --force'")
        }
        return try PublishSettings(parsing: bytes, of: path)
    }

    /// Reads a file's text.
    /// - Parameter path: for error messages.
    package init(parsing bytes: [UInt8], of path: String) throws(PublishError) {
        self.init()
        do throws(ConfigFlaw) {
            try take(bytes)
        } catch {
            throw PublishError(
                .badConfig, "\(path):\(error.line) cannot be used: \(error.message)",
                hint: error.hint ?? "mend the line, or write a new file with 'shoal init --force'")
        }
    }

    private mutating func take(_ bytes: [UInt8]) throws(ConfigFlaw) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigFlaw(line: 1, message: "it is not UTF-8")
        }
        try YAMLBounds.check(text)
        guard let root = try Self.compose(text) else { return }
        for (name, node) in try Self.members(of: root, as: "the file") {
            guard let section = name.string, Self.keys.contains(where: { $0.hasPrefix(section + ".") }) else {
                let sections = Set(Self.keys.map { String($0.prefix { $0 != "." }) }).sorted()
                throw ConfigFlaw(
                    line: name.mark?.line ?? 1, message: "there is no section '\((name.string ?? "").prefix(60))'",
                    hint: "the sections are " + sections.joined(separator: ", "))
            }
            if node.null != nil, node.tag.rawValue == Tag.Name.null.rawValue { continue }
            for (key, value) in try Self.members(of: node, as: "'\(section)'") {
                let full = section + "." + (key.string ?? "").prefix(60)
                let line = value.mark?.line ?? key.mark?.line ?? 1
                try set(full, ConfigValue(key: full, line: line, node: value))
            }
        }
    }

    private static func members(of node: Node, as what: String) throws(ConfigFlaw) -> [(Node, Node)] {
        guard case .mapping(let mapping) = node else {
            throw ConfigFlaw(line: node.mark?.line ?? 1, message: "\(what) is no list of keys and values")
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private static func compose(_ text: String) throws(ConfigFlaw) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw ConfigFlaw(line: mark.line, message: problem)
            case .duplicatedKeysInMapping(let keys, let context):
                throw ConfigFlaw(line: context.mark.line, message: "'\(keys.first ?? "")' stands there twice")
            default: throw ConfigFlaw(line: 1, message: "it is no YAML")
            }
        } catch {
            throw ConfigFlaw(line: 1, message: "it is no YAML")
        }
    }
}

/// Bounds for what a parser that calls itself is given.
enum YAMLBounds {
    private static let most = 64

    static func check(_ text: String) throws(ConfigFlaw) {
        var brackets = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let bytes = Array(line.utf8)
            let indent = bytes.prefix { $0 == 0x20 || $0 == 0x09 }.count
            guard bytes.count > indent, bytes[indent] != UInt8(ascii: "#") else { continue }
            brackets += bytes.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            let marks = bytes.count { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }
            guard indent <= most, brackets <= most, marks <= most else {
                throw ConfigFlaw(line: index + 1, message: "it is nested too deeply")
            }
            let isReferring = zip(bytes, bytes.dropFirst()).enumerated().contains { place, pair in
                guard pair.0 == UInt8(ascii: "&") || pair.0 == UInt8(ascii: "*") else { return false }
                let before = place == 0 ? 0x20 : bytes[place - 1]
                return pair.1 > 0x20 && [0x20, 0x09, 0x2C, 0x3A, 0x5B, 0x7B].contains(before)
            }
            guard !isReferring else {
                throw ConfigFlaw(line: index + 1, message: "anchors and aliases are not used in this file")
            }
        }
    }
}
