#if defined(__x86_64__)

#include <immintrin.h>

#include "crc64_kernel.h"

#pragma clang attribute push(__attribute__((target("pclmul,sse4.1"))), apply_to = function)

static inline __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

static inline __m128i folded_onto(__m128i next, __m128i sum, __m128i factors) {
    __m128i low = _mm_clmulepi64_si128(sum, factors, 0x00);
    __m128i high = _mm_clmulepi64_si128(sum, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

void crc64_fold_pclmul(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_128]) {
    const __m128i factors = _mm_set_epi64x((int64_t)CRC64_FOLD_512_HIGH, (int64_t)CRC64_FOLD_512_LOW);
    __m128i s0 = _mm_xor_si128(load(bytes), _mm_cvtsi64_si128((int64_t)crc));
    __m128i s1 = load(bytes + 16), s2 = load(bytes + 32), s3 = load(bytes + 48);
    for (size_t i = crc64_block_128; i < count; i += crc64_block_128) {
        s0 = folded_onto(load(bytes + i), s0, factors);
        s1 = folded_onto(load(bytes + i + 16), s1, factors);
        s2 = folded_onto(load(bytes + i + 32), s2, factors);
        s3 = folded_onto(load(bytes + i + 48), s3, factors);
    }
    _mm_storeu_si128((__m128i *)folded, s0);
    _mm_storeu_si128((__m128i *)(folded + 16), s1);
    _mm_storeu_si128((__m128i *)(folded + 32), s2);
    _mm_storeu_si128((__m128i *)(folded + 48), s3);
}

#pragma clang attribute pop

#endif
