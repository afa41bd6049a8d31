#ifndef SHOAL_WINDOW_H
#define SHOAL_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Windows on files: mapped pages save the copy that read() makes. Their danger is that the file gets shorter, or its
// disk fails, while they are read: then the system sends SIGBUS, which ends a program. With the guard installed such a
// window is filled with zeros instead, and says afterwards that it is torn.

/// Handles SIGBUS from now on; what concerns no window goes to whoever handled it before. For a program, not for a
/// library: signals belong to the process. Returns false when that cannot be done.
bool shoal_window_guard(void);

/// Takes address space for files, `length` bytes, a multiple of the page size. Returns a number, or -1 when the guard
/// is not installed, too many windows are open, or memory is short.
int shoal_window_open(size_t length);

/// Shows bytes of a file from `offset` on, a multiple of the page size. Returns their place; NULL with errno when the
/// file cannot be mapped.
const void *shoal_window_show(int window, int descriptor, uint64_t offset, size_t length);

/// Whether bytes that it shows now may have been zeros that the file does not have.
bool shoal_window_is_torn(int window);

void shoal_window_close(int window);

#endif
