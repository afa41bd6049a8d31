// Makes this machine a worse one for a program that is started with it in LD_PRELOAD, by SHOAL_MACHINE, a list with
// commas:
//   nosymlink    links cannot be made
//   noflock      files cannot be locked
//   nosparse     files have no holes: what is skipped is written as zeros, and no blocks can be reserved or shared
//   slow=N       writes at positions take their time: N bytes per second, all threads together
//   full=N       the disk is full after N bytes written at positions; reserving blocks tells nothing
//   denied=PATH  nothing can be made below PATH
//   clock=N      the clock is N seconds ahead; a negative N is behind
//   clock        the clock jumps ten years forward and back, several times a second
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *setting(const char *name) {
    const char *all = getenv("SHOAL_MACHINE");
    size_t length = strlen(name);
    while (all && *all) {
        if (!strncmp(all, name, length) && (all[length] == '=' || all[length] == ',' || !all[length]))
            return all + length;
        all = strchr(all, ',');
        if (all) all++;
    }
    return NULL;
}

static long long number(const char *name) {
    const char *text = setting(name);
    return text && *text == '=' ? atoll(text + 1) : -1;
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

int symlink(const char *target, const char *path) {
    if (setting("nosymlink")) {
        errno = EPERM;
        return -1;
    }
    return ((int (*)(const char *, const char *))next("symlink"))(target, path);
}

int flock(int file, int operation) {
    if (setting("noflock")) {
        errno = ENOSYS;
        return -1;
    }
    return ((int (*)(int, int))next("flock"))(file, operation);
}

int fallocate(int file, int mode, off_t offset, off_t length) {
    if (setting("nosparse") || setting("full")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return ((int (*)(int, int, off_t, off_t))next("fallocate"))(file, mode, offset, length);
}

int ioctl(int file, unsigned long request, ...) {
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (setting("nosparse") && request == 0x40049409) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return ((int (*)(int, unsigned long, void *))next("ioctl"))(file, request, argument);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long long written;
static struct timespec busy;

static ssize_t placed(int file, const void *bytes, size_t count, off_t offset, const char *name) {
    ssize_t (*real)(int, const void *, size_t, off_t) = next(name);
    long long room = number("full"), rate = number("slow");
    if (room >= 0) {
        pthread_mutex_lock(&lock);
        int isFull = written + (long long)count > room;
        if (!isFull) written += count;
        pthread_mutex_unlock(&lock);
        if (isFull) {
            errno = ENOSPC;
            return -1;
        }
    }
    if (rate > 0) {
        pthread_mutex_lock(&lock);
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (busy.tv_sec < now.tv_sec || (busy.tv_sec == now.tv_sec && busy.tv_nsec < now.tv_nsec)) busy = now;
        long long pause = (long long)count * 1000000000LL / rate + busy.tv_nsec;
        busy.tv_sec += pause / 1000000000LL;
        busy.tv_nsec = pause % 1000000000LL;
        struct timespec end = busy;
        pthread_mutex_unlock(&lock);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
    }
    if (setting("nosparse")) {
        static const char zeros[65536];
        pthread_mutex_lock(&lock);
        struct stat status;
        while (!fstat(file, &status) && status.st_size < offset) {
            size_t gap = offset - status.st_size;
            if (real(file, zeros, gap < sizeof zeros ? gap : sizeof zeros, status.st_size) <= 0) break;
        }
        ssize_t done = real(file, bytes, count, offset);
        pthread_mutex_unlock(&lock);
        return done;
    }
    return real(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return placed(file, bytes, count, offset, "pwrite");
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
    return placed(file, bytes, count, offset, "pwrite64");
}

static int isDenied(const char *path) {
    const char *place = setting("denied");
    if (!place || *place != '=') return 0;
    size_t length = strcspn(++place, ",");
    return !strncmp(path, place, length) && (!path[length] || path[length] == '/');
}

int mkdir(const char *path, mode_t mode) {
    if (isDenied(path) && access(path, F_OK)) {
        errno = EACCES;
        return -1;
    }
    return ((int (*)(const char *, mode_t))next("mkdir"))(path, mode);
}

static int opened(const char *path, int flags, mode_t mode, const char *name) {
    if (flags & O_CREAT && isDenied(path) && access(path, F_OK)) {
        errno = EACCES;
        return -1;
    }
    return ((int (*)(const char *, int, mode_t))next(name))(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return opened(path, flags, mode, "open");
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return opened(path, flags, mode, "open64");
}

static time_t jump(void) {
    const char *offset = setting("clock");
    if (!offset) return 0;
    if (*offset == '=') return atoll(offset + 1);
    struct timespec now;
    int (*real)(clockid_t, struct timespec *) = next("clock_gettime");
    real(CLOCK_MONOTONIC, &now);
    static const time_t years[] = {0, 10, 0, -10};
    return years[now.tv_nsec / 250000000] * 31557600;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int outcome = ((int (*)(clockid_t, struct timespec *))next("clock_gettime"))(clock, time);
    if (!outcome && clock == CLOCK_REALTIME) time->tv_sec += jump();
    return outcome;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
