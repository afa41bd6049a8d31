import GRDB

/// What is said of tags beside the commit they name.
extension GitStore {
    /// Makes the tag's ref, with its message.
    func setTag(_ tag: GitTag) throws {
        let ref = "refs/tags/" + tag.name
        try setRef(ref, to: tag.commit)
        try db.execute(
            sql: "UPDATE git_ref SET message = ?, tagger = ?, tagged_at = ? WHERE repo = ? AND name = ?",
            arguments: [tag.message, tag.tagger, tag.date, repo, ref])
    }

    /// All annotated tags, or the one of a name.
    func annotatedTags(named name: String? = nil) throws -> [GitTag] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT name, target, message, tagger, tagged_at FROM git_ref
                WHERE repo = ?1 AND message IS NOT NULL AND (?2 IS NULL OR name = 'refs/tags/' || ?2) ORDER BY name
                """, arguments: [repo, name]
        ).map { row in
            GitTag(
                commit: row["target"], name: String((row["name"] as String).dropFirst("refs/tags/".count)),
                tagger: row["tagger"], date: row["tagged_at"], message: row["message"])
        }
    }
}
