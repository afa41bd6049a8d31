#ifndef CTORRENT_ENGINE_HPP
#define CTORRENT_ENGINE_HPP

#include "channel.hpp"
#include "ctorrent.h"

#if __has_include(<libtorrent/session.hpp>)
#define CTORRENT_HAS_ENGINE 1

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/span.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_handle.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ctorrent {

/// A failure that says which code it is.
struct failed {
    ctorrent_code code;
    std::string message;
};

char *copied(const std::string &text) noexcept;
void set(ctorrent_failure *failure, ctorrent_code code, const std::string &message) noexcept;
ctorrent_code code_of(const libtorrent::error_code &error) noexcept;
/// Turns the exception that is being handled into a failure.
void set_from_current_exception(ctorrent_failure *failure) noexcept;
ctorrent_buffer owned(const void *bytes, size_t count);

inline std::vector<std::string> strings(ctorrent_texts texts) {
    return {texts.items, texts.items + texts.count};
}

inline libtorrent::span<const char> span(ctorrent_bytes bytes) {
    return {reinterpret_cast<const char *>(bytes.bytes), static_cast<std::ptrdiff_t>(bytes.count)};
}

/// Runs what may throw.
template <typename Body>
bool guarded(ctorrent_failure *failure, Body body) noexcept {
    try {
        body();
        return true;
    } catch (...) {
        set_from_current_exception(failure);
        return false;
    }
}

} // namespace ctorrent

struct ctorrent_session {
    ctorrent_notify notify;
    void *context;

    /// Guards what follows, which is asked for by callers and by the polling thread.
    std::mutex lock;
    std::map<uint32_t, libtorrent::torrent_handle> torrents;
    std::map<libtorrent::torrent_handle, uint32_t> numbers;
    /// Begun by a magnet link, and nobody has yet said which files are wanted: how they then go on.
    std::map<uint32_t, libtorrent::add_torrent_params> undecided;
    /// Begun as seeds: their files are only ever read.
    std::set<uint32_t> seeds;
    /// Those that had finished when more of them became wanted.
    std::set<uint32_t> widened;
    std::map<uint32_t, std::shared_ptr<ctorrent::channel>> channels;
    uint32_t last = 0;
    int nodes_metric = -1;

    /// Last, so that it ends first: its threads use what stands above.
    std::unique_ptr<libtorrent::session> engine;

    libtorrent::torrent_handle torrent(uint32_t number) {
        const std::lock_guard<std::mutex> guard(lock);
        const auto found = torrents.find(number);
        if (found == torrents.end() || !found->second.is_valid()) {
            throw ctorrent::failed{CTORRENT_UNKNOWN_TORRENT, "there is no such torrent"};
        }
        return found->second;
    }

    uint32_t number(const libtorrent::torrent_handle &torrent) {
        const std::lock_guard<std::mutex> guard(lock);
        const auto found = numbers.find(torrent);
        return found == numbers.end() ? 0 : found->second;
    }

    /// Gives a torrent a number.
    uint32_t enrol(const libtorrent::torrent_handle &torrent, bool is_seed = false) {
        const std::lock_guard<std::mutex> guard(lock);
        const auto found = numbers.find(torrent);
        if (found != numbers.end()) return found->second;
        torrents[++last] = torrent;
        numbers[torrent] = last;
        if (is_seed) seeds.insert(last);
        return last;
    }

    /// Notes for one that is not decided how it goes on.
    void keep_paused(uint32_t number, bool is_paused) {
        const std::lock_guard<std::mutex> guard(lock);
        const auto found = undecided.find(number);
        if (found == undecided.end()) return;
        auto &flags = found->second.flags;
        flags = is_paused ? flags | libtorrent::torrent_flags::paused : flags & ~libtorrent::torrent_flags::paused;
    }

    bool is_seed(uint32_t number) {
        const std::lock_guard<std::mutex> guard(lock);
        return seeds.count(number) != 0;
    }

    bool is_undecided(uint32_t number) {
        const std::lock_guard<std::mutex> guard(lock);
        return undecided.count(number) != 0;
    }
};

#endif
#endif
