#include "shoal_bg4.h"

static void split_scalar(const uint8_t *input, size_t count, size_t first, uint8_t *output) {
    size_t quarter = count / 4;
    size_t rest = count % 4;
    for (size_t group = 0; group < 4; group += 1) {
        size_t length = quarter + (group < rest ? 1 : 0);
        for (size_t i = first; i < length; i += 1) output[i] = input[4 * i + group];
        output += length;
    }
}

static void join_scalar(const uint8_t *input, size_t count, size_t first, uint8_t *output) {
    size_t quarter = count / 4;
    size_t rest = count % 4;
    for (size_t group = 0; group < 4; group += 1) {
        size_t length = quarter + (group < rest ? 1 : 0);
        for (size_t i = first; i < length; i += 1) output[4 * i + group] = input[i];
        input += length;
    }
}

void shoal_bg4_split_at(shoal_level level, const void *input, size_t count, void *output) {
    (void)level;
    split_scalar(input, count, 0, output);
}

void shoal_bg4_join_at(shoal_level level, const void *input, size_t count, void *output) {
    (void)level;
    join_scalar(input, count, 0, output);
}

void shoal_bg4_split(const void *input, size_t count, void *output) {
    shoal_bg4_split_at(shoal_level_active(), input, count, output);
}

void shoal_bg4_join(const void *input, size_t count, void *output) {
    shoal_bg4_join_at(shoal_level_active(), input, count, output);
}
