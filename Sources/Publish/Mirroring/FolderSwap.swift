internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Folders that are replaced as a whole.
enum FolderSwap {
    /// Puts a folder in the place of another one, which is removed.
    static func replace(_ folder: String, with new: String) throws(PublishError) {
        let (parent, name) = (FolderPath.folder(of: folder), FolderPath.name(of: folder))
        let old = "\(parent)/.new-\(name).\(UInt32.random(in: .min ... .max))"
        let wasThere = rename(folder, old) == 0
        if !wasThere, errno != ENOENT { throw .storage("move", folder, errno) }
        guard rename(new, folder) == 0 else {
            let code = errno
            if wasThere { _ = rename(old, folder) }
            throw .storage("move", new, code)
        }
        if wasThere { remove(old) }
    }

    /// Removes a folder and what is in it; links are removed, never followed.
    static func remove(_ folder: String) {
        guard FileFacts(folder, followingLinks: false)?.isFolder == true else {
            unlink(folder)
            return
        }
        for name in (try? PlacedFile.names(in: folder)) ?? [] {
            let path = folder + "/" + name
            if FileFacts(path, followingLinks: false)?.isFolder == true { remove(path) } else { unlink(path) }
        }
        rmdir(folder)
    }
}
