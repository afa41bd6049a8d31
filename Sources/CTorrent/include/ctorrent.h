#ifndef CTORRENT_H
#define CTORRENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// libtorrent in C. No exception leaves a function: one that can fail returns false and says why. What is handed in is
// copied, and must live only as long as the call. All functions may be called from any thread, those on one session
// not after ctorrent_close has begun.

#ifdef __cplusplus
extern "C" {
#endif

// libtorrent calls from threads of its own; a Swift closure must know that.
#if defined(__has_attribute)
#if __has_attribute(swift_attr)
#define CTORRENT_ANY_THREAD __attribute__((swift_attr("@Sendable")))
#endif
#endif
#ifndef CTORRENT_ANY_THREAD
#define CTORRENT_ANY_THREAD
#endif

// Failures and memory.

typedef enum {
    CTORRENT_NO_FAILURE = 0,
    CTORRENT_NO_ENGINE,
    CTORRENT_INVALID_TORRENT,
    CTORRENT_UNKNOWN_TORRENT,
    CTORRENT_STORAGE,
    CTORRENT_DISK_FULL,
    CTORRENT_NETWORK,
    CTORRENT_CANCELLED,
    /// The torrent is there already.
    CTORRENT_BUSY
} ctorrent_code;

typedef struct {
    ctorrent_code code;
    /// To be given back with ctorrent_release; may be NULL.
    char *message;
} ctorrent_failure;

typedef struct {
    const uint8_t *bytes;
    size_t count;
} ctorrent_bytes;

/// Bytes that belong to the caller, who gives them back with ctorrent_release.
typedef struct {
    uint8_t *bytes;
    size_t count;
} ctorrent_buffer;

void ctorrent_release(void *memory);

typedef struct {
    const char *const *items;
    size_t count;
} ctorrent_texts;

/// An IP address and a port; for a DHT node it may be a name.
typedef struct {
    const char *host;
    uint16_t port;
} ctorrent_address;

// Making torrents.

typedef struct {
    /// Its path in the torrent, with the folder, parts divided by `/`.
    const char *path;
    /// Where it lies.
    const char *source;
    int64_t size;
} ctorrent_file;

typedef enum { CTORRENT_HYBRID = 0, CTORRENT_V2, CTORRENT_V1 } ctorrent_format;

typedef struct {
    const ctorrent_file *files;
    size_t file_count;
    ctorrent_format format;
    int32_t piece_length;
    ctorrent_texts trackers;
    ctorrent_texts web_seeds;
    const char *comment;
    const char *creator;
    int32_t threads;
} ctorrent_plan;

/// Told bytes hashed so far, one call at a time. Returns whether to go on.
typedef bool (*ctorrent_progress)(void *context, int64_t bytes) CTORRENT_ANY_THREAD;

bool ctorrent_make(
    const ctorrent_plan *plan, ctorrent_progress progress, void *context, ctorrent_buffer *torrent,
    ctorrent_failure *failure);

// Sessions.

typedef struct ctorrent_session ctorrent_session;

/// One of libtorrent's settings, by its name; a text when `text` is not NULL.
typedef struct {
    const char *name;
    const char *text;
    int64_t number;
} ctorrent_setting;

/// Something happened: ctorrent_poll is to be called soon, but not from here.
typedef void (*ctorrent_notify)(void *context) CTORRENT_ANY_THREAD;

bool ctorrent_is_available(void);
/// libtorrent's version; empty without it.
const char *ctorrent_version(void);

/// Begins a session. NULL on failure.
/// `fingerprint` is the start of its peer id, 8 bytes; `dht_state` comes from ctorrent_dht_state.
ctorrent_session *ctorrent_open(
    const ctorrent_setting *settings, size_t count, const char *fingerprint, ctorrent_bytes dht_state,
    ctorrent_notify notify, void *context, ctorrent_failure *failure);
/// Ends it and frees it. Blocks until all trackers know, or the setting stop_tracker_timeout has passed.
void ctorrent_close(ctorrent_session *session);
bool ctorrent_configure(
    ctorrent_session *session, const ctorrent_setting *settings, size_t count, ctorrent_failure *failure);
/// Where it listens; 0 when it does not.
uint16_t ctorrent_port(ctorrent_session *session);

// What happens.

typedef enum {
    CTORRENT_METADATA = 1,
    CTORRENT_CHECKED,
    /// number: the piece.
    CTORRENT_PIECE,
    /// number: the piece; text: the peer that alone sent it, or NULL.
    CTORRENT_WRONG_PIECE,
    CTORRENT_FINISHED,
    /// code, text.
    CTORRENT_FAILED,
    /// text.
    CTORRENT_COMPLAINT,
    /// text: the tracker; number: peers.
    CTORRENT_ANNOUNCED,
    /// bytes.
    CTORRENT_RESUME_DATA,
    /// code, text.
    CTORRENT_RESUME_FAILED,
    CTORRENT_REMOVED,
    /// number: nodes of the DHT.
    CTORRENT_STATISTICS,
    /// key, salt, sequence; number: nodes that took it.
    CTORRENT_PUT,
    /// key, salt; if there is one also sequence, signature and bytes; number: whether it is the last.
    CTORRENT_ITEM,
    /// key: the id; bytes: compact entries of 18 bytes, IPv4 as mapped IPv6.
    CTORRENT_PEERS,
    /// Events were lost.
    CTORRENT_DROPPED,
    /// text: the peer. It speaks the message channel.
    CTORRENT_CHANNEL_OPEN,
    /// text: the peer; bytes.
    CTORRENT_MESSAGE
} ctorrent_kind;

/// What is pointed to lives as long as the call that tells of it.
typedef struct {
    ctorrent_kind kind;
    uint32_t torrent;
    int64_t number;
    int64_t sequence;
    ctorrent_code code;
    const char *text;
    ctorrent_bytes bytes;
    ctorrent_bytes key;
    ctorrent_bytes salt;
    ctorrent_bytes signature;
} ctorrent_event;

typedef void (*ctorrent_tell)(void *context, const ctorrent_event *event) CTORRENT_ANY_THREAD;

/// Tells all that happened since the last call. Not from two threads at once.
void ctorrent_poll(ctorrent_session *session, ctorrent_tell tell, void *context);
/// Answered by CTORRENT_STATISTICS.
void ctorrent_ask_statistics(ctorrent_session *session);

// Torrents.

typedef struct {
    int32_t file;
    const char *path;
} ctorrent_place;

typedef struct {
    /// One of both.
    ctorrent_bytes metainfo;
    const char *magnet;
    const char *folder;
    const ctorrent_place *places;
    size_t place_count;
    ctorrent_bytes resume_data;
    /// A byte per file, 0 for those that are not wanted, 2 for those wanted before all others; all are when empty.
    ctorrent_bytes wanted;
    const ctorrent_address *peers;
    size_t peer_count;
    ctorrent_texts trackers;
    ctorrent_texts web_seeds;
    bool is_seed;
    bool starts_paused;
    bool is_public;
    /// Counts for one that is not public: local discovery may know of it.
    bool is_local;
    bool uses_peer_exchange;
} ctorrent_order;

typedef enum {
    CTORRENT_PHASE_METADATA = 0,
    CTORRENT_PHASE_CHECKING,
    CTORRENT_PHASE_DOWNLOADING,
    CTORRENT_PHASE_FINISHED,
    CTORRENT_PHASE_SEEDING,
    CTORRENT_PHASE_PAUSED,
    CTORRENT_PHASE_FAILED
} ctorrent_phase;

typedef struct {
    ctorrent_phase phase;
    bool has_v1;
    bool has_v2;
    uint8_t v1[20];
    uint8_t v2[32];
    int64_t wanted;
    int64_t done;
    int64_t received;
    int64_t given;
    int64_t wasted;
    int32_t download_rate;
    int32_t upload_rate;
    int32_t peers;
    int32_t seeds;
    /// Both to be given back with ctorrent_release; may be NULL.
    char *name;
    char *failure;
} ctorrent_status;

/// A magnet link to a torrent that is there already is refused: it must not be decided about as a new one.
bool ctorrent_add(
    ctorrent_session *session, const ctorrent_order *order, uint32_t *torrent, ctorrent_failure *failure);
/// Answered by CTORRENT_REMOVED.
bool ctorrent_remove(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure);
bool ctorrent_pause(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure);
bool ctorrent_resume(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure);
bool ctorrent_recheck(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure);
/// Whether pieces are asked for from the first to the last, or the rarest first.
bool ctorrent_set_order(ctorrent_session *session, uint32_t torrent, bool in_order, ctorrent_failure *failure);
bool ctorrent_get_status(
    ctorrent_session *session, uint32_t torrent, ctorrent_status *status, ctorrent_failure *failure);
/// Empty until a peer has told it.
bool ctorrent_metainfo(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *metainfo, ctorrent_failure *failure);
/// Answered by CTORRENT_RESUME_DATA or CTORRENT_RESUME_FAILED.
bool ctorrent_ask_resume_data(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure);
/// Whether it was begun by a magnet link, and ctorrent_decide has not been called: it then takes nothing.
bool ctorrent_is_undecided(ctorrent_session *session, uint32_t torrent);
/// Says which files are wanted of a torrent that was begun by a magnet link. It begins anew with the peers that its
/// resume data names, and keeps its number.
bool ctorrent_decide(
    ctorrent_session *session, uint32_t torrent, ctorrent_bytes wanted, ctorrent_bytes resume_data,
    ctorrent_failure *failure);
/// A byte per file, for any other torrent.
bool ctorrent_set_wanted(
    ctorrent_session *session, uint32_t torrent, ctorrent_bytes wanted, ctorrent_failure *failure);
/// An int64_t per file.
bool ctorrent_file_progress(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *progress, ctorrent_failure *failure);
/// A byte per piece, 1 for those that are there.
bool ctorrent_pieces(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *pieces, ctorrent_failure *failure);
/// Whether a piece is there.
bool ctorrent_has_piece(
    ctorrent_session *session, uint32_t torrent, int32_t piece, bool *has, ctorrent_failure *failure);
/// Answered by CTORRENT_PIECE or CTORRENT_WRONG_PIECE, unless it is there already.
bool ctorrent_give(
    ctorrent_session *session, uint32_t torrent, int32_t piece, ctorrent_bytes bytes, ctorrent_failure *failure);
bool ctorrent_connect(
    ctorrent_session *session, uint32_t torrent, ctorrent_address peer, ctorrent_failure *failure);

// The DHT.

bool ctorrent_dht_state(ctorrent_session *session, ctorrent_buffer *state, ctorrent_failure *failure);
void ctorrent_add_node(ctorrent_session *session, ctorrent_address node);
/// key: 32 bytes; signature: 64. Answered by CTORRENT_PUT.
bool ctorrent_put(
    ctorrent_session *session, ctorrent_bytes key, ctorrent_bytes salt, int64_t sequence, ctorrent_bytes value,
    ctorrent_bytes signature, ctorrent_failure *failure);
/// Answered by CTORRENT_ITEM, several times.
bool ctorrent_get(ctorrent_session *session, ctorrent_bytes key, ctorrent_bytes salt, ctorrent_failure *failure);
/// id: 20 bytes.
bool ctorrent_announce(ctorrent_session *session, ctorrent_bytes id, uint16_t port, ctorrent_failure *failure);
/// id: 20 bytes. Answered by CTORRENT_PEERS, several times.
bool ctorrent_look_up(ctorrent_session *session, ctorrent_bytes id, ctorrent_failure *failure);

// Message channels: an extension of BEP 10 among those who meet at an id that no torrent has.

/// Meets others at an id of 20 bytes, by the DHT and as ctorrent_connect says, until ctorrent_remove. `name` is that of
/// the extension, `largest` the bytes that a message may have. Peers are told by CTORRENT_CHANNEL_OPEN, what they say
/// by CTORRENT_MESSAGE.
bool ctorrent_open_channel(
    ctorrent_session *session, ctorrent_bytes id, const char *name, size_t largest, uint32_t *torrent,
    ctorrent_failure *failure);
/// Says something to a peer whose channel is open, within a second.
bool ctorrent_send(
    ctorrent_session *session, uint32_t torrent, const char *peer, ctorrent_bytes bytes, ctorrent_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
