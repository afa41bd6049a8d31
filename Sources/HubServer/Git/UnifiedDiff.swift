import Foundation

/// Differences between files as `git diff` prints them, so far as they are small texts.
struct UnifiedDiff {
    /// Longer files are only said to differ, in bytes.
    static let maximumFile: Int64 = 64 << 10
    /// The text ends after so many bytes.
    static let maximumText = 1 << 20
    /// Comparing takes time by the square of the lines that differ, so only so many are looked at in all.
    private static let maximumLines = 4000
    private static let context = 3

    private(set) var text = ""
    private var lines = 0

    /// Adds a file's change; contents are nil where they are too long to be shown or are no text.
    mutating func add(_ change: TreeDifference.Change, old: Data?, new: Data?) {
        guard text.utf8.count < Self.maximumText else { return }
        let path = "\(change.path)"
        text += "diff --git a/\(path) b/\(path)\n"
        if change.old == nil { text += "new file mode 100644\n" }
        if change.new == nil { text += "deleted file mode 100644\n" }
        let ids = [change.old, change.new].map { entry in
            entry.map { "\($0.id)" } ?? String(repeating: "0", count: 40)
        }
        text += "index \(ids[0])..\(ids[1])\(change.old != nil && change.new != nil ? " 100644" : "")\n"
        guard let before = Self.lines(old, change.old), let after = Self.lines(new, change.new) else {
            text += "Binary files differ\n"
            return
        }
        guard before != after else { return }
        lines += before.count + after.count
        guard lines <= Self.maximumLines else { return }
        text += "--- \(change.old == nil ? "/dev/null" : "a/\(path)")\n"
        text += "+++ \(change.new == nil ? "/dev/null" : "b/\(path)")\n"
        addHunks(before, after)
    }

    /// The lines of a file with their ends; none for a file that is not there, nil for one that cannot be shown.
    private static func lines(_ content: Data?, _ entry: GitTreeEntry?) -> [String]? {
        guard entry != nil else { return [] }
        guard let content, !content.contains(0), let text = String(validating: content, as: UTF8.self) else {
            return nil
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + "\n" }
        let last = lines.removeLast()
        if last != "\n" { lines.append(last.dropLast() + "\n\\ No newline at end of file\n") }
        return lines.map { String($0) }
    }

    private enum Edit {
        case keep(String)
        case remove(String)
        case insert(String)
    }

    private mutating func addHunks(_ before: [String], _ after: [String]) {
        let edits = Self.edits(before, after)
        // Lines near a change belong to its hunk.
        let isNear = edits.indices.map { index in
            edits[max(0, index - Self.context)...min(edits.count - 1, index + Self.context)].contains {
                if case .keep = $0 { false } else { true }
            }
        }
        var (oldLine, newLine, index) = (1, 1, 0)
        while index < edits.count {
            guard isNear[index] else {
                (oldLine, newLine, index) = (oldLine + 1, newLine + 1, index + 1)
                continue
            }
            let end = isNear[index...].firstIndex(of: false) ?? edits.count
            var (oldCount, newCount, body) = (0, 0, "")
            for edit in edits[index..<end] {
                switch edit {
                case .keep(let line): (oldCount, newCount, body) = (oldCount + 1, newCount + 1, body + " " + line)
                case .remove(let line): (oldCount, body) = (oldCount + 1, body + "-" + line)
                case .insert(let line): (newCount, body) = (newCount + 1, body + "+" + line)
                }
            }
            let starts = (oldCount == 0 ? oldLine - 1 : oldLine, newCount == 0 ? newLine - 1 : newLine)
            text += "@@ -\(starts.0),\(oldCount) +\(starts.1),\(newCount) @@\n" + body
            (oldLine, newLine, index) = (oldLine + oldCount, newLine + newCount, end)
        }
    }

    private static func edits(_ before: [String], _ after: [String]) -> [Edit] {
        let difference = after.difference(from: before)
        let removed = Set(
            difference.removals.map { change in
                if case .remove(let offset, _, _) = change { offset } else { -1 }
            })
        let inserted = Set(
            difference.insertions.map { change in
                if case .insert(let offset, _, _) = change { offset } else { -1 }
            })
        var (edits, old, new): ([Edit], Int, Int) = ([], 0, 0)
        while old < before.count || new < after.count {
            if old < before.count, removed.contains(old) {
                edits.append(.remove(before[old]))
                old += 1
            } else if new < after.count, inserted.contains(new) {
                edits.append(.insert(after[new]))
                new += 1
            } else {
                edits.append(.keep(before[old]))
                (old, new) = (old + 1, new + 1)
            }
        }
        return edits
    }
}
