#if defined(__x86_64__)

#include <immintrin.h>
#include <stdint.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)

#define LANES 16
#define KERNEL blake3_kernel_avx512
#define NARROWER &blake3_kernel_avx2
#define PIECE(p) _mm_loadu_si128((const __m128i *)(p))
// Inserting from memory does not use the port that the shuffles of the transposition wait for; left to itself the
// compiler joins halves by such a shuffle.
#define INSERT(vector, p, at) \
    ({ \
        __m512i joined; \
        __asm__("vinserti32x4 $" #at ", %2, %1, %0" : "=v"(joined) : "v"(vector), "m"(*(const __m128i_u *)(p))); \
        joined; \
    })
#define GATHER(place, k) \
    (words)INSERT( \
        INSERT(INSERT(_mm512_castsi128_si512(PIECE(place(k))), place(k + 4), 1), place(k + 8), 2), place(k + 12), 3)
#define LOW32(a, b) (words)_mm512_unpacklo_epi32((__m512i)(a), (__m512i)(b))
#define HIGH32(a, b) (words)_mm512_unpackhi_epi32((__m512i)(a), (__m512i)(b))
#define LOW64(a, b) (words)_mm512_unpacklo_epi64((__m512i)(a), (__m512i)(b))
#define HIGH64(a, b) (words)_mm512_unpackhi_epi64((__m512i)(a), (__m512i)(b))

#include "blake3_lanes.h"

#pragma clang attribute pop

#endif
