/// How much room weights take.
package enum WeightSize {
    /// Bits of one weight, scales included, rounded up where labels of one digit differ; nil for a type that is not
    /// known.
    package static func bits(of label: String) -> Double? {
        let label = label.uppercased()
        if let bits = types[label] { return bits }
        // Methods such as GPTQ-4BIT, which keep a scale for each group.
        if label.hasSuffix("BIT"), let digit = label.dropLast(3).last?.wholeNumberValue, (1...8).contains(digit) {
            return Double(digit) + 0.5
        }
        let name = label.hasPrefix("UD-") ? label.dropFirst(3) : label[...]
        for (prefix, scales) in families where name.hasPrefix(prefix) {
            guard let digit = name.dropFirst(prefix.count).first?.wholeNumberValue, (1...8).contains(digit) else {
                continue
            }
            return Double(digit) + (digit == 8 ? 0.5 : scales)
        }
        return nil
    }

    /// GiB for the weights and a fifth more, rounded up.
    /// - Parameters:
    ///   - bits: of one weight; 16 when not known.
    ///   - weightBytes: stands in for parameters that are not known.
    package static func memory(parameters: Int64?, bits: Double?, weightBytes: Int64) -> Int64? {
        let weights: Double
        if let parameters, parameters > 0 {
            weights = Double(parameters) * (bits ?? 16) / 8
        } else if weightBytes > 0 {
            weights = Double(weightBytes)
        } else {
            return nil
        }
        return Int64((weights * 1.2 / 0x1p30).rounded(.up))
    }

    private static let types: [String: Double] = [
        "F64": 64, "FLOAT64": 64, "F32": 32, "FP32": 32, "FLOAT32": 32, "FLOAT": 32, "F16": 16, "FP16": 16,
        "FLOAT16": 16, "HALF": 16, "BF16": 16, "BFLOAT16": 16, "FP8": 8, "F8_E4M3": 8, "F8_E5M2": 8,
        "FLOAT8_E4M3FN": 8, "FLOAT8_E5M2": 8, "I8": 8, "INT8": 8, "U8": 8, "INT4": 4.5, "NF4": 4.5, "FP4": 4.5,
    ]

    /// The digit that follows tells the bits; how much scales add is measured on usual files.
    private static let families: [(String, Double)] = [
        ("MXFP", 0.25), ("NVFP", 0.5), ("IQ", 0.6), ("TQ", 0.7), ("Q", 1),
    ]
}
