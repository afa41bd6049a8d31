#ifndef SHOAL_RESERVE_H
#define SHOAL_RESERVE_H

#include <stdint.h>

/// Asks the file system for the blocks of the first `length` bytes of a file, whose length does not change.
/// Returns 0, or an errno; a file system that cannot do so answers EOPNOTSUPP.
int shoal_reserve(int descriptor, uint64_t length);

#endif
