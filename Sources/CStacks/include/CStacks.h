#ifndef SHOAL_CSTACKS_H
#define SHOAL_CSTACKS_H

/// Makes each thread that gets SIGUSR2 write its id and its stack to a descriptor, one line per frame.
/// Returns 0, or an errno; ENOTSUP where stacks cannot be told.
int shoal_tell_stacks(int descriptor);

/// Sends SIGUSR2 to one thread of a process. Returns 0, or an errno; ENOTSUP where single threads have no address.
int shoal_ask_thread(int process, int thread);

#endif
