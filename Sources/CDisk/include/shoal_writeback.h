#ifndef SHOAL_WRITEBACK_H
#define SHOAL_WRITEBACK_H

/// Lets the system begin to bring a file's bytes to the disk. Waits only while the disk's queue is full. Does nothing
/// where the system cannot be told.
void shoal_begin_writeback(int descriptor);

#endif
