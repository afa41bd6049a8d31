#ifndef SHOAL_CRC64_KERNEL_H
#define SHOAL_CRC64_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shoal_level.h"

// Folding. A register of 16 bytes stands for a polynomial, first byte and lowest bit first. Multiplying it by x^D
// modulo the CRC's polynomial and adding the 16 bytes that lie D bits further on gives a register with the same
// remainder, so a long input shrinks to a few registers, whose bytes then go through the tables like any others.
// With reflected bits a carry-less product comes out one degree short, hence the factors
//   low half:  x^(D + 63) mod P      high half:  x^(D - 1) mod P      (bits reflected)

#define CRC64_FOLD_512_LOW UINT64_C(0x0C32CDB31E18A84A)
#define CRC64_FOLD_512_HIGH UINT64_C(0x62242240ACE5045A)
#define CRC64_FOLD_2048_LOW UINT64_C(0x37CCD3E14069CABC)
#define CRC64_FOLD_2048_HIGH UINT64_C(0xA043808C0F782663)

// Each folds `count` bytes, a multiple of `block` and not zero, that follow a register value `crc`, and stores `block`
// bytes that have the same remainder when they follow a register value of zero.

enum { crc64_block_128 = 64, crc64_block_512 = 256 };

#if defined(__x86_64__)
void crc64_fold_pclmul(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_128]);
void crc64_fold_vpclmul(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_512]);
#elif defined(__aarch64__)
void crc64_fold_pmull(uint64_t crc, const uint8_t *bytes, size_t count, uint8_t folded[crc64_block_128]);
#endif

#endif
