// The body of the vector histograms. Include it once per file with WIDTH (bytes of a vector, a multiple of 4) and
// KERNEL (name of the function) defined.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "popcount_kernel.h"

typedef uint8_t octets __attribute__((vector_size(WIDTH)));

static inline octets bits_set(octets x) {
    x = x - (x >> 1 & 0x55);
    x = (x & 0x33) + (x >> 2 & 0x33);
    return (x + (x >> 4)) & 0x0F;
}

size_t KERNEL(const uint8_t *bytes, size_t count, uint32_t *histogram) {
    size_t done = 0;
    while (count - done >= WIDTH) {
        octets tallies[9] = {0};
        // A tally is one byte wide.
        size_t rounds = (count - done) / WIDTH < 255 ? (count - done) / WIDTH : 255;
        for (size_t round = 0; round < rounds; round += 1) {
            octets vector;
            memcpy(&vector, bytes + done, WIDTH);
            vector = bits_set(vector);
            for (uint8_t bits = 0; bits < 9; bits += 1) tallies[bits] -= (octets)(vector == bits);
            done += WIDTH;
        }
        for (int bits = 0; bits < 9; bits += 1) {
            for (int lane = 0; lane < WIDTH; lane += 1) histogram[9 * (lane % 4) + bits] += tallies[bits][lane];
        }
    }
    return done;
}
