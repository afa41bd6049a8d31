#define _GNU_SOURCE
#include "shoal_window.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_POPULATE
#define MAP_POPULATE 0
#endif

enum { most_windows = 32 };

// Read by the signal handler, so nothing here may need a lock.
static struct {
    atomic_bool is_taken;
    atomic_bool is_torn;
    /// 0 while the window is not open.
    atomic_uintptr_t base;
    atomic_size_t length;
} windows[most_windows];

static atomic_bool is_guarded;
static struct sigaction previous;
static uintptr_t page_size;

/// Puts zeros in place of everything from the page that failed to the end of its window. mmap is no function that POSIX
/// allows here by name, but a plain system call everywhere.
static bool patch(uintptr_t address) {
    for (int i = 0; i < most_windows; i += 1) {
        uintptr_t base = atomic_load(&windows[i].base);
        size_t length = atomic_load(&windows[i].length);
        if (base == 0 || address < base || address - base >= length) continue;
        uintptr_t page = address & ~(page_size - 1);
        atomic_store(&windows[i].is_torn, true);
        void *zeros = mmap(
            (void *)page, base + length - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        return zeros != MAP_FAILED;
    }
    return false;
}

static void handle(int signal, siginfo_t *info, void *context) {
    int code = errno;
    bool is_patched = patch((uintptr_t)info->si_addr);
    errno = code;
    if (is_patched) return;
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
        previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(signal);
    } else {
        // Happens again on return, and then ends the program as it would have without us.
        sigaction(SIGBUS, &previous, NULL);
    }
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, &previous) == 0) atomic_store(&is_guarded, true);
}

bool shoal_window_guard(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return atomic_load(&is_guarded);
}

int shoal_window_open(size_t length) {
    if (!atomic_load(&is_guarded)) return -1;
    for (int i = 0; i < most_windows; i += 1) {
        if (atomic_exchange(&windows[i].is_taken, true)) continue;
        void *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED) {
            atomic_store(&windows[i].is_taken, false);
            return -1;
        }
        atomic_store(&windows[i].length, length);
        atomic_store(&windows[i].base, (uintptr_t)base);
        return i;
    }
    return -1;
}

const void *shoal_window_show(int window, int descriptor, uint64_t offset, size_t length) {
    void *base = (void *)atomic_load(&windows[window].base);
    atomic_store(&windows[window].is_torn, false);
    int flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
    return mmap(base, length, PROT_READ, flags, descriptor, (off_t)offset) == MAP_FAILED ? NULL : base;
}

bool shoal_window_is_torn(int window) { return atomic_load(&windows[window].is_torn); }

void shoal_window_close(int window) {
    void *base = (void *)atomic_exchange(&windows[window].base, 0);
    munmap(base, atomic_load(&windows[window].length));
    atomic_store(&windows[window].is_taken, false);
}
