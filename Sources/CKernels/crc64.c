#include "shoal_crc64.h"

#include <pthread.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "crc64_kernel.h"

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

/// Below this the tables are as fast as folding and its end.
enum { least_for_folding = 256 };

#if defined(__x86_64__)

static uint64_t advance_128(uint64_t crc, const uint8_t *bytes, size_t count) {
    if (count < least_for_folding) return advance_scalar(crc, bytes, count);
    uint8_t folded[crc64_block_128];
    size_t whole = count / crc64_block_128 * crc64_block_128;
    crc64_fold_pclmul(crc, bytes, whole, folded);
    return advance_scalar(advance_scalar(0, folded, sizeof folded), bytes + whole, count - whole);
}

static uint64_t advance_512(uint64_t crc, const uint8_t *bytes, size_t count) {
    if (count < 4 * least_for_folding) return advance_128(crc, bytes, count);
    uint8_t folded[crc64_block_512];
    size_t whole = count / crc64_block_512 * crc64_block_512;
    crc64_fold_vpclmul(crc, bytes, whole, folded);
    return advance_128(advance_128(0, folded, sizeof folded), bytes + whole, count - whole);
}

#elif defined(__aarch64__)

/// Carry-less multiplication is optional beside NEON.
static bool has_pmull(void) {
#if defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_PMULL;
#else
    return true;
#endif
}

static uint64_t advance_128(uint64_t crc, const uint8_t *bytes, size_t count) {
    if (count < least_for_folding || !has_pmull()) return advance_scalar(crc, bytes, count);
    uint8_t folded[crc64_block_128];
    size_t whole = count / crc64_block_128 * crc64_block_128;
    crc64_fold_pmull(crc, bytes, whole, folded);
    return advance_scalar(advance_scalar(0, folded, sizeof folded), bytes + whole, count - whole);
}

#endif

static uint64_t advance(shoal_level level, uint64_t crc, const uint8_t *bytes, size_t count) {
    switch (level) {
#if defined(__x86_64__)
    case shoal_level_avx2:
        return advance_128(crc, bytes, count);
    case shoal_level_avx512:
        if (__builtin_cpu_supports("vpclmulqdq")) return advance_512(crc, bytes, count);
        return advance_128(crc, bytes, count);
#elif defined(__aarch64__)
    case shoal_level_neon:
        return advance_128(crc, bytes, count);
#endif
    default:
        return advance_scalar(crc, bytes, count);
    }
}

uint64_t shoal_crc64_at(shoal_level level, uint64_t crc, const void *bytes, size_t count) {
    return ~advance(level, ~crc, bytes, count);
}

uint64_t shoal_crc64(uint64_t crc, const void *bytes, size_t count) {
    return shoal_crc64_at(shoal_level_active(), crc, bytes, count);
}
