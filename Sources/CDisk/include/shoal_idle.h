#ifndef SHOAL_IDLE_H
#define SHOAL_IDLE_H

/// Lets the calling thread have the processor and the disk only when nobody else wants them, from now on. Where the
/// system knows no such thing, or does not allow it, the thread stays as it is.
void shoal_become_idle(void);

#endif
