#ifndef SHOAL_PLANES_H
#define SHOAL_PLANES_H

#include <stddef.h>
#include <stdint.h>

enum {
    /// The most bytes that one job may have.
    shoal_planes_longest = 131072,
    /// Bytes of working memory for `shoal_planes_pack`.
    shoal_planes_scratch = 4 * (32768 + shoal_planes_longest + 64),
    /// Room that a job's output needs beyond `count + count / 255`.
    shoal_planes_margin = 64,
};

/// A chunk of numbers to pack.
typedef struct {
    const void *input;
    /// 1 to `shoal_planes_longest`.
    size_t count;
    /// Room for `count + count / 255 + shoal_planes_margin` bytes.
    void *output;
    /// Set to the bytes of output.
    size_t packed;
} shoal_planes_job;

/// Groups the bytes of each job as `shoal_bg4_split` does and packs them into one LZ4 block. What comes out depends on
/// the bytes alone, not on the other jobs; but several jobs at once take much less time each.
/// `scratch` is `shoal_planes_scratch` bytes at an even address; nothing in it outlives the call.
void shoal_planes_pack(void *scratch, shoal_planes_job *jobs, size_t count);

#endif
