// The body of every BLAKE3 kernel that works on several leaves or parents at once, one per 32-bit lane. Include it once
// per file, under the target attribute of that file, with these macros defined:
//   LANES          4, 8 or 16
//   KERNEL         name of the `blake3_kernel` to define
//   NARROWER       address of the kernel for few jobs
//   GATHER(place, k)   the 16 bytes at place(k), place(k + 4), … as one vector
//   LOW32, HIGH32, LOW64, HIGH64   interleave the low or high halves of two vectors, within each 16 bytes

#include <string.h>

#include "blake3_kernel.h"

typedef uint32_t words __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE words splat(uint32_t word) { return (words){0} + word; }

INLINE words loaded(const uint32_t *lanes) {
    words vector;
    memcpy(&vector, lanes, sizeof vector);
    return vector;
}

// Compilers turn this into a rotation or a byte shuffle where there is one.
#define ROTATED(x, n) ((x) >> (n) | (x) << (32 - (n)))

/// Four rows of four words per 16 bytes become four columns. Its own inverse.
INLINE void transpose(words rows[4]) {
    words low01 = LOW32(rows[0], rows[1]), high01 = HIGH32(rows[0], rows[1]);
    words low23 = LOW32(rows[2], rows[3]), high23 = HIGH32(rows[2], rows[3]);
    rows[0] = LOW64(low01, low23);
    rows[1] = HIGH64(low01, low23);
    rows[2] = LOW64(high01, high23);
    rows[3] = HIGH64(high01, high23);
}

/// Word i of one block of every lane into `block[i]`, of leaves that lie back to back.
INLINE void load_leaves_block(words block[16], const uint8_t *first) {
#pragma clang loop unroll(full)
    for (int column = 0; column < 4; column += 1) {
        words rows[4];
#pragma clang loop unroll(full)
        for (int row = 0; row < 4; row += 1) {
#define PLACE(lane) (first + blake3_leaf_bytes * (lane) + 16 * column)
            rows[row] = GATHER(PLACE, row);
#undef PLACE
        }
        transpose(rows);
        for (int row = 0; row < 4; row += 1) block[4 * column + row] = rows[row];
    }
}

/// Word i of one block of every lane into `block[i]`.
INLINE void load_block(words block[16], const uint8_t *const inputs[LANES], size_t offset) {
#pragma clang loop unroll(full)
    for (int column = 0; column < 4; column += 1) {
        words rows[4];
#pragma clang loop unroll(full)
        for (int row = 0; row < 4; row += 1) {
#define PLACE(lane) (inputs[lane] + offset + 16 * column)
            rows[row] = GATHER(PLACE, row);
#undef PLACE
        }
        transpose(rows);
        for (int row = 0; row < 4; row += 1) block[4 * column + row] = rows[row];
    }
}

INLINE void store_chaining(const words chaining[8], uint8_t *const outputs[LANES]) {
    for (int half = 0; half < 2; half += 1) {
        words rows[4];
        memcpy(rows, chaining + 4 * half, sizeof rows);
        transpose(rows);
        for (int row = 0; row < 4; row += 1) {
            for (int group = 0; group < LANES / 4; group += 1) {
                memcpy(outputs[4 * group + row] + 16 * half, (const uint8_t *)&rows[row] + 16 * group, 16);
            }
        }
    }
}

// Four mixes side by side; each adds the message word first, off the path that the others wait for.
#define ADD4(b0, b1, b2, b3, x0, x1, x2, x3) \
    v[0] = v[0] + m[x0] + v[b0]; \
    v[1] = v[1] + m[x1] + v[b1]; \
    v[2] = v[2] + m[x2] + v[b2]; \
    v[3] = v[3] + m[x3] + v[b3];
#define TURN4(d0, d1, d2, d3, a0, a1, a2, a3, n) \
    v[d0] ^= v[a0]; \
    v[d1] ^= v[a1]; \
    v[d2] ^= v[a2]; \
    v[d3] ^= v[a3]; \
    v[d0] = ROTATED(v[d0], n); \
    v[d1] = ROTATED(v[d1], n); \
    v[d2] = ROTATED(v[d2], n); \
    v[d3] = ROTATED(v[d3], n);
#define SUM4(c0, c1, c2, c3, d0, d1, d2, d3) \
    v[c0] += v[d0]; \
    v[c1] += v[d1]; \
    v[c2] += v[d2]; \
    v[c3] += v[d3];
#define MIX4(b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3, x0, y0, x1, y1, x2, y2, x3, y3) \
    ADD4(b0, b1, b2, b3, x0, x1, x2, x3) \
    TURN4(d0, d1, d2, d3, 0, 1, 2, 3, 16) \
    SUM4(c0, c1, c2, c3, d0, d1, d2, d3) \
    TURN4(b0, b1, b2, b3, c0, c1, c2, c3, 12) \
    ADD4(b0, b1, b2, b3, y0, y1, y2, y3) \
    TURN4(d0, d1, d2, d3, 0, 1, 2, 3, 8) \
    SUM4(c0, c1, c2, c3, d0, d1, d2, d3) \
    TURN4(b0, b1, b2, b3, c0, c1, c2, c3, 7)
#define ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
    MIX4(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, m0, m1, m2, m3, m4, m5, m6, m7) \
    MIX4(5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14, m8, m9, m10, m11, m12, m13, m14, m15)

INLINE void compress(
    words chaining[8], const words m[16], words counter_low, words counter_high, words length, words flags) {
    words v[16] = {
        chaining[0], chaining[1], chaining[2], chaining[3], chaining[4], chaining[5], chaining[6], chaining[7],
        splat(blake3_iv[0]), splat(blake3_iv[1]), splat(blake3_iv[2]), splat(blake3_iv[3]),
        counter_low, counter_high, length, flags,
    };
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    ROUND(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
    ROUND(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
    ROUND(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
    ROUND(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4)
    ROUND(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7)
    ROUND(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13)
    for (int i = 0; i < 8; i += 1) chaining[i] = v[i] ^ v[i + 8];
}

static void hash_leaves(const uint8_t *input, const uint32_t key[8], uint64_t counter, uint8_t *output) {
    uint8_t *outputs[LANES];
    uint32_t counters[2][LANES];
    for (int lane = 0; lane < LANES; lane += 1) {
        outputs[lane] = output + 32 * lane;
        counters[0][lane] = (uint32_t)(counter + (uint64_t)lane);
        counters[1][lane] = (uint32_t)((counter + (uint64_t)lane) >> 32);
    }
    words counter_low = loaded(counters[0]), counter_high = loaded(counters[1]);
    words chaining[8];
    for (int i = 0; i < 8; i += 1) chaining[i] = splat(key[i]);
    uint32_t flags = blake3_keyed | blake3_chunk_start;
    const uint8_t *last = input + blake3_leaf_bytes - 64;
    for (; input <= last; input += 64) {
        if (input == last) flags |= blake3_chunk_end;
        words block[16];
        load_leaves_block(block, input);
        compress(chaining, block, counter_low, counter_high, splat(64), splat(flags));
        flags = blake3_keyed;
    }
    store_chaining(chaining, outputs);
}

static void hash_jobs(const blake3_jobs *jobs, const uint32_t key[8]) {
    words counter_low = loaded(jobs->counter_low), counter_high = loaded(jobs->counter_high);
    words blocks = loaded(jobs->blocks), last_length = loaded(jobs->last_length);
    words last_flags = loaded(jobs->last_flags);
    words flags = loaded(jobs->first_flags) | blake3_keyed;
    uint32_t longest = 0;
    for (int lane = 0; lane < LANES; lane += 1) {
        if (jobs->blocks[lane] > longest) longest = jobs->blocks[lane];
    }
    words chaining[8];
    for (int i = 0; i < 8; i += 1) chaining[i] = splat(key[i]);
    for (uint32_t block = 0; block < longest; block += 1) {
        words is_running = (words)(blocks > block), is_last = (words)(blocks == block + 1);
        words length = (is_last & last_length) | (~is_last & 64);
        words m[16], next[8];
        load_block(m, jobs->input, 64 * (size_t)block);
        memcpy(next, chaining, sizeof next);
        compress(next, m, counter_low, counter_high, length, flags | (is_last & last_flags));
        for (int i = 0; i < 8; i += 1) chaining[i] = (is_running & next[i]) | (~is_running & chaining[i]);
        flags = splat(blake3_keyed);
    }
    store_chaining(chaining, jobs->output);
}

const blake3_kernel KERNEL = {LANES, hash_leaves, hash_jobs, NARROWER};
