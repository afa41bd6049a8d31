/// What clients ask for that do without Xet.
extension KnownRequests {
    static let withoutXet = """
        # upload_file, large
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        PUT /data/lfs/upload/H 200
        POST /data/lfs/verify/H A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, stored already
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, unchanged
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        GET /api/models/alice/m1/revision/main A 200
        # upload_file, multipart
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        PUT /data/lfs/part/H 200
        PUT /data/lfs/part/H 200
        PUT /data/lfs/part/H 200
        POST /data/lfs/complete/H 200
        POST /data/lfs/verify/H A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_folder
        GET /api/models/alice/m1/tree/main?recursive=true&expand=false A 200
        POST /api/validate-yaml A 200
        POST /api/validate-yaml A 200
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        PUT /data/lfs/upload/H 200
        POST /data/lfs/verify/H A 200
        POST /api/models/alice/m1/commit/main A 200
        # delete_file
        POST /api/models/alice/m1/commit/main A 200
        # delete_folder
        POST /api/models/alice/m1/commit/main A 200
        # delete_files
        GET /api/models/alice/m1/tree/main?recursive=true&expand=false A 200
        POST /api/models/alice/m1/commit/main A 200
        # copy
        POST /api/models/alice/m1/paths-info/main A 200
        POST /api/models/alice/m1/paths-info/main A 200
        GET /alice/m1/resolve/main/config.json A 200
        POST /api/models/alice/m1/commit/main A 200
        # branch
        POST /api/models/alice/m1/branch/feat%2Fx A 200
        # hf_hub_download of a branch and of a pull request
        HEAD /alice/m1/resolve/feat%2Fx/config.json ACi 200
        GET /alice/m1/resolve/feat%2Fx/config.json AC 200
        HEAD /alice/m1/resolve/refs%2Fpr%2F1/pr.txt ACi 200
        GET /alice/m1/resolve/refs%2Fpr%2F1/pr.txt AC 200
        # tag
        POST /api/models/alice/m1/tag/main A 200
        # delete branch and tag
        DELETE /api/models/alice/m1/tag/v1 A 200
        DELETE /api/models/alice/m1/branch/feat%2Fx A 200
        # hf_hub_download of a large file
        HEAD /alice/m1/resolve/main/model.bin ACi 200
        GET /alice/m1/resolve/main/model.bin AC 200
        # file_exists, repo_exists, revision_exists
        HEAD /alice/m1/resolve/main/model.bin Ai 200
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/revision/main A 200
        # get_file
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin A 200
        # dataset, created and filled
        POST /api/repos/create A 200
        POST /api/datasets/alice/m1-data/preupload/main A 200
        POST /datasets/alice/m1-data.git/info/lfs/objects/batch A 200
        PUT /data/lfs/upload/H 200
        POST /data/lfs/verify/H A 200
        POST /api/datasets/alice/m1-data/commit/main A 200
        # dataset, table
        HEAD /datasets/alice/m1-data/resolve/S/train.parquet ACi 200
        GET /datasets/alice/m1-data/resolve/S/train.parquet AC 200
        # move_repo
        POST /api/repos/move A 200
        # hf_hub_download of a renamed repository
        HEAD /alice/m1/resolve/main/config.json ACi 307
        HEAD /alice/m1-new/resolve/main/config.json ACi 200
        GET /alice/m1-new/resolve/main/config.json AC 200
        """

    static let currentWithoutXet = """
        # hf upload to a new branch
        GET /api/agent-harnesses 200
        POST /api/repos/create A 409
        GET /api/models/alice/m1/revision/dev A 404
        POST /api/models/alice/m1/branch/dev A 200
        POST /api/models/alice/m1/preupload/dev A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        POST /api/models/alice/m1/commit/dev A 200
        # snapshot_download
        GET /api/models/alice/m1/revision/main AC 200
        GET /api/models/alice/m1/tree/S?recursive=true&expand=false AC 200
        HEAD /alice/m1/resolve/S/.gitattributes ACi 200
        GET /alice/m1/resolve/S/.gitattributes AC 200
        HEAD /alice/m1/resolve/S/README.md ACi 200
        GET /alice/m1/resolve/S/README.md AC 200
        HEAD /alice/m1/resolve/S/config.json ACi 200
        GET /alice/m1/resolve/S/config.json AC 200
        HEAD /alice/m1/resolve/S/copy.bin ACi 200
        GET /alice/m1/resolve/S/copy.bin AC 200
        HEAD /alice/m1/resolve/S/copy.json ACi 200
        HEAD /alice/m1/resolve/S/model.bin ACi 200
        # snapshot_download, local_dir after the cache
        GET /api/models/alice/m1/revision/main AC 200
        GET /api/models/alice/m1/tree/S?recursive=true&expand=false AC 200
        HEAD /alice/m1/resolve/S/.gitattributes ACi 200
        HEAD /alice/m1/resolve/S/README.md ACi 200
        HEAD /alice/m1/resolve/S/config.json ACi 200
        HEAD /alice/m1/resolve/S/copy.bin ACi 200
        HEAD /alice/m1/resolve/S/copy.json ACi 200
        HEAD /alice/m1/resolve/S/model.bin ACi 200
        # snapshot_download, dry run
        GET /api/models/alice/m1/revision/main AC 200
        GET /api/models/alice/m1/tree/S?recursive=true&expand=false AC 200
        HEAD /alice/m1/resolve/S/.gitattributes ACi 200
        HEAD /alice/m1/resolve/S/README.md ACi 200
        HEAD /alice/m1/resolve/S/config.json ACi 200
        HEAD /alice/m1/resolve/S/copy.bin ACi 200
        HEAD /alice/m1/resolve/S/copy.json ACi 200
        HEAD /alice/m1/resolve/S/model.bin ACi 200
        # resolve_revision
        GET /api/models/alice/m1 AC 200
        """

    static let oldWithoutXet = """
        # hf upload to a new branch
        POST /api/repos/create A 409
        GET /api/models/alice/m1/revision/dev A 404
        POST /api/models/alice/m1/branch/dev A 200
        POST /api/models/alice/m1/preupload/dev A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        POST /api/models/alice/m1/commit/dev A 200
        # snapshot_download
        GET /api/models/alice/m1/revision/main A 200
        HEAD /alice/m1/resolve/S/.gitattributes Ai 200
        GET /alice/m1/resolve/S/.gitattributes A 200
        HEAD /alice/m1/resolve/S/README.md Ai 200
        GET /alice/m1/resolve/S/README.md A 200
        HEAD /alice/m1/resolve/S/config.json Ai 200
        GET /alice/m1/resolve/S/config.json A 200
        HEAD /alice/m1/resolve/S/copy.bin Ai 200
        GET /alice/m1/resolve/S/copy.bin A 200
        HEAD /alice/m1/resolve/S/copy.json Ai 200
        HEAD /alice/m1/resolve/S/model.bin Ai 200
        # snapshot_download, local_dir after the cache
        GET /api/models/alice/m1/revision/main A 200
        HEAD /alice/m1/resolve/S/.gitattributes Ai 200
        HEAD /alice/m1/resolve/S/README.md Ai 200
        HEAD /alice/m1/resolve/S/config.json Ai 200
        HEAD /alice/m1/resolve/S/copy.bin Ai 200
        HEAD /alice/m1/resolve/S/copy.json Ai 200
        HEAD /alice/m1/resolve/S/model.bin Ai 200
        """
}
