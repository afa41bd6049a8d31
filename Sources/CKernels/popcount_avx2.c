#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define WIDTH 32
#define KERNEL popcount_histogram_avx2

#include "popcount_lanes.h"

#pragma clang attribute pop

#endif
