#ifndef SHOAL_GEAR_TABLE_H
#define SHOAL_GEAR_TABLE_H

#include <stdint.h>

/// The word that each byte value adds to the rolling hash (xet-protocol §1.1).
extern const uint64_t shoal_gear_table[256];

#endif
