#ifndef SHOAL_LEVEL_H
#define SHOAL_LEVEL_H

#include <stdbool.h>

/// The instruction sets that kernels are written for. A level is *available* when this build holds its code and the
/// processor and operating system support it; `scalar` always is.
typedef enum {
    shoal_level_scalar = 0,
    shoal_level_sse = 1,
    shoal_level_neon = 2,
    shoal_level_avx2 = 3,
    shoal_level_avx512 = 4,
} shoal_level;

enum { shoal_level_count = 5 };

/// Whether kernels of this level can run here.
bool shoal_level_is_available(shoal_level level);

/// The level every kernel uses unless it is told one: the best available, or the one that the environment variable
/// `SHOAL_KERNELS` (scalar, sse, neon, avx2 or avx512) asks for. Chosen at the first call; thread-safe.
shoal_level shoal_level_active(void);

/// The text of a `SHOAL_KERNELS` request that could not be granted (unknown word, or a level that is not available
/// here), cut to 31 characters; NULL when there was none. The best level is active then, and a program should say so.
const char *shoal_level_refused_request(void);

/// The word that `SHOAL_KERNELS` knows a level by.
const char *shoal_level_name(shoal_level level);

#endif
