internal import SwarmWire
internal import Xet

/// Which files are where, by the hash of their content. Folders are stored once, so that a file costs about 250 bytes.
///
/// Files belong to groups (a repository's folder in a cache), which are replaced as a whole.
struct SeedIndex: Sendable {
    struct Place: Sendable, Hashable {
        fileprivate var group: UInt32
        fileprivate var folder: UInt32
        /// 0 where there is none.
        fileprivate var manifestFolder: UInt32
        fileprivate var name: String
        var access: SeedAccess
    }

    struct Entry: Sendable {
        var size: UInt64
        /// Several files may have the same content. One is the rule, and costs no array.
        fileprivate var first: Place
        fileprivate var others: [Place] = []

        var places: [Place] { [first] + others }
        /// The content may go as far as the most open of its files.
        var access: SeedAccess { others.reduce(first.access) { max($0, $1.access) } }
    }

    /// What a change of a group did.
    struct Outcome: Sendable {
        var added: [FileHash] = []
        var lost: [FileHash] = []
    }

    private var entries: [FileHash: Entry] = [:]
    private var names = NameTable()
    private var ids: SwarmIDTable
    /// The files of each group.
    private var groups: [UInt32: [FileHash]] = [:]

    init(secrets: [SwarmSecret]) { ids = SwarmIDTable(secrets: secrets) }

    var count: Int { entries.count }
    /// Bytes of all files that anybody may have.
    var totalBytes: UInt64 { entries.values.reduce(0) { $1.access > .nobody ? $0 + $1.size : $0 } }

    subscript(hash: FileHash) -> Entry? { entries[hash] }

    func key(of id: SwarmID) -> FileKey? { ids.key(of: id) }

    /// The files that may go at least this far.
    func files(atLeast access: SeedAccess) -> [FileHash] {
        entries.lazy.filter { $0.value.access >= access }.map(\.key)
    }

    func largest(_ count: Int, atLeast access: SeedAccess) -> [FileHash: SeedAccess] {
        var found = entries.filter { $0.value.access >= access }.map { ($0.key, $0.value.access, $0.value.size) }
        if found.count > count {
            found.sort { ($0.2, $0.0) > ($1.2, $1.0) }
            found.removeLast(found.count - count)
        }
        return Dictionary(found.lazy.map { ($0.0, $0.1) }) { first, _ in first }
    }

    func path(of place: Place) -> String { names[place.folder] + "/" + place.name }

    func manifestFolder(of place: Place) -> String? {
        place.manifestFolder == 0 ? nil : names[place.manifestFolder]
    }

    /// Replaces what is known of a group.
    mutating func replace(_ group: String, with files: [SeedFile]) -> Outcome {
        let id = names.id(of: group)
        let before = Dictionary(groups[id, default: []].map { ($0, entries[$0]?.access ?? .nobody) }) { first, _ in
            first
        }
        for hash in before.keys { remove(hash) { $0.group == id } }
        var hashes: [FileHash] = []
        for file in files where add(file, group: id) { hashes.append(file.hash) }
        groups[id] = hashes.isEmpty ? nil : hashes
        var outcome = Outcome()
        for (hash, access) in before where (entries[hash]?.access ?? .nobody) < access { outcome.lost.append(hash) }
        for hash in Set(hashes) where (entries[hash]?.access ?? .nobody) > before[hash] ?? .nobody {
            outcome.added.append(hash)
        }
        return outcome
    }

    /// Forgets one file whose content is not what it should be.
    /// - Returns: whether the content is gone with it.
    mutating func remove(_ place: Place, of hash: FileHash) -> Bool {
        remove(hash) { $0 == place }
        return entries[hash] == nil
    }

    private mutating func add(_ file: SeedFile, group: UInt32) -> Bool {
        guard let slash = file.path.lastIndex(of: "/") else { return false }
        let place = Place(
            group: group, folder: names.id(of: String(file.path[..<slash])),
            manifestFolder: file.manifestFolder.map { names.id(of: $0) } ?? 0,
            name: String(file.path[file.path.index(after: slash)...]), access: file.access)
        guard var entry = entries[file.hash] else {
            entries[file.hash] = Entry(size: file.size, first: place)
            ids.insert(file.hash)
            return true
        }
        // Two sizes for one hash: one of the claims is wrong, and the first is as good as the second.
        guard entry.size == file.size else { return false }
        if entry.first != place, !entry.others.contains(place) { entry.others.append(place) }
        entries[file.hash] = entry
        return true
    }

    private mutating func remove(_ hash: FileHash, where isGone: (Place) -> Bool) {
        guard var entry = entries[hash] else { return }
        let left = entry.places.filter { !isGone($0) }
        guard let first = left.first else {
            entries[hash] = nil
            ids.remove(hash)
            return
        }
        entry.first = first
        entry.others = Array(left.dropFirst())
        entries[hash] = entry
    }
}

/// Texts that many records share, by number; 0 is none of them.
private struct NameTable: Sendable {
    private var texts: [String] = [""]
    private var numbers: [String: UInt32] = [:]

    subscript(number: UInt32) -> String { texts[Int(number)] }

    mutating func id(of text: String) -> UInt32 {
        if let known = numbers[text] { return known }
        let number = UInt32(texts.count)
        texts.append(text)
        numbers[text] = number
        return number
    }
}
