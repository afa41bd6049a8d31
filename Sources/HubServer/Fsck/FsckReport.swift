/// How a check of a hub's data runs.
public struct FsckOptions: Sendable {
    /// Also reads every stored byte again.
    public var isDeep = false
    /// Also mends what can be mended, and puts damaged objects aside so that a new upload replaces them.
    public var repairs = false

    public init() {}
}

/// What a check of a hub's data found.
public struct FsckReport: Codable, Sendable, Hashable {
    /// A file, or a folder with a slash at its end, at a revision of a repository that has it.
    public struct Place: Codable, Sendable, Hashable {
        /// With `datasets/` or `spaces/` before it where it is one.
        public var repo: String
        /// A branch, a tag, a full ref name or a commit.
        public var revision: String
        public var path: String
    }

    /// One thing that is not as it must be.
    public struct Problem: Codable, Sendable, Hashable {
        /// A stable name of what is wrong.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            case damagedDatabase = "damaged_database"
            /// A xorb's row names an object that is not there.
            case missingObject = "missing_object"
            case damagedObject = "damaged_object"
            /// Put aside earlier, or found damaged; a new upload replaces it.
            case awaitsUpload = "awaits_upload"
            /// Nobody knows of this file in the store. Costs space and nothing else.
            case unknownObject = "unknown_object"
            case missingXorb = "missing_xorb"
            case damagedFile = "damaged_file"
            case wrongEdges = "wrong_edges"
            case missingCommit = "missing_commit"
            case missingTree = "missing_tree"
            case damagedTree = "damaged_tree"
            case missingBlob = "missing_blob"
            case damagedBlob = "damaged_blob"
            /// A commit's file has no content in the store.
            case missingFile = "missing_file"
            /// A repository's commit has a file that the repository may not read.
            case missingClaim = "missing_claim"
        }

        public var kind: Kind
        /// What it is about: a hash, an id, a path.
        public var subject: String
        public var detail: String
        /// Repositories whose files cannot be read because of it.
        public var repos: [String]
        public var isRepaired = false
        /// The files that cannot be read because of it: some, where there are many.
        public var places: [Place] = []
        /// The git objects whose names are looked for at the end.
        var objects: [FsckObject] = []

        enum CodingKeys: String, CodingKey {
            case kind, subject, detail, repos, places
            case isRepaired = "repaired"
        }
    }

    /// Problems that are listed at most; the rest is counted.
    static let maximumListed = 1000

    public var isDeep = false
    public var problems: [Problem] = []
    /// All problems, also those that are not listed.
    public var problemCount = 0
    public var repos = 0
    public var commits = 0
    /// Trees and blobs that commits lead to.
    public var gitObjects = 0
    public var files = 0
    public var xorbs = 0
    public var objects = 0
    /// Bytes of stored objects that were read again.
    public var bytesRead: Int64 = 0
    public var seconds = 0.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case isDeep = "deep"
        case problems
        case problemCount = "problem_count"
        case repos, commits
        case gitObjects = "git_objects"
        case files, xorbs, objects
        case bytesRead = "bytes_read"
        case seconds
    }

    mutating func add(
        _ kind: Problem.Kind, _ subject: String, _ detail: String, repos: [String] = [], isRepaired: Bool = false,
        objects: [FsckObject] = [],
    ) {
        problemCount += 1
        guard problems.count < Self.maximumListed else { return }
        problems.append(
            Problem(
                kind: kind, subject: subject, detail: detail, repos: repos, isRepaired: isRepaired, objects: objects))
    }
}
