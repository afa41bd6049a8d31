internal import CTorrent

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Memory in C's form that lives until this is let go of: an order to the engine points to many texts and lists.
final class CMemory {
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit {
        for memory in allocations { memory.deallocate() }
    }

    func text(_ text: String) -> UnsafePointer<CChar> {
        UnsafePointer(copy(Array(text.utf8CString)))
    }

    func texts(_ texts: [String]) -> ctorrent_texts {
        ctorrent_texts(items: UnsafePointer(copy(texts.map { Optional(text($0)) })), count: texts.count)
    }

    func bytes(_ bytes: [UInt8]) -> ctorrent_bytes {
        ctorrent_bytes(bytes: bytes.isEmpty ? nil : UnsafePointer(copy(bytes)), count: bytes.count)
    }

    func list<Element: BitwiseCopyable>(_ list: [Element]) -> UnsafePointer<Element>? {
        list.isEmpty ? nil : UnsafePointer(copy(list))
    }

    private func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        elements.withUnsafeBufferPointer { buffer in
            if let first = buffer.baseAddress { memory.initialize(from: first, count: buffer.count) }
        }
        allocations.append(UnsafeMutableRawPointer(memory))
        return memory
    }
}

extension ctorrent_buffer {
    /// Its bytes; it is given back.
    consuming func take() -> [UInt8] {
        defer { ctorrent_release(bytes) }
        return bytes.map { Array(UnsafeBufferPointer(start: $0, count: count)) } ?? []
    }
}

extension ctorrent_bytes {
    var array: [UInt8] { bytes.map { Array(UnsafeBufferPointer(start: $0, count: count)) } ?? [] }
}

/// A text that C allocated; it is given back.
func takeText(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text else { return nil }
    defer { ctorrent_release(text) }
    return String(cString: text)
}

/// The bytes of a C array, which Swift sees as a tuple.
func bytes<Tuple>(of tuple: Tuple) -> [UInt8] {
    withUnsafeBytes(of: tuple) { Array($0) }
}
