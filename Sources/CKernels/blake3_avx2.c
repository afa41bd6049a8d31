#if defined(__x86_64__)

#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define LANES 8
#define KERNEL blake3_kernel_avx2
#define NARROWER &blake3_kernel_128
#define PIECE(p) _mm_loadu_si128((const __m128i *)(p))
#define GATHER(place, k) \
    (words)_mm256_inserti128_si256(_mm256_castsi128_si256(PIECE(place(k))), PIECE(place(k + 4)), 1)
#define LOW32(a, b) (words)_mm256_unpacklo_epi32((__m256i)(a), (__m256i)(b))
#define HIGH32(a, b) (words)_mm256_unpackhi_epi32((__m256i)(a), (__m256i)(b))
#define LOW64(a, b) (words)_mm256_unpacklo_epi64((__m256i)(a), (__m256i)(b))
#define HIGH64(a, b) (words)_mm256_unpackhi_epi64((__m256i)(a), (__m256i)(b))

#include "blake3_lanes.h"

#pragma clang attribute pop

#endif
