#ifndef SHOAL_GEAR_H
#define SHOAL_GEAR_H

#include <stddef.h>
#include <stdint.h>

enum {
    shoal_gear_minimum = 8192,
    shoal_gear_maximum = 131072,
};

/// Where a stream stands between two slices. All zero at the start of a stream.
typedef struct {
    /// The rolling hash; exact once 64 bytes have passed, which is before it is first looked at.
    uint64_t hash;
    /// Bytes of the chunk that is not finished yet, below `shoal_gear_maximum`.
    uint64_t pending;
} shoal_gear_state;

/// Scans the next `count` bytes of a stream and stores in `ends` the ends of the chunks that finish inside them, as
/// offsets from `bytes` (so 1...count), in order. The result does not depend on how a stream is sliced.
/// `ends` must have room for `count / 8192 + 1` values. Returns how many were stored.
/// Where the SHA-256 of the stream is wanted too, `shoal_sha256_gear_update` finds both at once.
size_t shoal_gear_cut(shoal_gear_state *state, const void *bytes, size_t count, size_t *ends);

/// The word that a byte value adds to the rolling hash (xet-protocol §1.1).
uint64_t shoal_gear_word(uint8_t byte);

#endif
