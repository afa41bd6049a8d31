#if defined(__x86_64__) || defined(__aarch64__)

#define WIDTH 16
#define KERNEL popcount_histogram_128

#include "popcount_lanes.h"

#endif
