#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Small files of the kernel, which have no size to go by.
enum ProcFile {
    static func lines(_ path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { load(file, $0 + filled, buffer.count - filled) } ?? 0
            }
            guard got > 0 else { break }
            filled += got
        }
        return String(decoding: bytes[..<filled], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func names(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// Outside of the type, whose own `read` would be found first.
private func load(_ file: Int32, _ base: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, base, count) }
