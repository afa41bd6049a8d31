#ifndef SHOAL_CRC64_H
#define SHOAL_CRC64_H

#include <stddef.h>
#include <stdint.h>

#include "shoal_level.h"

/// CRC-64/NVME (reflected polynomial 0x9A6C9329AC4BC9B5, initial value and final xor all ones). `crc` is the value of
/// the bytes before, 0 at the start; returns the value with `count` more bytes.
uint64_t shoal_crc64(uint64_t crc, const void *bytes, size_t count);
uint64_t shoal_crc64_at(shoal_level level, uint64_t crc, const void *bytes, size_t count);

#endif
