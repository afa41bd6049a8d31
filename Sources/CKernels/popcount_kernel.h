#ifndef SHOAL_POPCOUNT_KERNEL_H
#define SHOAL_POPCOUNT_KERNEL_H

#include <stddef.h>
#include <stdint.h>

// Each adds to the histogram as far as its vectors go and returns how many bytes it did, a multiple of 4.

#if defined(__x86_64__) || defined(__aarch64__)
size_t popcount_histogram_128(const uint8_t *bytes, size_t count, uint32_t *histogram);
#endif
#if defined(__x86_64__)
size_t popcount_histogram_avx2(const uint8_t *bytes, size_t count, uint32_t *histogram);
#endif

#endif
