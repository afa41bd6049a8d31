#include "engine.hpp"

#include <cstdlib>
#include <cstring>

void ctorrent_release(void *memory) { std::free(memory); }

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/version.hpp>

#include <cerrno>
#include <new>

bool ctorrent_is_available(void) { return true; }
const char *ctorrent_version(void) { return libtorrent::version(); }

namespace ctorrent {

char *copied(const std::string &text) noexcept { return ::strdup(text.c_str()); }

void set(ctorrent_failure *failure, ctorrent_code code, const std::string &message) noexcept {
    if (failure == nullptr) return;
    failure->code = code;
    failure->message = copied(message);
}

ctorrent_code code_of(const libtorrent::error_code &error) noexcept {
    const bool is_system =
        error.category() == boost::system::system_category() || error.category() == boost::system::generic_category();
    if (is_system) {
        switch (error.value()) {
        case ENOSPC:
        case EDQUOT:
            return CTORRENT_DISK_FULL;
        case EADDRINUSE:
        case EADDRNOTAVAIL:
        case ECONNREFUSED:
        case ENETUNREACH:
        case EHOSTUNREACH:
            return CTORRENT_NETWORK;
        default:
            return CTORRENT_STORAGE;
        }
    }
    if (error == libtorrent::errors::invalid_torrent_handle) return CTORRENT_UNKNOWN_TORRENT;
    if (error == libtorrent::errors::duplicate_torrent) return CTORRENT_BUSY;
    if (error.category() == libtorrent::libtorrent_category()) return CTORRENT_INVALID_TORRENT;
    return error.category() == libtorrent::bdecode_category() ? CTORRENT_INVALID_TORRENT : CTORRENT_NETWORK;
}

void set_from_current_exception(ctorrent_failure *failure) noexcept {
    try {
        throw;
    } catch (const failed &error) {
        set(failure, error.code, error.message);
    } catch (const libtorrent::system_error &error) {
        set(failure, code_of(error.code()), error.code().message());
    } catch (const std::bad_alloc &) {
        set(failure, CTORRENT_STORAGE, "memory is short");
    } catch (const std::exception &error) {
        set(failure, CTORRENT_INVALID_TORRENT, error.what());
    } catch (...) {
        set(failure, CTORRENT_INVALID_TORRENT, "libtorrent failed without a reason");
    }
}

ctorrent_buffer owned(const void *bytes, size_t count) {
    auto *memory = static_cast<uint8_t *>(std::malloc(count == 0 ? 1 : count));
    if (memory == nullptr) throw std::bad_alloc();
    if (count > 0) std::memcpy(memory, bytes, count);
    return {memory, count};
}

} // namespace ctorrent

#endif
