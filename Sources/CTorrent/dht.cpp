#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/bdecode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/sha1_hash.hpp>

#include <algorithm>
#include <array>

namespace lt = libtorrent;

namespace {

template <std::size_t Size>
std::array<char, Size> fixed(ctorrent_bytes bytes, const char *what) {
    if (bytes.count != Size) throw ctorrent::failed{CTORRENT_NETWORK, std::string(what) + " has the wrong length"};
    std::array<char, Size> result;
    std::copy(bytes.bytes, bytes.bytes + Size, result.begin());
    return result;
}

lt::sha1_hash hash(ctorrent_bytes id) { return lt::sha1_hash(fixed<20>(id, "the id").data()); }

} // namespace

void ctorrent_add_node(ctorrent_session *session, ctorrent_address node) {
    ctorrent::guarded(nullptr, [&] { session->engine->add_dht_node({node.host, node.port}); });
}

bool ctorrent_put(
    ctorrent_session *session, ctorrent_bytes key, ctorrent_bytes salt, int64_t sequence, ctorrent_bytes value,
    ctorrent_bytes signature, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        lt::error_code error;
        const auto decoded = lt::bdecode(ctorrent::span(value), error);
        if (error || decoded.data_section().size() != static_cast<std::ptrdiff_t>(value.count)) {
            throw ctorrent::failed{CTORRENT_NETWORK, "the value is not bencoded"};
        }
        const auto signed_with = fixed<64>(signature, "the signature");
        // It goes out as it came in: encoded anew it might not be what was signed.
        const lt::entry::preformatted_type verbatim(value.bytes, value.bytes + value.count);
        session->engine->dht_put_item(
            fixed<32>(key, "the key"),
            [=](lt::entry &item, std::array<char, 64> &its_signature, std::int64_t &its_sequence, const std::string &) {
                item = verbatim;
                its_signature = signed_with;
                its_sequence = sequence;
            },
            std::string(ctorrent::span(salt).begin(), ctorrent::span(salt).end()));
    });
}

bool ctorrent_get(ctorrent_session *session, ctorrent_bytes key, ctorrent_bytes salt, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        session->engine->dht_get_item(
            fixed<32>(key, "the key"), std::string(ctorrent::span(salt).begin(), ctorrent::span(salt).end()));
    });
}

bool ctorrent_announce(ctorrent_session *session, ctorrent_bytes id, uint16_t port, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] { session->engine->dht_announce(hash(id), port); });
}

bool ctorrent_look_up(ctorrent_session *session, ctorrent_bytes id, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] { session->engine->dht_get_peers(hash(id)); });
}

#endif
