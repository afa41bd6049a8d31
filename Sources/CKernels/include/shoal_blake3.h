#ifndef SHOAL_BLAKE3_H
#define SHOAL_BLAKE3_H

#include <stddef.h>
#include <stdint.h>

#include "shoal_level.h"

/// A keyed BLAKE3 computation over bytes that arrive in pieces. Plain memory: copying it forks the computation.
typedef struct {
    uint32_t key[8];
    /// Leaves (1024 bytes each) already folded into `stack`.
    uint64_t leaves;
    uint32_t buffered;
    uint32_t stack_depth;
    shoal_level level;
    uint8_t buffer[1024];
    uint8_t stack[54 * 32];
} shoal_blake3_hasher;

/// Starts a computation; `key` is 32 bytes.
void shoal_blake3_init(shoal_blake3_hasher *hasher, const void *key);
void shoal_blake3_init_at(shoal_level level, shoal_blake3_hasher *hasher, const void *key);

void shoal_blake3_update(shoal_blake3_hasher *hasher, const void *bytes, size_t count);

/// Stores the 32-byte digest of everything fed so far; the computation may go on.
void shoal_blake3_finish(const shoal_blake3_hasher *hasher, void *digest);

/// Keyed BLAKE3 of one input; `key` and `digest` are 32 bytes.
void shoal_blake3_hash(const void *key, const void *bytes, size_t count, void *digest);

/// Keyed BLAKE3 of many inputs under one key: input i is `lengths[i]` bytes at `base + offsets[i]`, its digest goes to
/// `digests + 32 * i`. Inputs share vector lanes, so hash a megabyte or more per call where possible.
/// The caller vouches for every range; `digests` must not overlap the inputs. Uses about 100 KiB of stack.
void shoal_blake3_hash_many(
    const void *key, const void *base, const size_t *offsets, const size_t *lengths, size_t count, void *digests);

/// The same at a level that must be available.
void shoal_blake3_hash_many_at(
    shoal_level level, const void *key, const void *base, const size_t *offsets, const size_t *lengths, size_t count,
    void *digests);

#endif
