internal import CTorrent

extension TorrentError {
    /// Takes over a failure, whose text it gives back.
    init(_ failure: ctorrent_failure) {
        self.init(Code(failure.code), takeText(failure.message) ?? "The torrent engine failed.")
        hint = code.remedy
    }

    init(code: ctorrent_code, text: String) {
        self.init(Code(code), text)
        hint = self.code.remedy
    }

    static let closed = TorrentError(.closed, "The torrent engine has been closed.")
    static let cancelled = TorrentError(.cancelled, "The wait was cancelled.")

    static func unknown(_ torrent: TorrentID) -> TorrentError {
        TorrentError(.unknownTorrent, "There is no torrent \(torrent.value).")
    }
}

extension TorrentError.Code {
    fileprivate init(_ code: ctorrent_code) {
        self =
            switch code {
            case CTORRENT_NO_ENGINE: .noEngine
            case CTORRENT_INVALID_TORRENT: .invalidTorrent
            case CTORRENT_UNKNOWN_TORRENT: .unknownTorrent
            case CTORRENT_DISK_FULL: .diskFull
            case CTORRENT_NETWORK: .network
            case CTORRENT_CANCELLED: .cancelled
            case CTORRENT_BUSY: .busy
            default: .storage
            }
    }

    fileprivate var remedy: String? {
        switch self {
        case .noEngine: "Install libtorrent-rasterbar-dev (2.0 or newer) and build Shoal again."
        case .diskFull: "Free space on the disk, then resume the torrent."
        case .busy: "Wait until it is there; 'shoal list' and 'shoal status' tell of it."
        case .storage: "Check that the folder is there and may be written to."
        default: nil
        }
    }
}

/// Calls a C function that says why it failed.
func attempt(_ call: (UnsafeMutablePointer<ctorrent_failure>) -> Bool) throws(TorrentError) {
    var failure = ctorrent_failure()
    guard call(&failure) else { throw TorrentError(failure) }
}
