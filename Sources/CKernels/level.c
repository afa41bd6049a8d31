#include "shoal_level.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[shoal_level_count] = {"scalar", "sse", "neon", "avx2", "avx512"};

const char *shoal_level_name(shoal_level level) { return names[level]; }

bool shoal_level_is_available(shoal_level level) {
    switch (level) {
    case shoal_level_scalar:
        return true;
#if defined(__x86_64__)
    case shoal_level_sse:
        return true;
    case shoal_level_avx2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul");
    case shoal_level_avx512:
        return shoal_level_is_available(shoal_level_avx2) && __builtin_cpu_supports("avx512f")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
    case shoal_level_neon:
        return true;
#endif
    default:
        return false;
    }
}

static shoal_level best_level(void) {
    int level = shoal_level_count - 1;
    while (!shoal_level_is_available((shoal_level)level)) level -= 1;
    return (shoal_level)level;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static shoal_level active = shoal_level_scalar;
static char refused[32];

static void decide(void) {
    const char *request = getenv("SHOAL_KERNELS");
    active = best_level();
    if (request == NULL || request[0] == 0) return;
    for (int level = 0; level < shoal_level_count; level += 1) {
        if (strcmp(request, names[level]) == 0 && shoal_level_is_available((shoal_level)level)) {
            active = (shoal_level)level;
            return;
        }
    }
    strncpy(refused, request, sizeof refused - 1);
}

shoal_level shoal_level_active(void) {
    pthread_once(&once, decide);
    return active;
}

const char *shoal_level_refused_request(void) {
    shoal_level_active();
    return refused[0] == 0 ? NULL : refused;
}
