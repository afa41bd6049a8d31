#ifndef SHOAL_BG4_KERNEL_H
#define SHOAL_BG4_KERNEL_H

#include <stddef.h>
#include <stdint.h>

// Each takes four groups of `length` bytes (which the whole input interleaves) as far as its vectors go, and returns
// how many bytes of each group it did.

#if defined(__x86_64__)
size_t bg4_split_avx2(const uint8_t *input, size_t length, uint8_t *const groups[4]);
size_t bg4_join_avx2(const uint8_t *const groups[4], size_t length, uint8_t *output);
#elif defined(__aarch64__)
size_t bg4_split_neon(const uint8_t *input, size_t length, uint8_t *const groups[4]);
size_t bg4_join_neon(const uint8_t *const groups[4], size_t length, uint8_t *output);
#endif

#endif
