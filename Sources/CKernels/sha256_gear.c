#include "shoal_sha256_gear.h"

#include <string.h>

#include "sha256_gear_kernel.h"
#include "shoal_level.h"

enum {
    block_bytes = 64,
    /// Bytes per round: with ordinary data far fewer hits than are kept.
    round_bytes = 1 << 20,
};

const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

bool shoal_sha256_gear_is_available(void) {
#if defined(__x86_64__)
    return shoal_level_active() != shoal_level_scalar && __builtin_cpu_supports("sha")
        && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
#else
    return false;
#endif
}

void shoal_sha256_gear_init(shoal_sha256_gear_hasher *hasher) {
    static const uint32_t start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memset(hasher, 0, sizeof *hasher);
    memcpy(hasher->digest, start, sizeof start);
}

static void take_blocks(uint32_t digest[8], const uint8_t *bytes, size_t blocks) {
#if defined(__x86_64__)
    sha256_blocks_x86(digest, bytes, blocks);
#endif
}

static void take_and_collect(
    uint32_t digest[8], uint64_t *hash, const uint8_t *bytes, size_t blocks, gear_hits *hits) {
#if defined(__x86_64__)
    sha256_gear_blocks_x86(digest, hash, bytes, blocks, hits);
#endif
}

static size_t cut_blocks(shoal_sha256_gear_hasher *hasher, const uint8_t *bytes, size_t count, size_t *ends) {
    gear_hits hits;
    memset(hits.count, 0, sizeof hits.count);
    uint64_t hash = hasher->gear.hash;
    take_and_collect(hasher->digest, &hash, bytes, count / block_bytes, &hits);
    // Data with so many hits is made up: it may take its time.
    if (hits.count[0] > gear_hit_capacity) return gear_cut_serially(&hasher->gear, bytes, count, ends);
    hasher->gear.hash = hash;
    return gear_cut_hits(&hasher->gear, &hits, count, ends);
}

size_t shoal_sha256_gear_update(shoal_sha256_gear_hasher *hasher, const void *bytes, size_t count, size_t *ends) {
    const uint8_t *input = bytes;
    size_t done = 0;
    size_t stored = 0;
    while (done < count) {
        size_t buffered = (size_t)(hasher->length % block_bytes);
        size_t left = count - done;
        size_t length, found;
        if (buffered == 0 && left >= block_bytes) {
            length = (left < round_bytes ? left : round_bytes) / block_bytes * block_bytes;
            found = cut_blocks(hasher, input + done, length, ends + stored);
        } else {
            length = block_bytes - buffered < left ? block_bytes - buffered : left;
            memcpy(hasher->buffer + buffered, input + done, length);
            if (buffered + length == block_bytes) take_blocks(hasher->digest, hasher->buffer, 1);
            found = gear_cut_serially(&hasher->gear, input + done, length, ends + stored);
        }
        for (size_t i = 0; i < found; i += 1) ends[stored + i] += done;
        stored += found;
        done += length;
        hasher->length += length;
    }
    return stored;
}

void shoal_sha256_gear_finish(const shoal_sha256_gear_hasher *hasher, void *digest) {
    uint32_t words[8];
    uint8_t blocks[2 * block_bytes] = {0};
    size_t buffered = (size_t)(hasher->length % block_bytes);
    size_t used = buffered < block_bytes - 8 ? 1 : 2;
    memcpy(words, hasher->digest, sizeof words);
    memcpy(blocks, hasher->buffer, buffered);
    blocks[buffered] = 0x80;
    for (size_t i = 0; i < 8; i += 1) {
        blocks[used * block_bytes - 1 - i] = (uint8_t)(hasher->length * 8 >> 8 * i);
    }
    take_blocks(words, blocks, used);
    for (size_t i = 0; i < 32; i += 1) ((uint8_t *)digest)[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
}
