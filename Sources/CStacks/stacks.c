#define _GNU_SOURCE
#include "CStacks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__) && defined(__GLIBC__)
#include <execinfo.h>
#include <sys/syscall.h>

enum { most_frames = 48 };
static int target = -1;

/// Async-signal-safe calls only; `backtrace` is, once it has been called before.
static void tell(int number) {
    (void)number;
    int before = errno;
    char line[32];
    int end = sizeof line;
    line[--end] = '\n';
    for (long id = syscall(SYS_gettid); id > 0; id /= 10) line[--end] = (char)('0' + id % 10);
    static const char head[] = "stack of thread ";
    if (write(target, head, sizeof head - 1) > 0 && write(target, line + end, sizeof line - end) > 0) {
        void *frames[most_frames];
        backtrace_symbols_fd(frames, backtrace(frames, most_frames), target);
    }
    errno = before;
}

int shoal_tell_stacks(int descriptor) {
    // The first call loads the unwinder, which no signal handler may do.
    void *frame;
    backtrace(&frame, 1);
    target = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = tell;
    action.sa_flags = SA_RESTART;
    return sigaction(SIGUSR2, &action, NULL) == 0 ? 0 : errno;
}

int shoal_ask_thread(int process, int thread) {
    return syscall(SYS_tgkill, process, thread, SIGUSR2) == 0 ? 0 : errno;
}
#else
int shoal_tell_stacks(int descriptor) {
    (void)descriptor;
    return ENOTSUP;
}

int shoal_ask_thread(int process, int thread) {
    (void)process;
    (void)thread;
    return ENOTSUP;
}
#endif
