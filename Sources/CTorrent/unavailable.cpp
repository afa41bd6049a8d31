#include "engine.hpp"

#ifndef CTORRENT_HAS_ENGINE

// What there is without libtorrent: the reason.

#include <cstring>

namespace {

bool refuse(ctorrent_failure *failure) {
    if (failure == nullptr) return false;
    failure->code = CTORRENT_NO_ENGINE;
    failure->message = ::strdup("Shoal was built without libtorrent");
    return false;
}

} // namespace

bool ctorrent_make(
    const ctorrent_plan *, ctorrent_progress, void *, ctorrent_buffer *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_is_available(void) { return false; }
const char *ctorrent_version(void) { return ""; }
ctorrent_session *ctorrent_open(
    const ctorrent_setting *, size_t, const char *, ctorrent_bytes, ctorrent_notify, void *,
    ctorrent_failure *failure) {
    refuse(failure);
    return nullptr;
}
void ctorrent_close(ctorrent_session *) {}
bool ctorrent_configure(
    ctorrent_session *, const ctorrent_setting *, size_t, ctorrent_failure *failure) {
    return refuse(failure);
}
uint16_t ctorrent_port(ctorrent_session *) { return 0; }
void ctorrent_poll(ctorrent_session *, ctorrent_tell, void *) {}
void ctorrent_ask_statistics(ctorrent_session *) {}
bool ctorrent_add(
    ctorrent_session *, const ctorrent_order *, uint32_t *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_remove(ctorrent_session *, uint32_t, ctorrent_failure *failure) { return refuse(failure); }
bool ctorrent_pause(ctorrent_session *, uint32_t, ctorrent_failure *failure) { return refuse(failure); }
bool ctorrent_resume(ctorrent_session *, uint32_t, ctorrent_failure *failure) { return refuse(failure); }
bool ctorrent_recheck(ctorrent_session *, uint32_t, ctorrent_failure *failure) { return refuse(failure); }
bool ctorrent_set_order(ctorrent_session *, uint32_t, bool, ctorrent_failure *failure) { return refuse(failure); }
bool ctorrent_get_status(
    ctorrent_session *, uint32_t, ctorrent_status *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_metainfo(
    ctorrent_session *, uint32_t, ctorrent_buffer *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_ask_resume_data(
    ctorrent_session *, uint32_t, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_is_undecided(ctorrent_session *, uint32_t) { return false; }
bool ctorrent_decide(
    ctorrent_session *, uint32_t, ctorrent_bytes, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_set_wanted(
    ctorrent_session *, uint32_t, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_file_progress(
    ctorrent_session *, uint32_t, ctorrent_buffer *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_pieces(
    ctorrent_session *, uint32_t, ctorrent_buffer *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_has_piece(
    ctorrent_session *, uint32_t, int32_t, bool *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_give(
    ctorrent_session *, uint32_t, int32_t, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_connect(
    ctorrent_session *, uint32_t, ctorrent_address, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_dht_state(
    ctorrent_session *, ctorrent_buffer *, ctorrent_failure *failure) {
    return refuse(failure);
}
void ctorrent_add_node(ctorrent_session *, ctorrent_address) {}
bool ctorrent_put(
    ctorrent_session *, ctorrent_bytes, ctorrent_bytes, int64_t, ctorrent_bytes, ctorrent_bytes,
    ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_get(
    ctorrent_session *, ctorrent_bytes, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_announce(
    ctorrent_session *, ctorrent_bytes, uint16_t, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_look_up(
    ctorrent_session *, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_open_channel(
    ctorrent_session *, ctorrent_bytes, const char *, size_t, uint32_t *, ctorrent_failure *failure) {
    return refuse(failure);
}
bool ctorrent_send(
    ctorrent_session *, uint32_t, const char *, ctorrent_bytes, ctorrent_failure *failure) {
    return refuse(failure);
}

#endif
