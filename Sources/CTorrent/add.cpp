#include "engine.hpp"

#ifdef CTORRENT_HAS_ENGINE

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/load_torrent.hpp>
#include <libtorrent/magnet_uri.hpp>
#include <libtorrent/read_resume_data.hpp>
#include <libtorrent/torrent_flags.hpp>
#include <libtorrent/torrent_info.hpp>

namespace lt = libtorrent;

namespace {

void refuse_links(const lt::torrent_info &info) {
    const auto &files = info.files();
    for (const auto file : files.file_range()) {
        if (files.file_flags(file) & lt::file_storage::flag_symlink) {
            throw ctorrent::failed{CTORRENT_INVALID_TORRENT, files.file_path(file) + " is a symbolic link"};
        }
    }
}

lt::add_torrent_params subject(const ctorrent_order &order) {
    if (order.magnet != nullptr) {
        auto params = lt::parse_magnet_uri(order.magnet);
        // A magnet link's own words on files and sources are not ours to follow.
        params.url_seeds.clear();
        params.file_priorities.clear();
        return params;
    }
    lt::load_torrent_limits limits;
    limits.max_buffer_size = 64 * 1024 * 1024;
    limits.max_pieces = 0x200000;
    limits.max_decode_depth = 100;
    limits.max_decode_tokens = 5'000'000;
    auto params = lt::load_torrent_buffer(ctorrent::span(order.metainfo), limits);
    refuse_links(*params.ti);
    // Only servers that the order names are asked: others are for whoever can resolve addresses that expire.
    params.url_seeds.clear();
    params.ti->set_web_seeds({});
    return params;
}

/// Takes over what a former session knew; what the order says goes before it.
void restore(lt::add_torrent_params &params, ctorrent_bytes bytes) {
    if (bytes.count == 0) return;
    lt::error_code error;
    auto former = lt::read_resume_data(ctorrent::span(bytes), error);
    const auto hashes = params.ti ? params.ti->info_hashes() : params.info_hashes;
    if (error || former.info_hashes != hashes) return;
    params.have_pieces = std::move(former.have_pieces);
    params.verified_pieces = std::move(former.verified_pieces);
    params.unfinished_pieces = std::move(former.unfinished_pieces);
    params.total_downloaded = former.total_downloaded;
    params.total_uploaded = former.total_uploaded;
    params.active_time = former.active_time;
    params.finished_time = former.finished_time;
    params.seeding_time = former.seeding_time;
    params.added_time = former.added_time;
    params.completed_time = former.completed_time;
    params.peers = std::move(former.peers);
    params.banned_peers = std::move(former.banned_peers);
    if (params.merkle_trees.empty()) {
        params.merkle_trees = std::move(former.merkle_trees);
        params.merkle_tree_mask = std::move(former.merkle_tree_mask);
        params.verified_leaf_hashes = std::move(former.verified_leaf_hashes);
    }
}

void set_wanted(lt::add_torrent_params &params, ctorrent_bytes wanted) {
    if (wanted.count == 0 || !params.ti) return;
    const auto &files = params.ti->files();
    for (const auto file : files.file_range()) {
        const auto index = static_cast<size_t>(static_cast<int>(file));
        const bool is_wanted = (index >= wanted.count || wanted.bytes[index] != 0) && !files.pad_file_at(file);
        const bool is_urgent = index < wanted.count && wanted.bytes[index] == 2;
        const auto priority = is_urgent ? lt::top_priority : lt::default_priority;
        params.file_priorities.push_back(is_wanted ? priority : lt::dont_download);
    }
}

void set_places(lt::add_torrent_params &params, const ctorrent_order &order) {
    if (!params.ti) return;
    for (size_t i = 0; i < order.place_count; ++i) {
        const lt::file_index_t file{order.places[i].file};
        if (file < lt::file_index_t{0} || file >= params.ti->files().end_file()) {
            throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "a place is given for a file that is not there"};
        }
        params.renamed_files[file] = order.places[i].path;
    }
}

void set_flags(lt::add_torrent_params &params, const ctorrent_order &order) {
    using namespace lt::torrent_flags;
    // Nobody but the caller pauses and resumes.
    params.flags &= ~(auto_managed | paused | seed_mode);
    params.flags |= apply_ip_filter;
    if (order.starts_paused) params.flags |= paused;
    // What is wrong with the files of a seed is for their owner to mend: no piece of it is ever asked for.
    if (order.is_seed) params.flags |= params.ti ? seed_mode | upload_mode : seed_mode;
    if (!order.is_public) params.flags |= order.is_local ? disable_dht : disable_dht | disable_lsd;
    if (!order.uses_peer_exchange) params.flags |= disable_pex;
}

void set_extras(lt::add_torrent_params &params, const ctorrent_order &order) {
    params.tracker_tiers.resize(params.trackers.size(), 0);
    int tier = params.tracker_tiers.empty() ? 0 : params.tracker_tiers.back() + 1;
    for (const auto &url : ctorrent::strings(order.trackers)) {
        params.trackers.push_back(url);
        params.tracker_tiers.push_back(tier++);
    }
    for (const auto &url : ctorrent::strings(order.web_seeds)) params.url_seeds.push_back(url);
    for (size_t i = 0; i < order.peer_count; ++i) {
        lt::error_code error;
        const auto address = lt::make_address(order.peers[i].host, error);
        if (!error) params.peers.push_back({address, order.peers[i].port});
    }
}

} // namespace

bool ctorrent_add(
    ctorrent_session *session, const ctorrent_order *order, uint32_t *torrent, ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        auto params = subject(*order);
        restore(params, order->resume_data);
        params.save_path = order->folder;
        set_wanted(params, order->wanted);
        set_places(params, *order);
        set_flags(params, *order);
        set_extras(params, *order);
        if (params.ti) {
            *torrent = session->enrol(session->engine->add_torrent(std::move(params)), order->is_seed);
            return;
        }
        auto later = params;
        // Where there is no place no file can be made of what peers tell, before somebody has looked at it.
        params.save_path = "/dev/null/nowhere";
        // One that is there already belongs to somebody else, who keeps what it has.
        params.flags |= lt::torrent_flags::default_dont_download | lt::torrent_flags::duplicate_is_error;
        params.flags &= ~lt::torrent_flags::seed_mode;
        *torrent = session->enrol(session->engine->add_torrent(std::move(params)));
        const std::lock_guard<std::mutex> guard(session->lock);
        session->undecided.emplace(*torrent, std::move(later));
    });
}

bool ctorrent_is_undecided(ctorrent_session *session, uint32_t torrent) { return session->is_undecided(torrent); }

bool ctorrent_decide(
    ctorrent_session *session, uint32_t torrent, ctorrent_bytes wanted, ctorrent_bytes resume_data,
    ctorrent_failure *failure) {
    return ctorrent::guarded(failure, [&] {
        const auto old = session->torrent(torrent);
        const auto info = old.torrent_file_with_hashes();
        if (!info) throw ctorrent::failed{CTORRENT_INVALID_TORRENT, "no peer has told its files yet"};
        if (wanted.count != static_cast<size_t>(info->num_files())) {
            throw ctorrent::failed{
                CTORRENT_INVALID_TORRENT, "the torrent has " + std::to_string(info->num_files()) + " files"};
        }
        refuse_links(*info);
        lt::add_torrent_params params;
        {
            const std::lock_guard<std::mutex> guard(session->lock);
            const auto found = session->undecided.find(torrent);
            if (found == session->undecided.end()) return;
            params = found->second;
        }
        params.ti = info;
        set_wanted(params, wanted);
        lt::error_code error;
        const auto former = lt::read_resume_data(ctorrent::span(resume_data), error);
        if (!error) params.peers.insert(params.peers.end(), former.peers.begin(), former.peers.end());
        {
            const std::lock_guard<std::mutex> guard(session->lock);
            session->numbers.erase(old);
        }
        session->engine->remove_torrent(old);
        const auto now = session->engine->add_torrent(std::move(params));
        const std::lock_guard<std::mutex> guard(session->lock);
        session->torrents[torrent] = now;
        session->numbers[now] = torrent;
        session->undecided.erase(torrent);
    });
}

#endif
