#include "shoal_blake3.h"

#include <string.h>

#include "blake3_kernel.h"

const blake3_kernel *blake3_kernel_at(shoal_level level) {
    switch (level) {
#if defined(__x86_64__)
    case shoal_level_sse:
        return &blake3_kernel_128;
    case shoal_level_avx2:
        return &blake3_kernel_avx2;
    case shoal_level_avx512:
        return &blake3_kernel_avx512;
#elif defined(__aarch64__)
    case shoal_level_neon:
        return &blake3_kernel_128;
#endif
    default:
        return &blake3_kernel_scalar;
    }
}

void shoal_blake3_init_at(shoal_level level, shoal_blake3_hasher *hasher, const void *key) {
    blake3_load_words(hasher->key, key);
    hasher->leaves = 0;
    hasher->buffered = 0;
    hasher->stack_depth = 0;
    hasher->level = level;
}

void shoal_blake3_init(shoal_blake3_hasher *hasher, const void *key) {
    shoal_blake3_init_at(shoal_level_active(), hasher, key);
}

/// Replaces the chaining value of a right child by that of its parent.
static void fold(const uint32_t key[8], const uint8_t *left, uint8_t *right, uint32_t root_flag) {
    uint8_t block[64];
    memcpy(block, left, 32);
    memcpy(block + 32, right, 32);
    uint32_t chaining[8];
    memcpy(chaining, key, 32);
    blake3_compress(chaining, block, 64, 0, blake3_keyed | blake3_parent | root_flag);
    blake3_store_words(right, chaining);
}

/// Adds an aligned subtree of `leaves` (a power of two) leaves. More input must follow, so that no node made here is
/// the root.
static void add_subtree(shoal_blake3_hasher *hasher, const uint8_t *bytes, size_t leaves) {
    uint8_t node[32];
    blake3_item item = {bytes, leaves * blake3_leaf_bytes, hasher->leaves, 0, node};
    blake3_hash_items(blake3_kernel_at(hasher->level), hasher->key, &item, 1);
    hasher->leaves += leaves;
    for (uint64_t subtrees = hasher->leaves / leaves; (subtrees & 1) == 0; subtrees >>= 1) {
        hasher->stack_depth -= 1;
        fold(hasher->key, hasher->stack + 32 * hasher->stack_depth, node, 0);
    }
    memcpy(hasher->stack + 32 * hasher->stack_depth, node, 32);
    hasher->stack_depth += 1;
}

/// The most leaves that may be taken as one subtree: aligned, within a group, and with at least one byte left over.
static size_t subtree_leaves(const shoal_blake3_hasher *hasher, size_t count) {
    size_t leaves = blake3_group_leaves;
    size_t limit = (count - 1) / blake3_leaf_bytes;
    while (leaves > limit || (hasher->leaves & (leaves - 1)) != 0) leaves >>= 1;
    return leaves;
}

void shoal_blake3_update(shoal_blake3_hasher *hasher, const void *bytes, size_t count) {
    const uint8_t *input = bytes;
    if (count == 0) return;
    if (hasher->buffered > 0) {
        size_t room = blake3_leaf_bytes - hasher->buffered;
        size_t taken = room < count ? room : count;
        memcpy(hasher->buffer + hasher->buffered, input, taken);
        hasher->buffered += (uint32_t)taken;
        input += taken;
        count -= taken;
        if (count == 0) return;
        add_subtree(hasher, hasher->buffer, 1);
        hasher->buffered = 0;
    }
    while (count > blake3_leaf_bytes) {
        size_t leaves = subtree_leaves(hasher, count);
        add_subtree(hasher, input, leaves);
        input += leaves * blake3_leaf_bytes;
        count -= leaves * blake3_leaf_bytes;
    }
    memcpy(hasher->buffer, input, count);
    hasher->buffered = (uint32_t)count;
}

void shoal_blake3_finish(const shoal_blake3_hasher *hasher, void *digest) {
    uint8_t node[32];
    uint32_t depth = hasher->stack_depth;
    blake3_item item = {hasher->buffer, hasher->buffered, hasher->leaves, depth == 0 ? blake3_root : 0, node};
    blake3_hash_items(&blake3_kernel_scalar, hasher->key, &item, 1);
    while (depth > 0) {
        depth -= 1;
        fold(hasher->key, hasher->stack + 32 * depth, node, depth == 0 ? blake3_root : 0);
    }
    memcpy(digest, node, 32);
}

static void hash_long(shoal_level level, const void *key, const uint8_t *bytes, size_t count, uint8_t *digest) {
    shoal_blake3_hasher hasher;
    shoal_blake3_init_at(level, &hasher, key);
    shoal_blake3_update(&hasher, bytes, count);
    shoal_blake3_finish(&hasher, digest);
}

void shoal_blake3_hash_many_at(
    shoal_level level, const void *key, const void *base, const size_t *offsets, const size_t *lengths, size_t count,
    void *digests) {
    const blake3_kernel *kernel = blake3_kernel_at(level);
    uint32_t words[8];
    blake3_load_words(words, key);
    blake3_item items[blake3_group_items];
    size_t taken = 0;
    size_t leaves = 0;
    for (size_t i = 0; i < count; i += 1) {
        const uint8_t *bytes = (const uint8_t *)base + offsets[i];
        uint8_t *digest = (uint8_t *)digests + 32 * i;
        if (lengths[i] > (size_t)blake3_group_leaves * blake3_leaf_bytes) {
            hash_long(level, key, bytes, lengths[i], digest);
            continue;
        }
        size_t width = (lengths[i] + blake3_leaf_bytes - 1) / blake3_leaf_bytes;
        if (taken == blake3_group_items || leaves + width > blake3_group_leaves) {
            blake3_hash_items(kernel, words, items, taken);
            taken = 0;
            leaves = 0;
        }
        items[taken] = (blake3_item){bytes, lengths[i], 0, blake3_root, digest};
        taken += 1;
        leaves += width;
    }
    if (taken > 0) blake3_hash_items(kernel, words, items, taken);
}

void shoal_blake3_hash_many(
    const void *key, const void *base, const size_t *offsets, const size_t *lengths, size_t count, void *digests) {
    shoal_blake3_hash_many_at(shoal_level_active(), key, base, offsets, lengths, count, digests);
}

void shoal_blake3_hash(const void *key, const void *bytes, size_t count, void *digest) {
    size_t offset = 0;
    shoal_blake3_hash_many(key, bytes, &offset, &count, 1, digest);
}
