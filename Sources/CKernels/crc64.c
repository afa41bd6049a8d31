#include "shoal_crc64.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL UINT64_C(0x9A6C9329AC4BC9B5)

enum { slices = 16 };

/// tables[k][b]: what byte b adds when k more bytes follow it.
static uint64_t tables[slices][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build_tables(void) {
    for (uint64_t byte = 0; byte < 256; byte += 1) {
        uint64_t crc = byte;
        for (int bit = 0; bit < 8; bit += 1) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        tables[0][byte] = crc;
    }
    for (int slice = 1; slice < slices; slice += 1) {
        for (int byte = 0; byte < 256; byte += 1) {
            uint64_t crc = tables[slice - 1][byte];
            tables[slice][byte] = crc >> 8 ^ tables[0][crc & 0xFF];
        }
    }
}

/// Advances the inner register (no inversion) by tables.
static uint64_t advance_scalar(uint64_t crc, const uint8_t *bytes, size_t count) {
    pthread_once(&once, build_tables);
    while (count >= 16) {
        uint64_t low, high;
        memcpy(&low, bytes, 8);
        memcpy(&high, bytes + 8, 8);
        low ^= crc;
        crc = 0;
        for (int i = 0; i < 8; i += 1) {
            crc ^= tables[15 - i][low >> 8 * i & 0xFF] ^ tables[7 - i][high >> 8 * i & 0xFF];
        }
        bytes += 16;
        count -= 16;
    }
    for (size_t i = 0; i < count; i += 1) crc = crc >> 8 ^ tables[0][(crc ^ bytes[i]) & 0xFF];
    return crc;
}

uint64_t shoal_crc64_at(shoal_level level, uint64_t crc, const void *bytes, size_t count) {
    (void)level;
    return ~advance_scalar(~crc, bytes, count);
}

uint64_t shoal_crc64(uint64_t crc, const void *bytes, size_t count) {
    return shoal_crc64_at(shoal_level_active(), crc, bytes, count);
}
