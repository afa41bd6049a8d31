#include "shoal_bg4.h"

#include <string.h>

static void histogram_scalar(const uint8_t *bytes, size_t count, uint32_t *histogram) {
    for (size_t i = 0; i < count; i += 1) {
        histogram[9 * (i % 4) + (size_t)__builtin_popcount(bytes[i])] += 1;
    }
}

void shoal_popcount_histogram_at(shoal_level level, const void *bytes, size_t count, uint32_t *histogram) {
    (void)level;
    memset(histogram, 0, 36 * sizeof *histogram);
    histogram_scalar(bytes, count, histogram);
}

void shoal_popcount_histogram(const void *bytes, size_t count, uint32_t *histogram) {
    shoal_popcount_histogram_at(shoal_level_active(), bytes, count, histogram);
}
