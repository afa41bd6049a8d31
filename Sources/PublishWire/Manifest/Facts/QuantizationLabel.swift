/// The type of weights that a file's name carries, as makers of GGUF files write it.
enum QuantizationLabel {
    /// The last part of a path's name or folder that is a type, such as `Q4_K_M`, with `UD-` where it stands before it.
    static func find(in path: String) -> String? {
        let levels = path.uppercased().split(separator: "/").suffix(2).reversed()
        for level in levels {
            let parts = level.split { $0 == "-" || $0 == "." }
            guard let index = parts.lastIndex(where: isLabel) else { continue }
            return index > 0 && parts[index - 1] == "UD" ? "UD-\(parts[index])" : String(parts[index])
        }
        return nil
    }

    private static func isLabel(_ part: Substring) -> Bool {
        if plain.contains(String(part)) { return true }
        for family in families where part.hasPrefix(family) {
            let rest = part.dropFirst(family.count)
            guard let digit = rest.first, ("1"..."8").contains(digit) else { return false }
            return rest.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            }
        }
        return false
    }

    private static let plain: Set<String> = ["F16", "F32", "BF16", "FP16", "FP32", "FP8", "INT8", "INT4", "NF4"]
    private static let families = ["IQ", "TQ", "MXFP", "NVFP", "Q"]
}
