/* Blocks of weights: for each of the neurons that share a table entry, runs of units of weights. A block that was
 * added before, or that is a part (some runs, some units of each) of another one, takes no memory of its own. */
#ifndef NIRLOOM_TABLE_BLOCKS_H
#define NIRLOOM_TABLE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

struct block {
    uint32_t runs;
    uint32_t length;      /* units of a run */
    size_t content;       /* in the pool of the store */
    uint64_t hash;
    uint32_t next;        /* of the same bucket */
    size_t unit;          /* by block_store_place(): where neuron 0's first run lies */
    uint32_t weight_skip; /* by block_store_place(): units between two runs */
};

struct block_store {
    size_t neurons; /* that share a block */
    size_t lanes;   /* weights of a unit */
    size_t limit;   /* most weights that may be added */
    struct block *blocks;
    size_t count;
    size_t capacity;
    int16_t *pool;
    size_t pool_used;
    size_t pool_capacity;
    uint32_t *buckets;
    size_t bucket_count; /* a power of 2 */
    size_t stride;       /* by block_store_place(): units from one neuron to the next */
    size_t units;        /* by block_store_place(): of all blocks */
};

enum { BLOCK_NONE = UINT32_MAX };

void block_store_begin(struct block_store *store, size_t neurons, size_t lanes, size_t limit);
void block_store_free(struct block_store *store);

/* Adds a block, or finds it: content is (neurons, runs, length, lanes). Its index in *block. 0; -1 if memory is short;
 * 1 if the limit is passed. */
int block_store_add(struct block_store *store, uint32_t runs, uint32_t length, const int16_t *content, uint32_t *block);

/* Gives every block its place. 0, or -1 if memory is short. */
int block_store_place(struct block_store *store);

/* Writes the weights of all blocks, (store->units, lanes), zeroed by the caller. */
void block_store_write(const struct block_store *store, int16_t *weights);

#endif
