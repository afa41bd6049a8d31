import TestSupport

/// What `huggingface_hub` asks for, call by call, as ``RequestTrace`` writes it. What holds for several clients stands once;
/// the older line is the same without `C`.
enum KnownRequests {
    /// The calls of one client: what is said of it alone wins over what is said of several.
    static func calls(of line: PythonLine, usesXet: Bool) -> [String: [String]] {
        let texts: [String] =
            switch (line, usesXet) {
            case (.current, true): [current, currentWithXet]
            case (.current, false): [withoutXet, current, currentWithoutXet]
            case (.old, true): [old, oldWithXet]
            case (.old, false): [withoutXet, old, oldWithoutXet]
            }
        var calls: [String: [String]] = [:]
        for text in [everywhere] + texts {
            for call in RequestTrace(parsing: text).calls {
                calls[call.name] = line == .current ? call.lines : call.lines.map { $0.replacing(" AC", with: " A") }
            }
        }
        return calls
    }

    static let everywhere = """
        # create_repo
        POST /api/repos/create A 200
        # create_repo, exists
        POST /api/repos/create A 409
        # README before a push
        HEAD /alice/m1/resolve/main/README.md ACi 404
        # upload_file, small
        POST /api/models/alice/m1/preupload/main A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, file object
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        PUT /data/lfs/upload/H 200
        POST /data/lfs/verify/H A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, create_pr
        POST /api/models/alice/m1/preupload/main?create_pr=1 A 200
        POST /api/models/alice/m1/commit/main?create_pr=1 A 200
        # hf_hub_download
        HEAD /alice/m1/resolve/main/config.json ACi 200
        GET /alice/m1/resolve/main/config.json AC 200
        # hf_hub_download again
        HEAD /alice/m1/resolve/main/config.json ACi 200
        # model_info
        GET /api/models/alice/m1 A 200
        # hf_hub_download by commit, cached
        # hf_hub_download, missing
        HEAD /alice/m1/resolve/main/nope.json ACi 404
        # known to be missing
        # snapshot_download again
        GET /api/models/alice/m1/revision/main AC 200
        # ls
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        # open and read
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin AR 206
        # cat_ranges
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin AR 206
        GET /alice/m1/resolve/main/model.bin AR 206
        # cat_file
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin A 200
        # additional_chat_templates
        GET /api/models/alice/m1/tree/main/additional_chat_templates?recursive=false&expand=false A 404
        # dataset, README at main
        HEAD /datasets/alice/m1-data/resolve/main/README.md ACi 404
        # dataset, info
        GET /api/datasets/alice/m1-data A 200
        # dataset, scripts and infos
        HEAD /datasets/alice/m1-data/resolve/S/m1-data.py ACi 404
        HEAD /datasets/alice/m1-data/resolve/S/.huggingface.yaml ACi 404
        HEAD /datasets/alice/m1-data/resolve/S/dataset_infos.json ACi 404
        # dataset, revision
        GET /api/datasets/alice/m1-data/revision/S A 200
        # dataset, tree of data
        GET /api/datasets/alice/m1-data/tree/S/data?recursive=false&expand=false A 404
        # dataset, tree
        GET /api/datasets/alice/m1-data/tree/S?recursive=false&expand=false A 200
        # dataset, streaming
        GET /api/datasets/alice/m1-data/revision/S A 200
        GET /api/datasets/alice/m1-data/tree/S?recursive=false&expand=false A 200
        GET /datasets/alice/m1-data/resolve/S/train.parquet AR 206
        GET /datasets/alice/m1-data/resolve/S/train.parquet AR 206
        """
}
