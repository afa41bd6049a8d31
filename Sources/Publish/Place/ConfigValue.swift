internal import HubClient
internal import Yams

/// What is wrong with a settings file, and on which line.
struct ConfigFlaw: Error {
    var line: Int
    var message: String
    var hint: String?
}

/// One value of a settings file.
struct ConfigValue {
    let key: String
    let line: Int
    private let node: Node

    init(key: String, line: Int, node: Node) {
        self.key = key
        self.line = line
        self.node = node
    }

    private var isText: Bool { node.tag.rawValue == Tag.Name.str.rawValue }
    private var isNothing: Bool { node.tag.rawValue == Tag.Name.null.rawValue }

    func text() throws(ConfigFlaw) -> String {
        if isNothing { return "" }
        guard case .scalar(let scalar) = node, isText else { throw wrong("a text") }
        return scalar.string
    }

    /// A folder; nil for an empty text.
    func path() throws(ConfigFlaw) -> String? {
        let text = try text()
        guard !text.isEmpty else { return nil }
        guard text.hasPrefix("/") || text == "~" || text.hasPrefix("~/"), !text.utf8.contains(0) else {
            throw flaw("it takes an absolute path, or one below ~")
        }
        return text
    }

    func flag() throws(ConfigFlaw) -> Bool {
        guard node.tag.rawValue == Tag.Name.bool.rawValue, let flag = node.bool else { throw wrong("true or false") }
        return flag
    }

    func number(_ range: ClosedRange<Int>) throws(ConfigFlaw) -> Int {
        guard node.tag.rawValue == Tag.Name.int.rawValue, let number = node.int, range.contains(number) else {
            throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func ratio() throws(ConfigFlaw) -> Double {
        let isNumber = [Tag.Name.int.rawValue, Tag.Name.float.rawValue].contains(node.tag.rawValue)
        guard isNumber, let ratio = node.float, ratio >= 0, ratio <= 1e6 else { throw wrong("a number from 0") }
        return ratio
    }

    /// Bytes, such as `4194304` or `4M`.
    func size() throws(ConfigFlaw) -> Int {
        if case .scalar(let scalar) = node, let bytes = ByteAmount.parse(scalar.string) { return bytes }
        throw wrong("a number of bytes, such as 4194304 or 4M")
    }

    /// Bytes within limits.
    func size(_ range: ClosedRange<Int>) throws(ConfigFlaw) -> Int {
        let bytes = try size()
        guard range.contains(bytes) else {
            throw flaw("it takes from \(range.lowerBound) to \(range.upperBound) bytes, such as 4194304 or 4M")
        }
        return bytes
    }

    /// Bytes per second, such as `1048576` or `1M`.
    func rate() throws(ConfigFlaw) -> Int {
        if case .scalar(let scalar) = node, let rate = ByteAmount.parse(rate: scalar.string), rate <= Int(Int32.max) {
            return rate
        }
        throw wrong("bytes per second, such as 1048576 or 1M, below 2 GiB, or 0 for no limit")
    }

    /// `HOST:PORT` of nodes, up to 64; nil when there is none.
    func nodes() throws(ConfigFlaw) -> [String]? {
        if isNothing { return nil }
        guard case .sequence(let items) = node, items.count <= 64 else { throw wrong("a list of up to 64 HOST:PORT") }
        var names: [String] = []
        for item in items {
            guard case .scalar(let scalar) = item, let colon = scalar.string.lastIndex(of: ":"),
                colon > scalar.string.startIndex, scalar.string.utf8.count <= 260,
                let port = Int(scalar.string[scalar.string.index(after: colon)...]), (1...65_535).contains(port),
                scalar.string.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2C })
            else { throw wrong("a list of HOST:PORT") }
            names.append(scalar.string)
        }
        return names.isEmpty ? nil : names
    }

    func flaw(_ message: String) -> ConfigFlaw {
        ConfigFlaw(line: line, message: "'\(key)' is \(shown)", hint: message)
    }

    func unknown(_ key: String, among keys: [String]) -> ConfigFlaw {
        let section = key.prefix { $0 != "." }
        let near = keys.filter { $0.hasPrefix("\(section).") }.joined(separator: ", ")
        return ConfigFlaw(
            line: line, message: "there is no setting '\(key)'",
            hint: "the settings are " + (near.isEmpty ? keys.joined(separator: ", ") : near))
    }

    private func wrong(_ expected: String) -> ConfigFlaw { flaw("it takes \(expected)") }

    private var shown: String {
        switch node {
        case .scalar(let scalar): "'\(scalar.string.prefix(60))'"
        case .sequence: "a list"
        case .mapping: "a section"
        case .alias: "an alias"
        }
    }
}
