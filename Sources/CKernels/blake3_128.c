// Four lanes: what every x86-64 (SSE2) and arm64 (NEON) processor has, in the compiler's own vector terms.
#if defined(__x86_64__) || defined(__aarch64__)

#include <stdint.h>
#include <string.h>

typedef uint32_t quad __attribute__((vector_size(16)));

static inline quad loaded_quad(const uint8_t *bytes) {
    quad vector;
    memcpy(&vector, bytes, sizeof vector);
    return vector;
}

#define LANES 4
#define KERNEL blake3_kernel_128
#define NARROWER &blake3_kernel_scalar
#define GATHER(place, k) loaded_quad(place(k))
#define LOW32(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH32(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LOW64(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define HIGH64(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)

#include "blake3_lanes.h"

#endif
