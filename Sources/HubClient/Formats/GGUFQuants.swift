/// The quantisations that a repository of GGUF files offers, found by the names of its files.
///
/// A quantisation is one file, or its parts (`…-00001-of-00003.gguf`). Projectors (`mmproj…`) and importance matrices
/// (`imatrix…`) are none.
public struct GGUFQuants: Sendable {
    /// One choice.
    public struct Quant: Sendable, Hashable {
        /// As in the file's name, in upper case: `Q4_K_M`, `UD-Q4_K_XL`, `BF16`.
        public var label: String
        /// The path without part number and ending: what tells two models of one quantisation apart.
        public var model: String
        /// All parts, in order.
        public var files: [String]
        public var size: UInt64
        /// How many parts the names announce; more than ``files`` when some are missing.
        public var partCount: Int

        public var isComplete: Bool { files.count == partCount }
    }

    /// From small to large.
    public var quants: [Quant]
    /// Every path of the repository, to find companions in.
    private let paths: [String]

    /// Looks through a listing.
    public init(_ files: [(path: String, size: UInt64)]) {
        paths = files.map(\.path)
        var found: [String: Quant] = [:]
        for (path, size) in files {
            guard let name = GGUFFileName(path) else { continue }
            let key = "\(name.model)\u{0}\(name.partCount)"
            var quant =
                found[key]
                ?? Quant(
                    label: name.label, model: name.model, files: [], size: 0, partCount: name.partCount)
            quant.files.append(path)
            quant.size += size
            found[key] = quant
        }
        quants = found.values.map { quant in
            var quant = quant
            quant.files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return quant
        }.sorted { ($0.size, $0.model) < ($1.size, $1.model) }
    }

    /// The paths to fetch for a quantisation: its files, one projector if the repository has any, and the small files
    /// that runtimes read beside them: README, licence, JSON, tokenizer, templates. No other weights.
    /// - Parameter name: upper or lower case; `UD-` may be left out when that is not ambiguous.
    /// - Throws: ``HubError`` with code `quant_not_found`, which names what there is, or `quant_ambiguous`.
    public func selection(of name: String) throws(HubError) -> [String] {
        let quant = try quant(named: name)
        guard quant.isComplete else {
            throw HubError(
                .quantNotFound, "\(quant.label) has only \(quant.files.count) of its \(quant.partCount) parts.",
                hint: "Tell the owner of the repository, or choose another: \(labels).")
        }
        let wanted = Set(quant.files + (projector.map { [$0] } ?? []))
        return paths.filter { wanted.contains($0) || GGUFQuants.isCompanion($0) }
    }

    private func quant(named name: String) throws(HubError) -> Quant {
        let wanted = name.uppercased()
        for candidate in [wanted, "UD-" + wanted] {
            let matches = quants.filter { $0.label == candidate }
            if matches.count == 1 { return matches[0] }
            if matches.count > 1 {
                throw HubError(
                    .quantAmbiguous,
                    "\(name) is there more than once: \(matches.map { $0.files[0] }.joined(separator: ", ")).",
                    hint: "Name the file, or use --include.")
            }
        }
        throw HubError(
            .quantNotFound,
            quants.isEmpty ? "The repository has no GGUF files." : "The repository has no quantisation \(name).",
            hint: quants.isEmpty ? nil : NearNames.hint(near(wanted), else: "There are: \(labels)."))
    }

    /// Labels that begin with what was asked for, or look like it.
    private func near(_ wanted: String) -> [String] {
        var seen: Set<String> = []
        let all = quants.map(\.label).filter { seen.insert($0).inserted }
        let begun = all.filter { $0.hasPrefix(wanted) || $0.hasPrefix("UD-" + wanted) }
        return begun.isEmpty ? EditDistance.nearest(to: wanted, in: all) : Array(begun.prefix(4))
    }

    private var labels: String {
        var seen: Set<String> = []
        return quants.map(\.label).filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    /// One projector is enough; F16 is what runtimes like best.
    private var projector: String? {
        let all = paths.filter { GGUFFileName.isGGUF($0) && GGUFFileName.lowerName(of: $0).contains("mmproj") }
        for type in ["-f16.", "-bf16.", "_f16."] {
            if let match = all.first(where: { GGUFFileName.lowerName(of: $0).contains(type) }) { return match }
        }
        return all.first
    }

    private static func isCompanion(_ path: String) -> Bool {
        guard !path.utf8.contains(UInt8(ascii: "/")) else { return false }
        let name = path.lowercased()
        let isNamed = ["readme.md", "tokenizer.model", "template", "system", "params", "vocab.txt", "merges.txt"]
            .contains(name)
        return isNamed || name.hasPrefix("license") || name.hasPrefix("licence") || name.hasSuffix(".jinja")
            || (name.hasSuffix(".json") && !name.hasSuffix(".index.json"))
    }
}

/// What the name of a GGUF file says.
struct GGUFFileName {
    var label: String
    var model: String
    var partCount: Int

    /// - Returns: nil for other files, and for GGUF files that are no model or name no quantisation.
    init?(_ path: String) {
        let name = GGUFFileName.lowerName(of: path)
        guard GGUFFileName.isGGUF(path), !name.contains("mmproj"), !name.contains("imatrix") else { return nil }
        var stem = path.dropLast(5)
        partCount = 1
        if let (rest, count) = GGUFFileName.splitPart(stem) {
            stem = rest
            partCount = count
        }
        model = String(stem)
        let base = stem[(stem.lastIndex(of: "/").map(stem.index(after:)) ?? stem.startIndex)...]
        let folder = stem.dropLast(base.count + 1).split(separator: "/").last
        let ofFolder = folder.flatMap { GGUFFileName.label(in: $0) }
        guard let label = GGUFFileName.label(in: base) ?? ofFolder else { return nil }
        self.label = label
    }

    static func isGGUF(_ path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

    static func lowerName(of path: String) -> String { LocalPath.name(of: path).lowercased() }

    /// Takes `-00001-of-00003` off the end.
    private static func splitPart(_ stem: Substring) -> (Substring, Int)? {
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[parts.count - 2].lowercased() == "of",
            let total = parts.last, total.utf8.count == 5, let count = Int(total), (1...99_999).contains(count),
            parts[parts.count - 3].utf8.count == 5, Int(parts[parts.count - 3]) != nil
        else { return nil }
        return (stem.dropLast(15), count)
    }

    /// The last piece of a name that is a quantisation, with `UD-` where it stands in front.
    private static func label(in name: Substring) -> String? {
        let pieces = name.split { $0 == "-" || $0 == "." }
        guard let index = pieces.lastIndex(where: { isQuant($0.uppercased()) }) else { return nil }
        let label = pieces[index].uppercased()
        return index > 0 && pieces[index - 1].uppercased() == "UD" ? "UD-" + label : label
    }

    private static func isQuant(_ text: String) -> Bool {
        if ["F16", "F32", "BF16", "FP16", "FP32", "F64"].contains(text) { return true }
        for prefix in ["IQ", "TQ", "Q", "MXFP"] where text.hasPrefix(prefix) {
            let rest = text.dropFirst(prefix.count)
            guard let digit = rest.first, digit.isASCII, digit.isNumber else { return false }
            return rest.utf8.allSatisfy { $0 == UInt8(ascii: "_") || ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) }
        }
        return false
    }
}
