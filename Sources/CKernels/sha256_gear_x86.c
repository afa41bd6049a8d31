#if defined(__x86_64__)

#include <immintrin.h>

#include "gear_table.h"
#include "sha256_gear_kernel.h"

#pragma clang attribute push(__attribute__((target("sha,sse4.1,ssse3"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/// The digest as the instructions want it.
typedef struct {
    __m128i abef, cdgh;
} state;

INLINE state loaded(const uint32_t digest[8]) {
    __m128i dcba = _mm_loadu_si128((const __m128i *)digest), hgfe = _mm_loadu_si128((const __m128i *)(digest + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1), efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    return (state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
}

INLINE void store(uint32_t digest[8], state state) {
    __m128i feba = _mm_shuffle_epi32(state.abef, 0x1B), dchg = _mm_shuffle_epi32(state.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)digest, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(digest + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds, the `group`th of sixteen, on the words w[group % 4]; makes the words of later groups on the way.
INLINE void four_rounds(state *state, __m128i w[4], int group) {
    __m128i now = w[group % 4];
    __m128i sum = _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)(sha256_constants + 4 * group)));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
    if (group >= 3 && group < 15) {
        __m128i *next = &w[(group + 1) % 4];
        *next = _mm_add_epi32(*next, _mm_alignr_epi8(now, w[(group + 3) % 4], 4));
        *next = _mm_sha256msg2_epu32(*next, now);
    }
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0E));
    if (group >= 1 && group < 13) {
        __m128i *last = &w[(group + 3) % 4];
        *last = _mm_sha256msg1_epu32(*last, now);
    }
}

INLINE void load_words(__m128i w[4], const uint8_t *bytes) {
    const __m128i big_endian = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    for (int i = 0; i < 4; i += 1) {
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), big_endian);
    }
}

void sha256_blocks_x86(uint32_t digest[8], const uint8_t *bytes, size_t blocks) {
    state state = loaded(digest);
    for (; blocks > 0; blocks -= 1, bytes += 64) {
        __m128i abef = state.abef, cdgh = state.cdgh;
        __m128i w[4];
        load_words(w, bytes);
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group += 1) four_rounds(&state, w, group);
        state.abef = _mm_add_epi32(state.abef, abef);
        state.cdgh = _mm_add_epi32(state.cdgh, cdgh);
    }
    store(digest, state);
}

void sha256_gear_blocks_x86(
    uint32_t digest[8], uint64_t *hash, const uint8_t *bytes, size_t blocks, gear_hits *hits) {
    const uint64_t *table = shoal_gear_table;
    const uint8_t *start = bytes;
    state state = loaded(digest);
    uint64_t rolling = *hash, limit = GEAR_FIRST_MISS;
    size_t found = 0;
    // Hides the value, so that it stays in a register.
    __asm__("" : "+r"(limit));
    for (; blocks > 0; blocks -= 1, bytes += 64) {
        __m128i abef = state.abef, cdgh = state.cdgh;
        __m128i w[4];
        load_words(w, bytes);
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group += 1) {
            four_rounds(&state, w, group);
            // Four positions fill the time that four rounds wait; more in one place would not find room in the
            // processor's queue.
#pragma clang loop unroll(full)
            for (int i = 4 * group; i < 4 * group + 4; i += 1) {
                rolling = (rolling << 1) + table[bytes[i]];
                if (__builtin_expect(rolling < limit, 0)) {
                    if (found < gear_hit_capacity) hits->ends[0][found] = (uint32_t)(bytes + i + 1 - start);
                    found += 1;
                }
            }
        }
        state.abef = _mm_add_epi32(state.abef, abef);
        state.cdgh = _mm_add_epi32(state.cdgh, cdgh);
    }
    store(digest, state);
    *hash = rolling;
    hits->count[0] = found;
}

#pragma clang attribute pop

#endif
