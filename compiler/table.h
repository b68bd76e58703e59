/* One way to keep the weights of a projection in a core: dense, or blocks and a table with an entry for each 2^n
 * neighbouring source neurons. */
#ifndef NIRLOOM_TABLE_H
#define NIRLOOM_TABLE_H

#include "place.h"
#include "table_blocks.h"
#include "table_rows.h"

/* Where the weights of a position go: runs and length are those of its block. */
struct position {
    uint32_t block; /* BLOCK_NONE: no targets */
    uint32_t target;
    uint32_t target_skip;
};

struct candidate {
    bool table;
    unsigned position_log2;
    double cost;  /* cycles of one event of every source neuron */
    size_t words; /* of the weight memory */
    size_t entries;
    struct position *positions; /* (entries) of all connections, one after the other; malloc */
    struct block_store store;
};

/* What candidates are made from: the connections of one projection in one core. */
struct table_input {
    const struct board *board;
    const struct image *image;
    const struct projection_rows *rows;
    struct unit_layout layout;
    size_t pitch; /* units from one image row of the target to the next; 0 if it has one row */
    struct connection *const *connections;
    size_t count;
};

/* Source places that a connection scans: pads behind its last word are none of them. */
size_t table_scanned(const struct table_input *input, const struct connection *connection);

void table_dense(struct candidate *candidate, const struct table_input *input);

/* 0; -1 if memory is short; 1 if entries cannot say it or it would be far larger than limit weights. */
int table_positions(struct candidate *candidate, const struct table_input *input, unsigned position_log2, size_t limit);

void table_free(struct candidate *candidate);

#endif
