#if defined(__aarch64__)

#include <arm_neon.h>

#include "bg4_kernel.h"

size_t bg4_split_neon(const uint8_t *input, size_t length, uint8_t *const groups[4]) {
    size_t i = 0;
    for (; i + 16 <= length; i += 16) {
        uint8x16x4_t vectors = vld4q_u8(input + 4 * i);
        for (int group = 0; group < 4; group += 1) vst1q_u8(groups[group] + i, vectors.val[group]);
    }
    return i;
}

size_t bg4_join_neon(const uint8_t *const groups[4], size_t length, uint8_t *output) {
    size_t i = 0;
    for (; i + 16 <= length; i += 16) {
        uint8x16x4_t vectors;
        for (int group = 0; group < 4; group += 1) vectors.val[group] = vld1q_u8(groups[group] + i);
        vst4q_u8(output + 4 * i, vectors);
    }
    return i;
}

#endif
