#include "blake3_kernel.h"

#include <assert.h>
#include <string.h>

/// Jobs collect here until every lane of the kernel has one.
typedef struct {
    const blake3_kernel *kernel;
    const uint32_t *key;
    blake3_jobs jobs;
    uint8_t unused[32];
    /// Copies of last leaves, padded with zeros; one per lane.
    _Alignas(64) uint8_t tails[blake3_max_lanes][blake3_leaf_bytes];
} queue;

static void flush(queue *queue) {
    blake3_jobs *jobs = &queue->jobs;
    if (jobs->count == 0) return;
    const blake3_kernel *kernel = queue->kernel;
    while (kernel->narrower != NULL && jobs->count <= kernel->lanes / 2) kernel = kernel->narrower;
    for (size_t lane = jobs->count; lane < kernel->lanes; lane += 1) {
        jobs->counter_low[lane] = 0;
        jobs->counter_high[lane] = 0;
        jobs->blocks[lane] = jobs->blocks[0];
        jobs->last_length[lane] = 0;
        jobs->first_flags[lane] = 0;
        jobs->last_flags[lane] = 0;
        jobs->input[lane] = jobs->input[0];
        jobs->output[lane] = queue->unused;
    }
    kernel->jobs(jobs, queue->key);
    jobs->count = 0;
}

static void push_parent(queue *queue, const uint8_t *children, uint8_t *output, uint32_t root_flag) {
    blake3_jobs *jobs = &queue->jobs;
    size_t lane = jobs->count;
    jobs->counter_low[lane] = 0;
    jobs->counter_high[lane] = 0;
    jobs->blocks[lane] = 1;
    jobs->last_length[lane] = 64;
    jobs->first_flags[lane] = 0;
    jobs->last_flags[lane] = blake3_parent | root_flag;
    jobs->input[lane] = children;
    jobs->output[lane] = output;
    jobs->count = lane + 1;
    if (jobs->count == queue->kernel->lanes) flush(queue);
}

static void push_leaf(
    queue *queue, const uint8_t *bytes, size_t length, uint64_t counter, uint8_t *output, uint32_t root_flag) {
    blake3_jobs *jobs = &queue->jobs;
    size_t lane = jobs->count;
    uint32_t blocks = length == 0 ? 1 : (uint32_t)((length + 63) / 64);
    if (length < blake3_leaf_bytes) {
        // Lanes run to the longest of them, so every copy must be readable as a whole leaf.
        uint8_t *tail = queue->tails[lane];
        if (length > 0) memcpy(tail, bytes, length);
        memset(tail + length, 0, 64 * blocks - length);
        bytes = tail;
    }
    jobs->counter_low[lane] = (uint32_t)counter;
    jobs->counter_high[lane] = (uint32_t)(counter >> 32);
    jobs->blocks[lane] = blocks;
    jobs->last_length[lane] = (uint32_t)(length - 64 * (blocks - 1));
    jobs->first_flags[lane] = blake3_chunk_start;
    jobs->last_flags[lane] = blake3_chunk_end | root_flag;
    jobs->input[lane] = bytes;
    jobs->output[lane] = output;
    jobs->count = lane + 1;
    if (jobs->count == queue->kernel->lanes) flush(queue);
}

static void push_leaves(queue *queue, const blake3_item *item, uint8_t *outputs) {
    const blake3_kernel *kernel = queue->kernel;
    const uint8_t *bytes = item->bytes;
    size_t left = item->length;
    uint64_t counter = item->counter;
    while (left >= kernel->lanes * blake3_leaf_bytes) {
        kernel->leaves(bytes, queue->key, counter, outputs);
        bytes += kernel->lanes * blake3_leaf_bytes;
        left -= kernel->lanes * blake3_leaf_bytes;
        counter += kernel->lanes;
        outputs += kernel->lanes * 32;
    }
    while (left > 0) {
        size_t length = left < blake3_leaf_bytes ? left : blake3_leaf_bytes;
        push_leaf(queue, bytes, length, counter, outputs, 0);
        bytes += length;
        left -= length;
        counter += 1;
        outputs += 32;
    }
}

/// A tree whose current level has `width` nodes.
typedef struct {
    size_t item;
    size_t width;
} tree;

/// Builds the next level of every tree from `nodes` into `parents`, tree after tree; trees that reached their root
/// leave the list. Returns how many trees remain.
static size_t climb(
    queue *queue, const blake3_item *items, tree *trees, size_t count, const uint8_t *nodes, uint8_t *parents) {
    size_t remaining = 0;
    for (size_t t = 0; t < count; t += 1) {
        tree tree = trees[t];
        const blake3_item *item = &items[tree.item];
        if (tree.width == 2) {
            push_parent(queue, nodes, item->output, item->root_flag);
            nodes += 64;
            continue;
        }
        size_t pairs = tree.width / 2;
        for (size_t pair = 0; pair < pairs; pair += 1) {
            push_parent(queue, nodes, parents, 0);
            nodes += 64;
            parents += 32;
        }
        if (tree.width % 2 == 1) {
            memcpy(parents, nodes, 32);
            nodes += 32;
            parents += 32;
            pairs += 1;
        }
        trees[remaining].item = tree.item;
        trees[remaining].width = pairs;
        remaining += 1;
    }
    flush(queue);
    return remaining;
}

void blake3_hash_items(const blake3_kernel *kernel, const uint32_t key[8], const blake3_item *items, size_t count) {
    assert(count <= blake3_group_items);
    queue queue;
    queue.kernel = kernel;
    queue.key = key;
    queue.jobs.count = 0;
    tree trees[blake3_group_items];
    _Alignas(64) uint8_t levels[2][blake3_group_leaves * 32];
    size_t tree_count = 0;
    size_t leaves = 0;
    for (size_t i = 0; i < count; i += 1) {
        const blake3_item *item = &items[i];
        if (item->length <= blake3_leaf_bytes) {
            push_leaf(&queue, item->bytes, item->length, item->counter, item->output, item->root_flag);
            continue;
        }
        size_t width = (item->length + blake3_leaf_bytes - 1) / blake3_leaf_bytes;
        assert(leaves + width <= blake3_group_leaves);
        push_leaves(&queue, item, levels[0] + 32 * leaves);
        leaves += width;
        trees[tree_count].item = i;
        trees[tree_count].width = width;
        tree_count += 1;
    }
    flush(&queue);
    for (int level = 0; tree_count > 0; level ^= 1) {
        tree_count = climb(&queue, items, trees, tree_count, levels[level], levels[level ^ 1]);
    }
}
