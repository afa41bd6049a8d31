#define _GNU_SOURCE
#include "shoal_reserve.h"

#include <errno.h>
#include <fcntl.h>

int shoal_reserve(int descriptor, uint64_t length) {
#ifdef __linux__
    int outcome;
    do {
        outcome = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)length);
    } while (outcome != 0 && errno == EINTR);
    return outcome == 0 ? 0 : errno;
#else
    fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, (off_t)length, 0};
    return fcntl(descriptor, F_PREALLOCATE, &store) == -1 ? errno : 0;
#endif
}
