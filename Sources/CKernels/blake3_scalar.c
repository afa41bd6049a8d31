#include "blake3_kernel.h"

#include <string.h>

void blake3_load_words(uint32_t words[8], const uint8_t *bytes) { memcpy(words, bytes, 32); }

void blake3_store_words(uint8_t *bytes, const uint32_t words[8]) { memcpy(bytes, words, 32); }

static inline uint32_t rotated(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

#define MIX(a, b, c, d, x, y) \
    v[a] += v[b] + (x); \
    v[d] = rotated(v[d] ^ v[a], 16); \
    v[c] += v[d]; \
    v[b] = rotated(v[b] ^ v[c], 12); \
    v[a] += v[b] + (y); \
    v[d] = rotated(v[d] ^ v[a], 8); \
    v[c] += v[d]; \
    v[b] = rotated(v[b] ^ v[c], 7);

#define ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
    MIX(0, 4, 8, 12, m[m0], m[m1]) \
    MIX(1, 5, 9, 13, m[m2], m[m3]) \
    MIX(2, 6, 10, 14, m[m4], m[m5]) \
    MIX(3, 7, 11, 15, m[m6], m[m7]) \
    MIX(0, 5, 10, 15, m[m8], m[m9]) \
    MIX(1, 6, 11, 12, m[m10], m[m11]) \
    MIX(2, 7, 8, 13, m[m12], m[m13]) \
    MIX(3, 4, 9, 14, m[m14], m[m15])

void blake3_compress(
    uint32_t chaining[8], const uint8_t block[64], uint32_t length, uint64_t counter, uint32_t flags) {
    uint32_t m[16];
    memcpy(m, block, 64);
    uint32_t v[16] = {
        chaining[0], chaining[1], chaining[2], chaining[3], chaining[4], chaining[5], chaining[6], chaining[7],
        blake3_iv[0], blake3_iv[1], blake3_iv[2], blake3_iv[3], (uint32_t)counter, (uint32_t)(counter >> 32),
        length, flags,
    };
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    ROUND(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
    ROUND(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
    ROUND(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
    ROUND(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4)
    ROUND(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7)
    ROUND(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13)
    for (int i = 0; i < 8; i += 1) chaining[i] = v[i] ^ v[i + 8];
}

static void hash_leaf(const uint8_t *input, const uint32_t key[8], uint64_t counter, uint8_t *output) {
    uint32_t chaining[8];
    memcpy(chaining, key, 32);
    for (uint32_t block = 0; block < 16; block += 1) {
        uint32_t flags = blake3_keyed;
        if (block == 0) flags |= blake3_chunk_start;
        if (block == 15) flags |= blake3_chunk_end;
        blake3_compress(chaining, input + 64 * block, 64, counter, flags);
    }
    blake3_store_words(output, chaining);
}

static void hash_jobs(const blake3_jobs *jobs, const uint32_t key[8]) {
    for (size_t lane = 0; lane < jobs->count; lane += 1) {
        uint32_t chaining[8];
        memcpy(chaining, key, 32);
        uint64_t counter = jobs->counter_low[lane] | (uint64_t)jobs->counter_high[lane] << 32;
        uint32_t flags = blake3_keyed | jobs->first_flags[lane];
        uint32_t last = jobs->blocks[lane] - 1;
        for (uint32_t block = 0; block < last; block += 1) {
            blake3_compress(chaining, jobs->input[lane] + 64 * block, 64, counter, flags);
            flags = blake3_keyed;
        }
        blake3_compress(
            chaining, jobs->input[lane] + 64 * last, jobs->last_length[lane], counter,
            flags | jobs->last_flags[lane]);
        blake3_store_words(jobs->output[lane], chaining);
    }
}

const blake3_kernel blake3_kernel_scalar = {1, hash_leaf, hash_jobs, NULL};
