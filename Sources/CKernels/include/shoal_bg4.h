#ifndef SHOAL_BG4_H
#define SHOAL_BG4_H

#include <stddef.h>
#include <stdint.h>

#include "shoal_level.h"

/// Groups bytes by their index modulo 4: all of 0, 4, 8, … first, then 1, 5, 9, … and so on. With count = 4q + r the
/// first r groups have q + 1 bytes, the others q. `input` and `output` are `count` bytes and must not overlap.
void shoal_bg4_split(const void *input, size_t count, void *output);
void shoal_bg4_split_at(shoal_level level, const void *input, size_t count, void *output);

/// The inverse of `shoal_bg4_split`.
void shoal_bg4_join(const void *input, size_t count, void *output);
void shoal_bg4_join_at(shoal_level level, const void *input, size_t count, void *output);

/// Counts how many bytes at index modulo 4 = p have k bits set: `histogram[9 * p + k]`, 36 values, overwritten.
void shoal_popcount_histogram(const void *bytes, size_t count, uint32_t *histogram);
void shoal_popcount_histogram_at(shoal_level level, const void *bytes, size_t count, uint32_t *histogram);

#endif
