#define _GNU_SOURCE
#include "shoal_writeback.h"

#include <fcntl.h>

void shoal_begin_writeback(int descriptor) {
#ifdef __linux__
    // Best effort: what fails here is reported by the flush at the end.
    sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor;
#endif
}
