#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/create_torrent.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/hasher.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <unordered_map>

namespace lt = libtorrent;

namespace {

constexpr std::int64_t block_size = 16 * 1024;
constexpr std::size_t window_size = 256 * 1024;

/// A file that is read at one place after the other.
class source {
public:
    source() = default;
    source(const source &) = delete;
    source &operator=(const source &) = delete;
    ~source() { close(); }

    void read(const ctorrent_file &file, std::int64_t offset, lt::span<char> into) {
        open(file);
        while (!into.empty()) {
            const ssize_t count = ::pread(descriptor, into.data(), static_cast<std::size_t>(into.size()), offset);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail(file, std::strerror(errno));
            if (count == 0) fail(file, "it became shorter while it was read");
            into = into.subspan(count);
            offset += count;
        }
    }

private:
    int descriptor = -1;
    const ctorrent_file *opened = nullptr;

    void open(const ctorrent_file &file) {
        if (opened == &file) return;
        close();
        descriptor = ::open(file.source, O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) fail(file, std::strerror(errno));
        opened = &file;
        struct stat facts {};
        if (::fstat(descriptor, &facts) != 0) fail(file, std::strerror(errno));
        if (!S_ISREG(facts.st_mode)) fail(file, "it is no regular file");
        if (facts.st_size != file.size) fail(file, "its size has changed");
    }

    void close() {
        if (descriptor >= 0) ::close(descriptor);
        descriptor = -1;
        opened = nullptr;
    }

    [[noreturn]] static void fail(const ctorrent_file &file, const std::string &reason) {
        throw ctorrent::failed{CTORRENT_STORAGE, std::string(file.source) + " cannot be read: " + reason};
    }
};

/// The root of a tree over `leaves`, which has room for `width`, a power of two, the rest zeros.
lt::sha256_hash root(std::vector<lt::sha256_hash> leaves, std::size_t width) {
    leaves.resize(width);
    while (width > 1) {
        width /= 2;
        for (std::size_t i = 0; i < width; ++i) {
            lt::hasher256 hasher;
            hasher.update(leaves[2 * i]);
            hasher.update(leaves[2 * i + 1]);
            leaves[i] = hasher.final();
        }
    }
    return leaves[0];
}

/// The layout of a torrent in the making, and the hashes of its pieces.
struct work {
    const ctorrent_plan &plan;
    lt::file_storage &storage;
    /// By place in the torrent; null for pad files.
    std::vector<const ctorrent_file *> sources;
    std::vector<lt::sha1_hash> v1;
    std::vector<lt::sha256_hash> v2;

    std::atomic<int> next{0};
    std::atomic<bool> is_over{false};
    std::mutex lock;
    std::int64_t done = 0;
    ctorrent_failure failure{};

    work(const ctorrent_plan &plan, lt::file_storage &storage, std::vector<const ctorrent_file *> sources)
        : plan(plan), storage(storage), sources(std::move(sources)) {
        const auto count = static_cast<std::size_t>(storage.num_pieces());
        v1.resize(has_v1() ? count : 0);
        v2.resize(has_v2() ? count : 0);
    }

    bool has_v1() const { return plan.format != CTORRENT_V2; }
    bool has_v2() const { return plan.format != CTORRENT_V1; }

    std::size_t tree_width(std::int64_t file_size) const {
        const std::int64_t piece = storage.piece_length();
        const std::int64_t blocks = (std::min(file_size, piece) + block_size - 1) / block_size;
        std::size_t width = 1;
        while (static_cast<std::int64_t>(width) < blocks) width *= 2;
        return file_size > piece ? static_cast<std::size_t>(piece / block_size) : width;
    }

    /// Returns how many bytes of files it has.
    std::int64_t hash(int index, source &from, std::vector<char> &window) {
        const lt::piece_index_t piece{index};
        lt::hasher sha1;
        std::vector<lt::sha256_hash> blocks;
        std::int64_t bytes = 0;
        std::size_t width = 1;
        for (const auto &slice : storage.map_block(piece, 0, storage.piece_size(piece))) {
            const auto *file = sources[static_cast<std::size_t>(static_cast<int>(slice.file_index))];
            if (file == nullptr) {
                if (has_v1()) add_zeros(sha1, slice.size, window);
                continue;
            }
            bytes += slice.size;
            width = tree_width(file->size);
            for (std::int64_t at = 0; at < slice.size;) {
                const auto count = std::min<std::int64_t>(slice.size - at, static_cast<std::int64_t>(window.size()));
                const lt::span<char> view(window.data(), static_cast<std::ptrdiff_t>(count));
                from.read(*file, slice.offset + at, view);
                if (has_v1()) sha1.update(view);
                for (std::int64_t block = 0; has_v2() && block < count; block += block_size) {
                    lt::hasher256 sha256;
                    sha256.update(view.subspan(block, std::min(block_size, count - block)));
                    blocks.push_back(sha256.final());
                }
                at += count;
            }
        }
        if (has_v1()) v1[static_cast<std::size_t>(index)] = sha1.final();
        if (has_v2()) v2[static_cast<std::size_t>(index)] = root(std::move(blocks), width);
        return bytes;
    }

    void run(ctorrent_progress progress, void *context) noexcept {
        ctorrent_failure mine{};
        const bool succeeded = ctorrent::guarded(&mine, [&] {
            source from;
            std::vector<char> window(window_size);
            for (int index = next++; index < storage.num_pieces() && !is_over; index = next++) {
                const std::int64_t bytes = hash(index, from, window);
                const std::lock_guard<std::mutex> guard(lock);
                done += bytes;
                if (!is_over && progress != nullptr && !progress(context, done)) {
                    throw ctorrent::failed{CTORRENT_CANCELLED, "the work was cancelled"};
                }
            }
        });
        if (succeeded) return;
        is_over = true;
        const std::lock_guard<std::mutex> guard(lock);
        if (failure.code == CTORRENT_NO_FAILURE) {
            failure = mine;
        } else {
            ctorrent_release(mine.message);
        }
    }

private:
    static void add_zeros(lt::hasher &sha1, std::int64_t count, std::vector<char> &window) {
        std::fill(window.begin(), window.end(), 0);
        while (count > 0) {
            const auto part = std::min<std::int64_t>(count, static_cast<std::int64_t>(window.size()));
            sha1.update({window.data(), static_cast<std::ptrdiff_t>(part)});
            count -= part;
        }
    }
};

void lay_out(const ctorrent_plan &plan, lt::file_storage &storage) {
    if (plan.file_count == 0) throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "a torrent needs a file"};
    for (std::size_t i = 0; i < plan.file_count; ++i) {
        const auto &file = plan.files[i];
        if (file.size < 0) throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "a file has a negative size"};
        storage.add_file(file.path, file.size);
    }
    if (storage.total_size() == 0) throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "all files are empty"};
}

/// Which file lies where in the torrent: libtorrent has sorted them, and put pad files between.
std::vector<const ctorrent_file *> sources(const ctorrent_plan &plan, const lt::file_storage &storage) {
    std::unordered_map<std::string, const ctorrent_file *> by_path;
    for (std::size_t i = 0; i < plan.file_count; ++i) {
        if (!by_path.emplace(plan.files[i].path, &plan.files[i]).second) {
            throw ctorrent::failed{CTORRENT_INVALID_TORRENT, std::string(plan.files[i].path) + " is there twice"};
        }
    }
    std::vector<const ctorrent_file *> result;
    for (const auto index : storage.file_range()) {
        if (storage.pad_file_at(index)) {
            result.push_back(nullptr);
            continue;
        }
        const auto found = by_path.find(storage.file_path(index));
        if (found == by_path.end()) {
            throw ctorrent::failed{
                CTORRENT_INVALID_TORRENT, storage.file_path(index) + " is no name that a torrent can hold"};
        }
        result.push_back(found->second);
    }
    return result;
}

} // namespace

bool ctorrent_make(
    const ctorrent_plan *plan, ctorrent_progress progress, void *context, ctorrent_buffer *torrent,
    ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        lt::file_storage storage;
        lay_out(*plan, storage);
        const auto flags = plan->format == CTORRENT_V1   ? lt::create_torrent::v1_only
                           : plan->format == CTORRENT_V2 ? lt::create_torrent::v2_only
                                                         : lt::create_flags_t{};
        lt::create_torrent making(storage, plan->piece_length, flags);
        // The same files give the same bytes.
        making.set_creation_date(0);
        if (plan->comment != nullptr) making.set_comment(plan->comment);
        if (plan->creator != nullptr) making.set_creator(plan->creator);
        int tier = 0;
        for (const auto &url : ctorrent::strings(plan->trackers)) making.add_tracker(url, tier++);
        for (const auto &url : ctorrent::strings(plan->web_seeds)) making.add_url_seed(url);

        work work(*plan, storage, sources(*plan, storage));
        std::vector<std::thread> helpers;
        for (int i = 1; i < std::min(plan->threads, storage.num_pieces()); ++i) {
            helpers.emplace_back([&] { work.run(progress, context); });
        }
        work.run(progress, context);
        for (auto &helper : helpers) helper.join();
        if (work.failure.code != CTORRENT_NO_FAILURE) {
            const std::string message = work.failure.message == nullptr ? "" : work.failure.message;
            ctorrent_release(work.failure.message);
            throw ctorrent::failed{work.failure.code, message};
        }

        for (std::size_t i = 0; i < work.v1.size(); ++i) {
            making.set_hash(lt::piece_index_t{static_cast<int>(i)}, work.v1[i]);
        }
        for (std::size_t i = 0; i < work.v2.size(); ++i) {
            const lt::piece_index_t piece{static_cast<int>(i)};
            const auto file = storage.file_index_at_piece(piece);
            making.set_hash2(file, piece - storage.piece_index_at_file(file), work.v2[i]);
        }
        const auto bytes = making.generate_buf();
        *torrent = ctorrent::owned(bytes.data(), bytes.size());
    });
}

#endif
