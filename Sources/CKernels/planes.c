#include "shoal_planes.h"

#include <stdbool.h>
#include <string.h>

#include "planes_writer.h"
#include "shoal_bg4.h"

// An LZ4 encoder for grouped numbers: planes of exponents with short, dense matches beside planes of noise.
//
// Nearly every position of an exponent plane starts a match of four to eight bytes, so that the usual search spends its
// time in branches that cannot be predicted and in waiting for its own results. Here a step has no such branch: it
// writes a sequence always and keeps it if it was one. And up to four chunks advance side by side, each by one step in
// turn, so that one works while the others wait for memory.

#define INLINE static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))

enum {
    width = 4,
    table_bits = 14,
    /// The format: no match starts in the last 12 bytes or reaches into the last 5.
    last_start = 13,
    last_literals = 5,
    /// A match of as many bytes is extended byte by byte of the plane; shorter ones are known exactly.
    full_match = 8,
    /// Literals that the fast path can write.
    most_literals = 14,
};

/// Where a chunk's packing stands.
typedef struct {
    /// The next position to look at; NULL when the chunk is packed.
    const uint8_t *next;
    uint8_t *output;
    /// Bytes before `next` that are not written yet.
    size_t literals;
} place;

typedef struct {
    /// The last position of each hash, by the lower 16 bits of its address. Distances are that wide too: what a
    /// position's lower bits leave open is exactly what the format cannot express.
    uint16_t *table;
    uint8_t *bytes;
    shoal_planes_job *job;
    int plane;
    const uint8_t *plane_end;
    place place;
} lane;

INLINE uint64_t loaded(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// Four bytes and a half: matches of four are found but rarely displace longer ones. With five bytes the output would be
/// 1.5 % smaller and the search take 10 % longer.
INLINE size_t hashed(uint64_t word) {
    return (size_t)((word << 28) * UINT64_C(0x9E3779B185EBCA87) >> (64 - table_bits));
}

INLINE uint16_t low(const uint8_t *position) { return (uint16_t)(uintptr_t)position; }

/// Where no match may start any more.
INLINE const uint8_t *start_limit(const lane *lane) {
    size_t count = lane->job->count;
    return lane->bytes + (count > last_start ? count - last_start + 1 : 0);
}

static void enter_plane(lane *lane, int plane) {
    const uint8_t *end = lane->bytes + (lane->job->count * (size_t)plane + 3) / 4;
    const uint8_t *limit = start_limit(lane);
    lane->plane = plane;
    lane->plane_end = end < limit ? end : limit;
}

/// Writes a match of four bytes or more with the literals before it.
static place take(const lane *lane, place at, size_t distance) {
    const uint8_t *limit = lane->bytes + lane->job->count - last_literals;
    const uint8_t *end = at.next + 4;
    while (end + 8 <= limit) {
        uint64_t difference = loaded(end) ^ loaded(end - distance);
        if (difference != 0) {
            end += __builtin_ctzll(difference) / 8;
            break;
        }
        end += 8;
    }
    if (end + 8 > limit) {
        while (end < limit && *end == *(end - distance)) end += 1;
    }
    uint8_t *output = write_sequence(at.output, at.next - at.literals, at.literals, end - at.next, distance);
    return (place){end, output, 0};
}

/// Looks for the next match alone, in ever longer strides where there is none, and goes on to further planes.
OUTLINE place seek(lane *lane, place at) {
    const uint8_t *anchor = at.next - at.literals;
    while (true) {
        size_t misses = 0;
        while (at.next < lane->plane_end) {
            uint64_t word = loaded(at.next);
            uint16_t *entry = &lane->table[hashed(word)];
            size_t distance = (uint16_t)(low(at.next) - *entry);
            *entry = low(at.next);
            if (distance != 0 && (uint32_t)loaded(at.next - distance) == (uint32_t)word) {
                at.literals = (size_t)(at.next - anchor);
                at = take(lane, at, distance);
                if (at.next < lane->plane_end) return at;
                anchor = at.next;
                misses = 0;
            } else {
                at.next += 1 + (misses >> 4);
                misses += 1;
            }
        }
        if (lane->plane_end == start_limit(lane)) break;
        const uint8_t *start = lane->bytes + (lane->job->count * (size_t)lane->plane + 3) / 4;
        enter_plane(lane, lane->plane + 1);
        // A match may reach into the next plane, long strides may have led past its start.
        at.next = start > anchor ? start : anchor;
    }
    const uint8_t *end = lane->bytes + lane->job->count;
    at.output = write_last(at.output, anchor, (size_t)(end - anchor));
    lane->job->packed = (size_t)(at.output - (uint8_t *)lane->job->output);
    at.next = NULL;
    return at;
}

/// What `step` leaves to do: a long match, many literals, or the end of a plane.
OUTLINE place catch_up(lane *lane, place at) {
    if (at.next < lane->plane_end && at.literals <= most_literals) {
        uint64_t word = loaded(at.next);
        size_t distance = (uint16_t)(low(at.next) - lane->table[hashed(word)]);
        if (distance != 0 && (uint32_t)loaded(at.next - distance) == (uint32_t)word) {
            at = take(lane, at, distance);
            if (at.next < lane->plane_end) return at;
        }
    }
    return seek(lane, at);
}

/// Looks at one position. Returns false when the chunk is packed.
INLINE bool step(lane *lane, uint16_t *table, place *at) {
    const uint8_t *next = at->next;
    uint64_t word = loaded(next);
    size_t hash = hashed(word);
    size_t distance = (uint16_t)(low(next) - table[hash]);
    uint64_t difference = loaded(next - distance) ^ word;
    if (__builtin_expect((difference == 0) | (at->literals > most_literals), 0)) {
        *at = catch_up(lane, *at);
        return at->next != NULL;
    }
    table[hash] = low(next);
    // One position that matches leap over, in arrears, so that a position never finds itself.
    table[hashed(loaded(next - 2))] = low(next - 2);
    size_t length = (size_t)__builtin_ctzll(difference) / 8;
    // All ones if this is a match, of four to seven bytes; written this way because compilers would branch.
    size_t kept = 0 - (length >> 2);
    at->output[0] = (uint8_t)((at->literals << 4) + length - 4);
    memcpy(at->output + 1, next - at->literals, 16);
    uint8_t *mark = at->output + 1 + at->literals;
    mark[0] = (uint8_t)distance;
    mark[1] = (uint8_t)(distance >> 8);
    at->output += kept & (at->literals + 3);
    at->next += 1 + (kept & (length - 1));
    at->literals = ~kept & (at->literals + 1);
    if (__builtin_expect(at->next >= lane->plane_end, 0)) {
        *at = seek(lane, *at);
        return at->next != NULL;
    }
    return true;
}

/// Runs `count` lanes until one has packed its chunk.
INLINE void run(lane *lanes, size_t count) {
    place places[width];
    uint16_t *tables[width];
#pragma clang loop unroll(full)
    for (size_t k = 0; k < count; k += 1) {
        places[k] = lanes[k].place;
        tables[k] = lanes[k].table;
    }
    bool goes_on = true;
    while (goes_on) {
#pragma clang loop unroll(full)
        for (size_t k = 0; k < count; k += 1) {
            if (!step(&lanes[k], tables[k], &places[k])) {
                goes_on = false;
                break;
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t k = 0; k < count; k += 1) lanes[k].place = places[k];
}

OUTLINE void run_four(lane *lanes) { run(lanes, 4); }
OUTLINE void run_two(lane *lanes) { run(lanes, 2); }
OUTLINE void run_one(lane *lanes) { run(lanes, 1); }

static void begin(lane *lane, shoal_planes_job *job) {
    lane->job = job;
    shoal_bg4_split(job->input, job->count, lane->bytes);
    memset(lane->bytes + job->count, 0, 16);
    for (size_t i = 0; i < (size_t)1 << table_bits; i += 1) lane->table[i] = low(lane->bytes);
    enter_plane(lane, 1);
    // The first position cannot start a match.
    lane->place = seek(lane, (place){lane->bytes + 1, job->output, 1});
}

void shoal_planes_pack(void *scratch, shoal_planes_job *jobs, size_t count) {
    lane lanes[width];
    uint8_t *memory = scratch;
    for (size_t k = 0; k < width; k += 1) {
        lanes[k].table = (uint16_t *)memory;
        // Positions look two bytes back.
        lanes[k].bytes = memory + sizeof(uint16_t) * ((size_t)1 << table_bits) + 16;
        memory += shoal_planes_scratch / width;
    }
    size_t running = 0;
    while (true) {
        while (running < width && count > 0) {
            begin(&lanes[running], jobs);
            jobs += 1;
            count -= 1;
            if (lanes[running].place.next != NULL) running += 1;
        }
        if (running == 0) return;
        if (running == 4) {
            run_four(lanes);
        } else if (running >= 2) {
            run_two(lanes);
        } else {
            run_one(lanes);
        }
        for (size_t k = 0; k < running;) {
            if (lanes[k].place.next != NULL) {
                k += 1;
                continue;
            }
            running -= 1;
            lane done = lanes[k];
            lanes[k] = lanes[running];
            lanes[running] = done;
        }
    }
}
