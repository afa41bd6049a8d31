/// What clients ask for that use Xet, and what only one line of them asks for.
extension KnownRequests {
    static let current = """
        # open as a stream and read
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin A 200
        """

    static let old = """
        # open as a stream and read
        GET /api/models/alice/m1 A 200
        GET /alice/m1/resolve/main/model.bin A 200
        """

    static let currentWithXet = """
        # upload_file, large
        POST /api/models/alice/m1/preupload/main A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        GET /cas/v1/chunks/default/H A 404
        POST /cas/v1/xorb-grants/default/H A 201
        PUT /data/grants/ID 200
        POST /cas/v1/xorb-commits/default/H/grant/ID A 200
        POST /cas/v2/shards A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, stored already
        POST /api/models/alice/m1/preupload/main A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        POST /cas/v2/shards A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, unchanged
        POST /api/models/alice/m1/preupload/main A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        POST /cas/v2/shards A 200
        GET /api/models/alice/m1/revision/main A 200
        # upload_folder
        GET /api/models/alice/m1/tree/main?recursive=true&expand=false A 200
        POST /api/validate-yaml A 200
        POST /api/models/alice/m1/preupload/main A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        GET /cas/v1/chunks/default/H A 404
        POST /cas/v1/xorb-grants/default/H A 201
        PUT /data/grants/ID 200
        POST /cas/v1/xorb-commits/default/H/grant/ID A 200
        POST /cas/v2/shards A 200
        POST /api/models/alice/m1/commit/main A 200
        # hf_hub_download of a large file
        HEAD /alice/m1/resolve/main/model.bin ACi 200
        GET /api/models/alice/m1/xet-read-token/S AC 200
        GET /cas/v2/reconstructions/H AR 200
        GET /data/xorbs/H R 206
        # snapshot_download
        GET /api/models/alice/m1/revision/main AC 200
        GET /api/models/alice/m1/tree/S?recursive=true&expand=false AC 200
        HEAD /alice/m1/resolve/S/.gitattributes ACi 200
        GET /alice/m1/resolve/S/.gitattributes AC 200
        HEAD /alice/m1/resolve/S/README.md ACi 200
        GET /alice/m1/resolve/S/README.md AC 200
        GET /cas/v2/reconstructions/H AR 200
        GET /data/xorbs/H R 206
        HEAD /alice/m1/resolve/S/config.json ACi 200
        GET /alice/m1/resolve/S/config.json AC 200
        HEAD /alice/m1/resolve/S/d/x.txt ACi 200
        GET /alice/m1/resolve/S/d/x.txt AC 200
        GET /cas/v2/reconstructions/H AR 200
        GET /data/xorbs/H R 206
        # snapshot_download, local_dir after the cache
        GET /api/models/alice/m1/revision/main AC 200
        GET /api/models/alice/m1/tree/S?recursive=true&expand=false AC 200
        HEAD /alice/m1/resolve/S/.gitattributes ACi 200
        HEAD /alice/m1/resolve/S/README.md ACi 200
        HEAD /alice/m1/resolve/S/config.json ACi 200
        HEAD /alice/m1/resolve/S/d/x.txt ACi 200
        # get_file
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /api/models/alice/m1/xet-read-token/main A 200
        GET /cas/v2/reconstructions/H AR 200
        GET /data/xorbs/H R 206
        # dataset, created and filled
        POST /api/repos/create A 200
        POST /api/datasets/alice/m1-data/preupload/main A 200
        GET /api/datasets/alice/m1-data/xet-write-token/main A 200
        GET /cas/v1/chunks/default/H A 404
        POST /cas/v1/xorb-grants/default/H A 201
        PUT /data/grants/ID 200
        POST /cas/v1/xorb-commits/default/H/grant/ID A 200
        POST /cas/v2/shards A 200
        POST /api/datasets/alice/m1-data/commit/main A 200
        # dataset, table
        HEAD /datasets/alice/m1-data/resolve/S/train.parquet ACi 200
        GET /api/datasets/alice/m1-data/xet-read-token/S AC 200
        GET /cas/v2/reconstructions/H AR 200
        GET /data/xorbs/H R 206
        GET /data/xorbs/H R 206
        # upload_folder, create_pr
        POST /api/models/alice/m1/preupload/main?create_pr=1 A 200
        POST /api/models/alice/m1/discussions A 200
        GET /api/models/alice/m1/discussions/2?diff=1 A 200
        POST /api/models/alice/m1/commit/refs%2Fpr%2F2 A 200
        """

    static let oldWithXet = """
        # upload_file, large
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        GET /cas/chunks/default/H A 404
        POST /cas/xorbs/default/H A 200
        POST /cas/shards A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, stored already
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        POST /api/models/alice/m1/commit/main A 200
        # upload_file, unchanged
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        GET /api/models/alice/m1/revision/main A 200
        # upload_folder
        GET /api/models/alice/m1/tree/main?recursive=true&expand=false A 200
        POST /api/validate-yaml A 200
        POST /api/validate-yaml A 200
        POST /api/models/alice/m1/preupload/main A 200
        POST /alice/m1.git/info/lfs/objects/batch A 200
        GET /api/models/alice/m1/xet-write-token/main A 200
        GET /cas/chunks/default/H A 404
        POST /cas/xorbs/default/H A 200
        POST /cas/shards A 200
        POST /api/models/alice/m1/commit/main A 200
        # hf_hub_download of a large file
        HEAD /alice/m1/resolve/main/model.bin Ai 200
        GET /api/models/alice/m1/xet-read-token/S A 200
        GET /cas/reconstructions/H AR 200
        GET /cas/reconstructions/H AR 416
        GET /data/xorbs/H R 206
        # snapshot_download
        GET /api/models/alice/m1/revision/main A 200
        HEAD /alice/m1/resolve/S/.gitattributes Ai 200
        GET /alice/m1/resolve/S/.gitattributes A 200
        HEAD /alice/m1/resolve/S/README.md Ai 200
        GET /alice/m1/resolve/S/README.md A 200
        HEAD /alice/m1/resolve/S/again.bin Ai 200
        GET /api/models/alice/m1/xet-read-token/S A 200
        GET /cas/reconstructions/H AR 200
        GET /cas/reconstructions/H AR 416
        GET /data/xorbs/H R 206
        HEAD /alice/m1/resolve/S/config.json Ai 200
        GET /alice/m1/resolve/S/config.json A 200
        HEAD /alice/m1/resolve/S/d/x.txt Ai 200
        GET /alice/m1/resolve/S/d/x.txt A 200
        HEAD /alice/m1/resolve/S/d/y.bin Ai 200
        GET /api/models/alice/m1/xet-read-token/S A 200
        GET /cas/reconstructions/H AR 200
        GET /cas/reconstructions/H AR 416
        GET /data/xorbs/H R 206
        HEAD /alice/m1/resolve/S/model.bin Ai 200
        # snapshot_download, local_dir after the cache
        GET /api/models/alice/m1/revision/main A 200
        HEAD /alice/m1/resolve/S/.gitattributes Ai 200
        HEAD /alice/m1/resolve/S/README.md Ai 200
        HEAD /alice/m1/resolve/S/again.bin Ai 200
        HEAD /alice/m1/resolve/S/config.json Ai 200
        HEAD /alice/m1/resolve/S/d/x.txt Ai 200
        HEAD /alice/m1/resolve/S/d/y.bin Ai 200
        HEAD /alice/m1/resolve/S/model.bin Ai 200
        # get_file
        GET /api/models/alice/m1 A 200
        GET /api/models/alice/m1/tree/main?recursive=false&expand=false A 200
        GET /alice/m1/resolve/main/model.bin A 200
        # dataset, created and filled
        POST /api/repos/create A 200
        POST /api/datasets/alice/m1-data/preupload/main A 200
        POST /datasets/alice/m1-data.git/info/lfs/objects/batch A 200
        GET /api/datasets/alice/m1-data/xet-write-token/main A 200
        GET /cas/chunks/default/H A 404
        POST /cas/xorbs/default/H A 200
        POST /cas/shards A 200
        POST /api/datasets/alice/m1-data/commit/main A 200
        # dataset, table
        HEAD /datasets/alice/m1-data/resolve/S/train.parquet Ai 200
        GET /api/datasets/alice/m1-data/xet-read-token/S A 200
        GET /cas/reconstructions/H AR 200
        GET /cas/reconstructions/H AR 416
        GET /data/xorbs/H R 206
        GET /data/xorbs/H R 206
        # upload_folder, create_pr
        POST /api/models/alice/m1/preupload/main?create_pr=1 A 200
        POST /api/models/alice/m1/commit/main?create_pr=1 A 200
        """
}
