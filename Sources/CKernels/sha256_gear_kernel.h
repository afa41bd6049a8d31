#ifndef SHOAL_SHA256_GEAR_KERNEL_H
#define SHOAL_SHA256_GEAR_KERNEL_H

#include "gear_hits.h"

/// The round constants of FIPS 180-4.
extern const uint32_t sha256_constants[64];

#if defined(__x86_64__)
/// Takes whole blocks of 64 bytes into the digest.
void sha256_blocks_x86(uint32_t digest[8], const uint8_t *bytes, size_t blocks);

/// The same, and collects hits of the rolling hash into the first stream of `hits`. `count[0]` beyond the capacity says
/// that there were more than fit; `hash` moves on in any case.
void sha256_gear_blocks_x86(
    uint32_t digest[8], uint64_t *hash, const uint8_t *bytes, size_t blocks, gear_hits *hits);
#endif

#endif
