#include "shoal_bg4.h"

#include "bg4_kernel.h"

/// Bytes of a group.
static size_t group_length(size_t count, size_t group) { return count / 4 + (group < count % 4 ? 1 : 0); }

static size_t split_by_vectors(shoal_level level, const uint8_t *input, size_t length, uint8_t *const groups[4]) {
    switch (level) {
#if defined(__x86_64__)
    case shoal_level_avx2:
    case shoal_level_avx512:
        return bg4_split_avx2(input, length, groups);
#elif defined(__aarch64__)
    case shoal_level_neon:
        return bg4_split_neon(input, length, groups);
#endif
    default:
        return 0;
    }
}

static size_t join_by_vectors(shoal_level level, const uint8_t *const groups[4], size_t length, uint8_t *output) {
    switch (level) {
#if defined(__x86_64__)
    case shoal_level_avx2:
    case shoal_level_avx512:
        return bg4_join_avx2(groups, length, output);
#elif defined(__aarch64__)
    case shoal_level_neon:
        return bg4_join_neon(groups, length, output);
#endif
    default:
        return 0;
    }
}

void shoal_bg4_split_at(shoal_level level, const void *input, size_t count, void *output) {
    const uint8_t *restrict source = input;
    uint8_t *groups[4] = {output};
    for (size_t group = 1; group < 4; group += 1) groups[group] = groups[group - 1] + group_length(count, group - 1);
    size_t done = split_by_vectors(level, source, count / 4, groups);
    for (size_t group = 0; group < 4; group += 1) {
        uint8_t *restrict target = groups[group];
        size_t length = group_length(count, group);
        for (size_t i = done; i < length; i += 1) target[i] = source[4 * i + group];
    }
}

void shoal_bg4_join_at(shoal_level level, const void *input, size_t count, void *output) {
    uint8_t *restrict target = output;
    const uint8_t *groups[4] = {input};
    for (size_t group = 1; group < 4; group += 1) groups[group] = groups[group - 1] + group_length(count, group - 1);
    size_t quarter = count / 4;
    size_t done = join_by_vectors(level, groups, quarter, target);
    const uint8_t *restrict g0 = groups[0], *restrict g1 = groups[1];
    const uint8_t *restrict g2 = groups[2], *restrict g3 = groups[3];
    for (size_t i = done; i < quarter; i += 1) {
        target[4 * i] = g0[i];
        target[4 * i + 1] = g1[i];
        target[4 * i + 2] = g2[i];
        target[4 * i + 3] = g3[i];
    }
    for (size_t group = 0; group < count % 4; group += 1) target[4 * quarter + group] = groups[group][quarter];
}

void shoal_bg4_split(const void *input, size_t count, void *output) {
    shoal_bg4_split_at(shoal_level_active(), input, count, output);
}

void shoal_bg4_join(const void *input, size_t count, void *output) {
    shoal_bg4_join_at(shoal_level_active(), input, count, output);
}
