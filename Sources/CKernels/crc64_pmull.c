#if defined(__aarch64__)

#include <arm_neon.h>

#include "crc64_kernel.h"

#pragma clang attribute push(__attribute__((target("aes"))), apply_to = function)

static inline uint64x2_t load(const uint8_t *bytes) { return vreinterpretq_u64_u8(vld1q_u8(bytes)); }

static inline uint64x2_t folded_onto(uint64x2_t next, uint64x2_t sum) {
    poly128_t low = vmull_p64(vgetq_lane_u64(sum, 0), CRC64_FOLD_512_LOW);
    poly128_t high = vmull_p64(vgetq_lane_u64(sum, 1), CRC64_FOLD_512_HIGH);
    return veorq_u64(veorq_u64(vreinterpretq_u64_p128(low), vreinterpretq_u64_p128(high)), next);
}

void crc64_fold_pmull(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_128]) {
    uint64x2_t s0 = veorq_u64(load(bytes), vsetq_lane_u64(crc, vdupq_n_u64(0), 0));
    uint64x2_t s1 = load(bytes + 16), s2 = load(bytes + 32), s3 = load(bytes + 48);
    for (size_t i = crc64_block_128; i < count; i += crc64_block_128) {
        s0 = folded_onto(load(bytes + i), s0);
        s1 = folded_onto(load(bytes + i + 16), s1);
        s2 = folded_onto(load(bytes + i + 32), s2);
        s3 = folded_onto(load(bytes + i + 48), s3);
    }
    vst1q_u8(folded, vreinterpretq_u8_u64(s0));
    vst1q_u8(folded + 16, vreinterpretq_u8_u64(s1));
    vst1q_u8(folded + 32, vreinterpretq_u8_u64(s2));
    vst1q_u8(folded + 48, vreinterpretq_u8_u64(s3));
}

#pragma clang attribute pop

#endif
