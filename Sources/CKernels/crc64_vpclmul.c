#if defined(__x86_64__)

#include <immintrin.h>

#include "crc64_kernel.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,vpclmulqdq"))), apply_to = function)

static inline __m512i load(const uint8_t *bytes) { return _mm512_loadu_si512(bytes); }

static inline __m512i folded_onto(__m512i next, __m512i sum, __m512i factors) {
    __m512i low = _mm512_clmulepi64_epi128(sum, factors, 0x00);
    __m512i high = _mm512_clmulepi64_epi128(sum, factors, 0x11);
    return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

void crc64_fold_vpclmul(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_512]) {
    const __m512i factors = _mm512_broadcast_i32x4(
        _mm_set_epi64x((int64_t)CRC64_FOLD_2048_HIGH, (int64_t)CRC64_FOLD_2048_LOW));
    __m512i start = _mm512_zextsi128_si512(_mm_cvtsi64_si128((int64_t)crc));
    __m512i s0 = _mm512_xor_si512(load(bytes), start);
    __m512i s1 = load(bytes + 64), s2 = load(bytes + 128), s3 = load(bytes + 192);
    for (size_t i = crc64_block_512; i < count; i += crc64_block_512) {
        s0 = folded_onto(load(bytes + i), s0, factors);
        s1 = folded_onto(load(bytes + i + 64), s1, factors);
        s2 = folded_onto(load(bytes + i + 128), s2, factors);
        s3 = folded_onto(load(bytes + i + 192), s3, factors);
    }
    _mm512_storeu_si512(folded, s0);
    _mm512_storeu_si512(folded + 64, s1);
    _mm512_storeu_si512(folded + 128, s2);
    _mm512_storeu_si512(folded + 192, s3);
}

#pragma clang attribute pop

#endif
