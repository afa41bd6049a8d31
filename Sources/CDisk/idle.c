#define _GNU_SOURCE
#include "shoal_idle.h"

#ifdef __linux__
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of linux/ioprio.h, which C libraries do not have.
enum { WHO_THREAD = 1, CLASS_IDLE = 3, CLASS_SHIFT = 13 };

void shoal_become_idle(void) {
    struct sched_param parameters = {0};
    // For these calls 0 is the calling thread.
    sched_setscheduler(0, SCHED_IDLE, &parameters);
    setpriority(PRIO_PROCESS, 0, 19);
    syscall(SYS_ioprio_set, WHO_THREAD, 0, CLASS_IDLE << CLASS_SHIFT);
}
#else
#include <pthread.h>
#include <pthread/qos.h>

void shoal_become_idle(void) { pthread_set_qos_class_self_np(QOS_CLASS_BACKGROUND, 0); }
#endif
