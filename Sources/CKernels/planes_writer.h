// Writes what of an LZ4 block the fast path of `planes.c` leaves: a token, literals, a distance, and what does not fit
// into the token.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *write_length(uint8_t *output, size_t rest) {
    for (; rest >= 255; rest -= 255) *output++ = 255;
    *output++ = (uint8_t)rest;
    return output;
}

/// Returns the place behind the literals; `*token` is the byte whose lower half is free.
static inline uint8_t *write_literals(uint8_t *output, const uint8_t *literals, size_t count, uint8_t **token) {
    *token = output++;
    **token = (uint8_t)((count < 15 ? count : 15) << 4);
    if (count >= 15) output = write_length(output, count - 15);
    memcpy(output, literals, count);
    return output + count;
}

/// Returns the place behind the sequence.
static inline uint8_t *write_sequence(
    uint8_t *output, const uint8_t *literals, size_t count, size_t length, size_t distance) {
    uint8_t *token;
    output = write_literals(output, literals, count, &token);
    *output++ = (uint8_t)distance;
    *output++ = (uint8_t)(distance >> 8);
    size_t extra = length - 4;
    *token |= (uint8_t)(extra < 15 ? extra : 15);
    return extra < 15 ? output : write_length(output, extra - 15);
}

/// The end of a block: literals alone.
static inline uint8_t *write_last(uint8_t *output, const uint8_t *literals, size_t count) {
    uint8_t *token;
    return write_literals(output, literals, count, &token);
}
