/// A quantisation behind a repository's name, as llama.cpp has it: `org/model-GGUF:Q4_K_M`.
enum QuantTag {
    /// Takes the tag off an address.
    /// - Returns: the quantisation that the tag or the option names; nil when neither does.
    /// - Throws: ``CommandFailure`` when they contradict each other.
    static func take(from address: inout String, option: String?) throws -> String? {
        guard let colon = address.lastIndex(of: ":"), case let tag = address[address.index(after: colon)...],
            !tag.isEmpty, tag.utf8.allSatisfy(isTagByte), address[..<colon].contains("/")
        else { return option }
        if let option, option.uppercased() != tag.uppercased() {
            throw CommandFailure.usage("--quant \(option) contradicts '\(address)'", hint: "give one of them")
        }
        let result = String(tag)
        address = String(address[..<colon])
        return result
    }

    private static func isTagByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
