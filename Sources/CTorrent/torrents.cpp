#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/bencode.hpp>
#include <libtorrent/entry.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_info.hpp>
#include <libtorrent/torrent_status.hpp>

#include <algorithm>
#include <iterator>

namespace lt = libtorrent;

namespace {

ctorrent_phase phase(const lt::torrent_status &status, bool is_undecided, bool is_seed) {
    if (is_undecided) return CTORRENT_PHASE_METADATA;
    // Of itself libtorrent only begins to give and not to take when the disk is full.
    if (status.errc || (!is_seed && (status.flags & lt::torrent_flags::upload_mode))) return CTORRENT_PHASE_FAILED;
    if (status.flags & lt::torrent_flags::paused) return CTORRENT_PHASE_PAUSED;
    if (!status.has_metadata) return CTORRENT_PHASE_METADATA;
    switch (status.state) {
    case lt::torrent_status::downloading_metadata:
        return CTORRENT_PHASE_METADATA;
    case lt::torrent_status::downloading:
        return CTORRENT_PHASE_DOWNLOADING;
    case lt::torrent_status::finished:
        return CTORRENT_PHASE_FINISHED;
    case lt::torrent_status::seeding:
        return CTORRENT_PHASE_SEEDING;
    default:
        return CTORRENT_PHASE_CHECKING;
    }
}

std::string failure_text(const lt::torrent_handle &torrent, const lt::torrent_status &status) {
    if (!status.errc) return "the disk is full";
    std::string text = status.errc.message();
    const auto info = torrent.torrent_file();
    if (info && status.error_file >= lt::file_index_t{0} && status.error_file < info->files().end_file()) {
        text = info->files().file_path(status.error_file) + ": " + text;
    }
    return text;
}

/// A torrent with the piece layers that are known; those of one begun by a magnet link come with its pieces.
std::vector<char> encoded(const lt::torrent_info &info) {
    lt::entry torrent;
    const auto section = info.info_section();
    torrent["info"] = lt::entry::preformatted_type(section.begin(), section.end());
    if (info.v2()) {
        auto &layers = torrent["piece layers"].dict();
        for (const auto file : info.files().file_range()) {
            const auto layer = info.piece_layer(file);
            if (info.files().pad_file_at(file) || info.files().file_num_pieces(file) < 2 || layer.empty()) continue;
            layers[info.files().root(file).to_string()] = std::string(layer.begin(), layer.end());
        }
    }
    lt::entry::list_type tiers;
    for (const auto &tracker : info.trackers()) {
        if (torrent.find_key("announce") == nullptr) torrent["announce"] = tracker.url;
        tiers.push_back(lt::entry::list_type{lt::entry(tracker.url)});
    }
    if (tiers.size() > 1) torrent["announce-list"] = tiers;
    lt::entry::list_type seeds;
    for (const auto &seed : info.web_seeds()) seeds.push_back(lt::entry(seed.url));
    if (!seeds.empty()) torrent["url-list"] = seeds;
    std::vector<char> result;
    lt::bencode(std::back_inserter(result), torrent);
    return result;
}

} // namespace

bool ctorrent_remove(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] { session->engine->remove_torrent(session->torrent(torrent)); });
}

bool ctorrent_pause(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        session->torrent(torrent).pause();
        session->keep_paused(torrent, true);
    });
}

bool ctorrent_resume(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        handle.clear_error();
        if (!session->is_seed(torrent)) handle.unset_flags(lt::torrent_flags::upload_mode);
        handle.resume();
        session->keep_paused(torrent, false);
    });
}

bool ctorrent_recheck(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        handle.clear_error();
        if (!session->is_seed(torrent)) handle.unset_flags(lt::torrent_flags::upload_mode);
        handle.force_recheck();
    });
}

bool ctorrent_set_order(
    ctorrent_session *session, uint32_t torrent, bool in_order, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        if (in_order) {
            handle.set_flags(lt::torrent_flags::sequential_download);
        } else {
            handle.unset_flags(lt::torrent_flags::sequential_download);
        }
    });
}

bool ctorrent_get_status(
    ctorrent_session *session, uint32_t torrent, ctorrent_status *status, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        const auto now = handle.status(lt::torrent_handle::query_name);
        status->phase = phase(now, session->is_undecided(torrent), session->is_seed(torrent));
        const auto &hashes = now.info_hashes;
        status->has_v1 = hashes.has_v1();
        status->has_v2 = hashes.has_v2();
        std::copy(hashes.v1.begin(), hashes.v1.end(), status->v1);
        std::copy(hashes.v2.begin(), hashes.v2.end(), status->v2);
        status->wanted = now.total_wanted;
        status->done = now.total_wanted_done;
        status->received = now.all_time_download;
        status->given = now.all_time_upload;
        status->wasted = now.total_failed_bytes;
        status->download_rate = now.download_payload_rate;
        status->upload_rate = now.upload_payload_rate;
        status->peers = now.num_peers;
        status->seeds = now.num_seeds;
        status->name = now.name.empty() ? nullptr : ctorrent::copied(now.name);
        status->failure =
            status->phase == CTORRENT_PHASE_FAILED ? ctorrent::copied(failure_text(handle, now)) : nullptr;
    });
}

bool ctorrent_metainfo(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *metainfo, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        *metainfo = {nullptr, 0};
        const auto info = session->torrent(torrent).torrent_file_with_hashes();
        if (!info || !info->is_valid()) return;
        const auto bytes = encoded(*info);
        *metainfo = ctorrent::owned(bytes.data(), bytes.size());
    });
}

bool ctorrent_ask_resume_data(ctorrent_session *session, uint32_t torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        session->torrent(torrent).save_resume_data(lt::torrent_handle::flush_disk_cache);
    });
}

bool ctorrent_set_wanted(
    ctorrent_session *session, uint32_t torrent, ctorrent_bytes wanted, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        const auto info = handle.torrent_file();
        if (!info) throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "no peer has told its files yet"};
        if (wanted.count != static_cast<size_t>(info->num_files())) {
            throw ctorrent::failed{
                CTORRENT_INVALID_TORRENT, "the torrent has " + std::to_string(info->num_files()) + " files"};
        }
        std::vector<lt::download_priority_t> priorities;
        for (const auto file : info->files().file_range()) {
            const bool is_wanted =
                wanted.bytes[static_cast<int>(file)] != 0 && !info->files().pad_file_at(file);
            priorities.push_back(is_wanted ? lt::default_priority : lt::dont_download);
        }
        if (handle.status({}).is_finished) {
            const std::lock_guard<std::mutex> guard(session->lock);
            session->widened.insert(torrent);
        }
        handle.prioritize_files(priorities);
    });
}

bool ctorrent_file_progress(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *progress, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        std::vector<std::int64_t> bytes;
        session->torrent(torrent).file_progress(bytes, lt::torrent_handle::piece_granularity);
        *progress = ctorrent::owned(bytes.data(), bytes.size() * sizeof(std::int64_t));
    });
}

bool ctorrent_pieces(
    ctorrent_session *session, uint32_t torrent, ctorrent_buffer *pieces, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        const auto status = handle.status(lt::torrent_handle::query_pieces);
        const auto info = handle.torrent_file();
        std::vector<uint8_t> result(info ? static_cast<size_t>(info->num_pieces()) : 0, status.is_seeding ? 1 : 0);
        for (const auto piece : status.pieces.range()) {
            const auto index = static_cast<size_t>(static_cast<int>(piece));
            if (index < result.size() && status.pieces[piece]) result[index] = 1;
        }
        *pieces = ctorrent::owned(result.data(), result.size());
    });
}

bool ctorrent_has_piece(
    ctorrent_session *session, uint32_t torrent, int32_t piece, bool *has, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] { *has = session->torrent(torrent).have_piece(lt::piece_index_t{piece}); });
}

bool ctorrent_give(
    ctorrent_session *session, uint32_t torrent, int32_t piece, ctorrent_bytes bytes, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto handle = session->torrent(torrent);
        const auto info = handle.torrent_file();
        const bool is_known = info && piece >= 0 && piece < info->num_pieces();
        if (!is_known || bytes.count != static_cast<size_t>(info->piece_size(lt::piece_index_t{piece}))) {
            throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "the torrent has no piece of this number and size"};
        }
        const auto *first = reinterpret_cast<const char *>(bytes.bytes);
        // Blocks that peers sent may be the wrong ones: all are taken anew.
        handle.add_piece(
            lt::piece_index_t{piece}, std::vector<char>(first, first + bytes.count),
            lt::torrent_handle::overwrite_existing);
    });
}

bool ctorrent_connect(
    ctorrent_session *session, uint32_t torrent, ctorrent_address peer, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        lt::error_code error;
        const auto address = lt::make_address(peer.host, error);
        if (error) throw ctorrent::failed{CTORRENT_NETWORK, std::string(peer.host) + " is no address"};
        session->torrent(torrent).connect_peer({address, peer.port}, {}, {});
    });
}

#endif
