#ifndef SHOAL_KERNELS_H
#define SHOAL_KERNELS_H
#include <stdint.h>
#include <stddef.h>
#endif
