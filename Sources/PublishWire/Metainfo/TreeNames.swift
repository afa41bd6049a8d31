/// The names of a tree of files: finds paths that are one on a system that folds case or normalises Unicode, and files
/// that are also folders.
package struct TreeNames {
    /// Files and folders together.
    package static let mostNodes = 600_000

    private struct Key: Hashable {
        let parent: Int32
        let name: String
    }

    private struct Node {
        let number: Int32
        let spelling: String
        let isFile: Bool
    }

    private var nodes: [Key: Node] = [:]

    package init() {}

    /// Adds a file and the folders it lies in.
    package mutating func insert(_ path: TorrentPath) throws(PublishError) {
        var parent: Int32 = 0
        for (level, component) in path.components.enumerated() {
            let isFile = level == path.components.count - 1
            let key = Key(parent: parent, name: Self.folded(component))
            guard let node = nodes[key] else {
                guard nodes.count < Self.mostNodes else {
                    throw PublishError(.tooLarge, "there are more than \(Self.mostNodes) files and folders")
                }
                let node = Node(number: Int32(nodes.count + 1), spelling: component, isFile: isFile)
                nodes[key] = node
                parent = node.number
                continue
            }
            let isSame = node.spelling.utf8.elementsEqual(component.utf8)
            guard !isFile, !node.isFile, isSame else { throw Self.collision(path, with: node, isSame: isSame) }
            parent = node.number
        }
    }

    private static func collision(_ path: TorrentPath, with node: Node, isSame: Bool) -> PublishError {
        let text = path.description.quoted
        let hint = "do not use it; its publisher has to rename one of them"
        if !isSame {
            return PublishError(
                .nameCollision,
                "\(text) and another path differ only by case or Unicode form, in "
                    + node.spelling.quoted, hint: hint)
        }
        return PublishError(
            .nameCollision,
            node.isFile && node.spelling == path.name
                ? "\(text) is there twice, or is also a folder"
                : "\(text) lies in or is a folder that is also a file", hint: hint)
    }

    /// A name as the least exact file system sees it. Strings compare by canonical equivalence, so case and characters
    /// without width are all that is left to fold.
    static func folded(_ name: String) -> String {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return name.lowercased() }
        var kept = String.UnicodeScalarView()
        for scalar in name.uppercased().lowercased().unicodeScalars
        where !scalar.properties.isDefaultIgnorableCodePoint {
            kept.append(scalar)
        }
        return String(kept)
    }
}
