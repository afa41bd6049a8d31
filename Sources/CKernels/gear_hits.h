#ifndef SHOAL_GEAR_HITS_H
#define SHOAL_GEAR_HITS_H

#include <stddef.h>
#include <stdint.h>

#include "shoal_gear.h"

/// The test "top 16 bits are zero" as one comparison.
#define GEAR_FIRST_MISS (UINT64_C(1) << 48)

enum {
    gear_streams = 4,
    /// Hits per stream and round that are kept; ordinary data has four.
    gear_hit_capacity = 256,
};

/// Positions of a round that pass the hash test, in order: those of the first stream before those of the second.
typedef struct {
    size_t count[gear_streams];
    uint32_t ends[gear_streams][gear_hit_capacity];
} gear_hits;

/// Applies the length limits to the hits of the next `count` bytes of a stream.
size_t gear_cut_hits(shoal_gear_state *state, const gear_hits *hits, size_t count, size_t *ends);

/// One stream, chunk by chunk: for short slices and for data with too many hits.
size_t gear_cut_serially(shoal_gear_state *state, const uint8_t *bytes, size_t count, size_t *ends);

#endif
