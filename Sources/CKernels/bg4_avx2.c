#if defined(__x86_64__)

#include <immintrin.h>

#include "bg4_kernel.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define STORE(p, vector) _mm256_storeu_si256((__m256i *)(p), vector)

size_t bg4_split_avx2(const uint8_t *input, size_t length, uint8_t *const groups[4]) {
    const __m256i by_group = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    const __m256i by_half = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    size_t i = 0;
    for (; i + 32 <= length; i += 32) {
        __m256i eighths[4];
        for (int k = 0; k < 4; k += 1) {
            __m256i mixed = LOAD(input + 4 * i + 32 * k);
            eighths[k] = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(mixed, by_group), by_half);
        }
        __m256i even01 = _mm256_unpacklo_epi64(eighths[0], eighths[1]);
        __m256i odd01 = _mm256_unpackhi_epi64(eighths[0], eighths[1]);
        __m256i even23 = _mm256_unpacklo_epi64(eighths[2], eighths[3]);
        __m256i odd23 = _mm256_unpackhi_epi64(eighths[2], eighths[3]);
        STORE(groups[0] + i, _mm256_permute2x128_si256(even01, even23, 0x20));
        STORE(groups[1] + i, _mm256_permute2x128_si256(odd01, odd23, 0x20));
        STORE(groups[2] + i, _mm256_permute2x128_si256(even01, even23, 0x31));
        STORE(groups[3] + i, _mm256_permute2x128_si256(odd01, odd23, 0x31));
    }
    return i;
}

size_t bg4_join_avx2(const uint8_t *const groups[4], size_t length, uint8_t *output) {
    size_t i = 0;
    for (; i + 32 <= length; i += 32) {
        __m256i g0 = LOAD(groups[0] + i), g1 = LOAD(groups[1] + i);
        __m256i g2 = LOAD(groups[2] + i), g3 = LOAD(groups[3] + i);
        __m256i low01 = _mm256_unpacklo_epi8(g0, g1), high01 = _mm256_unpackhi_epi8(g0, g1);
        __m256i low23 = _mm256_unpacklo_epi8(g2, g3), high23 = _mm256_unpackhi_epi8(g2, g3);
        __m256i a = _mm256_unpacklo_epi16(low01, low23), b = _mm256_unpackhi_epi16(low01, low23);
        __m256i c = _mm256_unpacklo_epi16(high01, high23), d = _mm256_unpackhi_epi16(high01, high23);
        STORE(output + 4 * i, _mm256_permute2x128_si256(a, b, 0x20));
        STORE(output + 4 * i + 32, _mm256_permute2x128_si256(c, d, 0x20));
        STORE(output + 4 * i + 64, _mm256_permute2x128_si256(a, b, 0x31));
        STORE(output + 4 * i + 96, _mm256_permute2x128_si256(c, d, 0x31));
    }
    return i;
}

#pragma clang attribute pop

#endif
