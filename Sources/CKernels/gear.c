#include "gear_hits.h"

#include <stdbool.h>
#include <string.h>

#include "gear_table.h"

// A boundary at position p depends on the 64 bytes that end there and on where its chunk began, on nothing else. So the
// positions that pass the hash test are a property of the data: they are collected by four streams that advance side
// by side (one alone waits for its own latency), and a short pass then applies the minimum and maximum length.

enum {
    window = 64,
    streams = gear_streams,
    hit_capacity = gear_hit_capacity,
    /// Bytes per round: stays in the second-level cache for whoever reads the same bytes next.
    round_bytes = 1 << 20,
    /// Below this, four streams cost more than they bring.
    least_for_streams = 16 << 10,
};

static inline uint64_t warmed(const uint8_t *bytes, size_t position) {
    uint64_t hash = 0;
    for (size_t i = position - window; i < position; i += 1) hash = (hash << 1) + shoal_gear_table[bytes[i]];
    return hash;
}

/// Collects every position of `count` bytes that passes the hash test. Returns false, with `hash` unchanged, when a
/// stream has more hits than fit, which only made-up data does.
__attribute__((noinline)) static bool collect(uint64_t *hash, const uint8_t *bytes, size_t count, gear_hits *hits) {
    const uint64_t *table = shoal_gear_table;
    const size_t length = count / streams, length3 = 3 * length;
    uint64_t h0 = *hash, h1 = warmed(bytes, length), h2 = warmed(bytes, 2 * length), h3 = warmed(bytes, length3);
    uint64_t limit = GEAR_FIRST_MISS;
    // Hides the value, so that it stays in a register instead of being made anew for every comparison.
    __asm__("" : "+r"(limit));
    memset(hits->count, 0, sizeof hits->count);
    // Each step is followed by its own test, so that compilers leave the streams in general registers: as vectors of
    // two they are half as fast.
#define STEP(stream, hash, byte) \
    hash = (hash << 1) + table[*(byte)]; \
    if (__builtin_expect(hash < limit, 0)) { \
        if (hits->count[stream] == hit_capacity) return false; \
        hits->ends[stream][hits->count[stream]++] = (uint32_t)((byte) + 1 - bytes); \
    }
#define STEPS(at) \
    STEP(0, h0, at) \
    STEP(1, h1, at + length) \
    STEP(2, h2, at + 2 * length) \
    STEP(3, h3, at + length3)
    const uint8_t *next = bytes;
    for (const uint8_t *end = bytes + length / 4 * 4; next != end; next += 4) {
        STEPS(next)
        STEPS(next + 1)
        STEPS(next + 2)
        STEPS(next + 3)
    }
    for (const uint8_t *end = bytes + length; next != end; next += 1) {
        STEPS(next)
    }
    for (next = bytes + streams * length; next != bytes + count; next += 1) {
        STEP(3, h3, next)
    }
#undef STEPS
#undef STEP
    *hash = h3;
    return true;
}

size_t gear_cut_hits(shoal_gear_state *state, const gear_hits *hits, size_t count, size_t *ends) {
    size_t stored = 0;
    // Positions are counted from the start of the unfinished chunk, which may lie before these bytes.
    uint64_t before = state->pending;
    uint64_t start = 0;
    for (int stream = 0; stream < streams; stream += 1) {
        for (size_t i = 0; i < hits->count[stream]; i += 1) {
            uint64_t position = before + hits->ends[stream][i];
            while (position - start > shoal_gear_maximum) {
                start += shoal_gear_maximum;
                ends[stored++] = (size_t)(start - before);
            }
            if (position - start >= shoal_gear_minimum) {
                start = position;
                ends[stored++] = (size_t)(start - before);
            }
        }
    }
    while (before + count - start >= shoal_gear_maximum) {
        start += shoal_gear_maximum;
        ends[stored++] = (size_t)(start - before);
    }
    state->pending = before + count - start;
    return stored;
}

size_t gear_cut_serially(shoal_gear_state *state, const uint8_t *bytes, size_t count, size_t *ends) {
    size_t stored = 0;
    size_t i = 0;
    uint64_t hash = state->hash;
    while (i < count) {
        uint64_t pending = state->pending;
        if (pending < shoal_gear_minimum - window) {
            // What is skipped would be shifted out of the hash before it is first looked at.
            size_t skip = (size_t)(shoal_gear_minimum - window - pending);
            if (skip > count - i) skip = count - i;
            i += skip;
            state->pending = pending + skip;
            continue;
        }
        size_t limit = (size_t)(shoal_gear_maximum - pending);
        if (limit > count - i) limit = count - i;
        size_t step = 0;
        bool found = false;
        while (step < limit) {
            hash = (hash << 1) + shoal_gear_table[bytes[i + step]];
            step += 1;
            if (hash < GEAR_FIRST_MISS && pending + step >= shoal_gear_minimum) {
                found = true;
                break;
            }
        }
        i += step;
        state->pending = pending + step;
        if (found || state->pending == shoal_gear_maximum) {
            ends[stored++] = i;
            state->pending = 0;
        }
    }
    state->hash = hash;
    return stored;
}

size_t shoal_gear_cut(shoal_gear_state *state, const void *bytes, size_t count, size_t *ends) {
    const uint8_t *next = bytes;
    size_t stored = 0;
    size_t done = 0;
    while (done < count) {
        size_t length = count - done < round_bytes ? count - done : round_bytes;
        gear_hits hits;
        size_t found;
        if (length >= least_for_streams && collect(&state->hash, next + done, length, &hits)) {
            found = gear_cut_hits(state, &hits, length, ends + stored);
        } else {
            found = gear_cut_serially(state, next + done, length, ends + stored);
        }
        for (size_t i = 0; i < found; i += 1) ends[stored + i] += done;
        stored += found;
        done += length;
    }
    return stored;
}

uint64_t shoal_gear_word(uint8_t byte) { return shoal_gear_table[byte]; }
