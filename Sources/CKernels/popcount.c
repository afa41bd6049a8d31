#include "shoal_bg4.h"

#include <string.h>

#include "popcount_kernel.h"

static size_t count_by_vectors(shoal_level level, const uint8_t *bytes, size_t count, uint32_t *histogram) {
    switch (level) {
#if defined(__x86_64__)
    case shoal_level_sse:
        return popcount_histogram_128(bytes, count, histogram);
    case shoal_level_avx2:
    case shoal_level_avx512:
        return popcount_histogram_avx2(bytes, count, histogram);
#elif defined(__aarch64__)
    case shoal_level_neon:
        return popcount_histogram_128(bytes, count, histogram);
#endif
    default:
        return 0;
    }
}

void shoal_popcount_histogram_at(shoal_level level, const void *bytes, size_t count, uint32_t *histogram) {
    const uint8_t *input = bytes;
    memset(histogram, 0, 36 * sizeof *histogram);
    for (size_t i = count_by_vectors(level, input, count, histogram); i < count; i += 1) {
        histogram[9 * (i % 4) + (size_t)__builtin_popcount(input[i])] += 1;
    }
}

void shoal_popcount_histogram(const void *bytes, size_t count, uint32_t *histogram) {
    shoal_popcount_histogram_at(shoal_level_active(), bytes, count, histogram);
}
