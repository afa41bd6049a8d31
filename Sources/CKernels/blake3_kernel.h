#ifndef SHOAL_BLAKE3_KERNEL_H
#define SHOAL_BLAKE3_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "shoal_level.h"

enum {
    blake3_chunk_start = 1,
    blake3_chunk_end = 2,
    blake3_parent = 4,
    blake3_root = 8,
    blake3_keyed = 16,

    blake3_leaf_bytes = 1024,
    blake3_max_lanes = 16,
    /// Most leaves that one call of `blake3_hash_items` takes.
    blake3_group_leaves = 1024,
    /// Most items that one call of `blake3_hash_items` takes.
    blake3_group_items = 256,
};

static const uint32_t blake3_iv[8] = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};

/// Up to 16 independent leaves or parents, one per lane. A kernel with n lanes reads the first n, all of which must be
/// filled. Every input must be readable for 64 * (the largest of `blocks`) bytes.
typedef struct {
    _Alignas(64) uint32_t counter_low[blake3_max_lanes];
    uint32_t counter_high[blake3_max_lanes];
    uint32_t blocks[blake3_max_lanes];
    /// Bytes that count in the last block.
    uint32_t last_length[blake3_max_lanes];
    uint32_t first_flags[blake3_max_lanes];
    uint32_t last_flags[blake3_max_lanes];
    const uint8_t *input[blake3_max_lanes];
    uint8_t *output[blake3_max_lanes];
    size_t count;
} blake3_jobs;

/// The code of one level.
typedef struct blake3_kernel {
    size_t lanes;
    /// Hashes `lanes` whole leaves that lie back to back, the first with this counter, to chaining values back to back.
    void (*leaves)(const uint8_t *input, const uint32_t key[8], uint64_t counter, uint8_t *output);
    void (*jobs)(const blake3_jobs *jobs, const uint32_t key[8]);
    /// Fewer lanes for what fills no more than half of these; may be NULL.
    const struct blake3_kernel *narrower;
} blake3_kernel;

const blake3_kernel *blake3_kernel_at(shoal_level level);

extern const blake3_kernel blake3_kernel_scalar;
#if defined(__x86_64__)
extern const blake3_kernel blake3_kernel_128;
extern const blake3_kernel blake3_kernel_avx2;
extern const blake3_kernel blake3_kernel_avx512;
#elif defined(__aarch64__)
extern const blake3_kernel blake3_kernel_128;
#endif

/// One message: a whole input (`root_flag` = ROOT) or an aligned subtree of a longer one (0).
typedef struct {
    const uint8_t *bytes;
    size_t length;
    uint64_t counter;
    uint32_t root_flag;
    uint8_t *output;
} blake3_item;

void blake3_hash_items(const blake3_kernel *kernel, const uint32_t key[8], const blake3_item *items, size_t count);

/// One block through the compression function; updates the chaining value in place.
void blake3_compress(
    uint32_t chaining[8], const uint8_t block[64], uint32_t length, uint64_t counter, uint32_t flags);

void blake3_load_words(uint32_t words[8], const uint8_t *bytes);
void blake3_store_words(uint8_t *bytes, const uint32_t words[8]);

#endif
