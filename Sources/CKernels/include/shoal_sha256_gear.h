#ifndef SHOAL_SHA256_GEAR_H
#define SHOAL_SHA256_GEAR_H

#include <stdbool.h>

#include "shoal_gear.h"

/// The SHA-256 of a stream and its chunk ends, found in one pass. The SHA instructions wait for each other most of the
/// time, so the ends cost next to nothing. Plain memory; starts with `shoal_sha256_gear_init`.
typedef struct {
    uint32_t digest[8];
    uint64_t length;
    uint8_t buffer[64];
    shoal_gear_state gear;
} shoal_sha256_gear_hasher;

/// Whether this processor has what it takes. Where not, nothing else here may be called: a general library's SHA-256
/// and `shoal_gear_cut` do the same.
bool shoal_sha256_gear_is_available(void);

void shoal_sha256_gear_init(shoal_sha256_gear_hasher *hasher);

/// Takes the next `count` bytes and stores chunk ends as `shoal_gear_cut` does.
size_t shoal_sha256_gear_update(shoal_sha256_gear_hasher *hasher, const void *bytes, size_t count, size_t *ends);

/// Stores the 32 bytes of the SHA-256.
void shoal_sha256_gear_finish(const shoal_sha256_gear_hasher *hasher, void *digest);

#endif
