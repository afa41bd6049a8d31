import HubWire
import Yams

/// The YAML block between `---` lines that a README may start with: what its author says about the repository.
enum FrontMatter {
    /// Why a block cannot be read.
    struct Problem: Error, Sendable, Equatable {
        var message: String
    }

    /// Longer blocks are refused, in bytes.
    static let maximumLength = 512 << 10
    private static let maximumNesting = 64
    /// Aliases let a short text stand for a huge value; no more than this many nodes come out of one.
    private static let maximumNodes = 100_000

    /// The block's text, or nil when the file has none.
    static func block(of readme: some StringProtocol) -> Substring? {
        var text = Substring(readme)
        if text.unicodeScalars.first == "\u{FEFF}" { text = Substring(text.unicodeScalars.dropFirst()) }
        let isRule = { (line: Substring) in line.prefix { $0 != " " && $0 != "\t" } == "---" && line.hasRule }
        guard let first = text.firstIndex(where: \.isNewline), isRule(text[..<first]) else { return nil }
        let start = text.index(after: first)
        var line = start
        while line < text.endIndex {
            let end = text[line...].firstIndex(where: \.isNewline) ?? text.endIndex
            if isRule(text[line..<end]) { return text[start..<line] }
            line = end < text.endIndex ? text.index(after: end) : end
        }
        return nil
    }

    /// The document without its block.
    static func body(of readme: String) -> Substring {
        guard let block = block(of: readme) else { return readme[...] }
        let rest = readme[block.endIndex...]
        return rest.firstIndex(where: \.isNewline).map { rest[rest.index(after: $0)...] } ?? ""
    }

    /// Parses a block into an object, which is empty for an empty block.
    static func parse(_ block: some StringProtocol) throws(Problem) -> JSONValue {
        guard block.utf8.count <= maximumLength else {
            throw Problem(message: "the metadata is longer than \(maximumLength >> 10) KiB")
        }
        guard isShallow(block) else { throw Problem(message: "the metadata is nested too deeply") }
        guard hasFewAliases(block) else { throw Problem(message: "the metadata has too many aliases") }
        let node: Node?
        do {
            node = try compose(yaml: String(block), .default)
        } catch {
            throw Problem(message: describe(error))
        }
        guard let node else { return [:] }
        var budget = maximumNodes
        let value = try convert(node, &budget)
        if value == .null { return [:] }
        guard case .object = value else { throw Problem(message: "the metadata must be a list of keys and values") }
        return value
    }

    /// Aliases of aliases stand for huge values, and the parser walks them before anybody can count.
    private static func hasFewAliases(_ block: some StringProtocol) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        var (anchors, aliases) = (0, 0)
        var (before, mark) = (UInt8(ascii: "\n"), UInt8(ascii: "\n"))
        for byte in block.utf8 {
            if isWord(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_"), !isWord(before) {
                if mark == UInt8(ascii: "&") { anchors += 1 }
                if mark == UInt8(ascii: "*") { aliases += 1 }
            }
            (before, mark) = (mark, byte)
        }
        return anchors == 0 || aliases <= (anchors == 1 ? 100 : 12)
    }

    /// The parser descends on the stack, so what nests deeply must not reach it.
    private static func isShallow(_ block: some StringProtocol) -> Bool {
        var open = 0
        var dashes = 0
        for byte in block.utf8 {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): open = max(0, open - 1)
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): dashes += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
            default: dashes = 0
            }
            // A long rule of dashes is no nesting, but nobody needs one in metadata either.
            if open > maximumNesting || dashes > 4 * maximumNesting { return false }
        }
        let lines = String(block).split { $0.isNewline }
        let deepest = lines.map { line in line.prefix { $0 == " " }.count }.max() ?? 0
        return deepest <= 16 * maximumNesting
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "the metadata is not YAML" }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { "\($0.text) " } ?? ""
            return "line \(mark.line): \(place)\(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            return "the key \"\(keys.first.map(String.init(describing:)) ?? "")\" stands there twice"
        case .reader(let problem, _, _, _): return problem
        default: return "the metadata is not YAML"
        }
    }

    private static func convert(_ node: Node, _ budget: inout Int) throws(Problem) -> JSONValue {
        budget -= 1
        guard budget >= 0 else { throw Problem(message: "the metadata is too large") }
        switch node {
        case .scalar(let scalar): return convert(scalar)
        case .sequence(let sequence):
            var values: [JSONValue] = []
            for item in sequence { values.append(try convert(item, &budget)) }
            return .array(values)
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw Problem(message: "a key must be a plain text") }
                members[name.string] = try convert(value, &budget)
            }
            return .object(members)
        case .alias: throw Problem(message: "the metadata has an alias that stands for nothing")
        }
    }

    /// YAML 1.2's words alone: `no` is a language here, and a date stays as it was written.
    private static func convert(_ scalar: Node.Scalar) -> JSONValue {
        let text = scalar.string
        guard scalar.style == .any || scalar.style == .plain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first), text.utf8.count <= 40 else {
            return .string(text)
        }
        if let number = Int64(text) { return .integer(number) }
        let isNumber = text.utf8.allSatisfy { "+-.eE0123456789".utf8.contains($0) }
        return isNumber ? Double(text).map(JSONValue.number) ?? .string(text) : .string(text)
    }
}

extension Substring {
    /// Whether nothing but blanks follows three dashes.
    fileprivate var hasRule: Bool { dropFirst(3).allSatisfy { $0 == " " || $0 == "\t" } }
}
