/* What placing decides and packing writes down: where every slice, table, weight and parameter lies.
 *
 * place.c            the passes, what is short
 * place_slices.c     order of neurons, cut over cores and into tiles
 * place_balance.c    how much of each population each core gets
 * place_parameters.c parameter rows of a slice, and after how many groups they repeat
 * place_lags.c       how many steps a population runs behind the Inputs
 * place_addresses.c  rings, state rows, tables and weights get their addresses
 * table.c            how the weights of a projection are walked: dense, or a table of positions
 * table_blocks.c     blocks of weights, each kept once
 * program.c          operations
 * program_order.c    in which order slices are done
 * pack.c             memory words */
#ifndef NIRLOOM_PLACE_H
#define NIRLOOM_PLACE_H

#include "hardware.h"
#include "image.h"

enum { NEURONS_PER_SPIKE_WORD = 16 };

/* Share of the sources, and of the Inputs, that spikes in a step, where placing weighs choices and nothing is known of it. */
static const double place_assumed_activity = 0.1;

/* How weights of one projection lie in the weight memory (rtl/loom_lanes.v). */
struct unit_layout {
    unsigned bits;           /* of a weight */
    unsigned lanes;          /* weights of a unit; a power of 2 */
    unsigned units_per_word;
};

/* Sets of parameter rows of one slice: set number (group modulo count) is that of a group. */
struct parameter_sets {
    uint32_t count; /* 1: all groups have the same */
    bool biases;    /* the sets differ in their biases alone */
    int16_t *words; /* (count, HW_PARAMETER_ROWS, slots) */
    uint32_t row;   /* of the first set, in the slice's core */
};

/* Rows that the sets take: with biases of their own three, and one a set. */
static inline uint64_t place_parameter_rows(const struct parameter_sets *sets)
{
    uint64_t rows = sets->biases ? HW_PARAMETER_ROWS - 1 + (uint64_t)sets->count : (uint64_t)HW_PARAMETER_ROWS * sets->count;

    return (rows + HW_PARAMETER_ROWS - 1) / HW_PARAMETER_ROWS * HW_PARAMETER_ROWS;
}

/* Weights of a projection in one core: what its tiles there read. */
struct weight_set {
    size_t projection;
    unsigned core;
    struct unit_layout layout;
    bool table;              /* else dense */
    unsigned position_log2;  /* neurons that share an entry */
    uint32_t stride;         /* units between neurons of a position; dense sets have that of each connection */
    size_t units;
    int16_t *weights;        /* (units, layout.lanes); NULL where the memory of a core cannot hold them */
    size_t entries;          /* of the tables of all its connections */
    double cost;             /* cycles of an average event, summed over its connections */
    uint32_t first_unit;     /* address in the core */
};

/* One ACCUMULATE: a projection into a slice. */
struct connection {
    size_t projection;
    size_t slice;
    struct weight_set *set;
    uint32_t first_neuron; /* of the source, in the array's order; spikes: a multiple of 16 */
    uint32_t words;        /* to scan: of 16 spikes, or values; 0 where no source has a target in the slice */
    uint32_t stride;       /* dense: units a source neuron */
    size_t first_unit;     /* dense: in the set */
    uint64_t *entries;     /* (entry_count) with WEIGHT counted from the set's first unit; NULL where dense */
    size_t entry_count;
    uint32_t table_word;   /* address in the core */
};

/* Of a slice, beside struct image_slice. */
struct slice_placement {
    uint32_t groups;
    struct parameter_sets membrane;
    struct parameter_sets current; /* count 0 where there is none */
    size_t first_connection;
    size_t connection_count;
    bool external;
    bool sent; /* to the cores, after its UPDATE */
};

struct core_use {
    uint32_t slices;
    uint32_t operations;       /* of a step, those of single stages included */
    uint32_t clear_operations; /* of the program that clears */
    uint64_t weight_words;     /* all: tables, weights, external states */
    uint64_t table_units;      /* end of the weights that tables name */
    uint64_t external_word;    /* first one of external states */
    uint64_t external_words;
    uint64_t state_rows;       /* internal: values, parameters, states */
    uint32_t first_state_row;  /* of states and currents */
    uint32_t accumulator_rows;
};

/* How a population is cut over cores: each gets so many consecutive pieces, the first core's first. */
struct population_cut {
    size_t distance;    /* neurons of a piece, in the array's order */
    size_t pieces;
    unsigned first_core;
    uint32_t *counts;   /* (board->cores) */
};

struct placement {
    const struct board *board;
    struct arena arena;           /* all below; freed by image_place() */
    double tolerance;             /* how many times slower a smaller way to keep weights may be */
    unsigned tile_divisor;        /* tiles are this many times smaller than the accumulators allow */
    bool balanced;                /* cores are to be done at the same time; else each gets as much of every population */
    bool row_parts;               /* rows of an image are cut where there are more cores than rows */
    struct slice_placement *slices; /* (slice_count) */
    struct connection *connections; /* (connection_count) by slice */
    size_t connection_count;
    struct weight_set *sets;      /* (set_count) */
    size_t set_count;
    size_t *order;                /* (slice_count) for program_step(): slices of a core */
    uint32_t spike_words;         /* used, the same in every core */
    uint64_t spike_words_needed;
    uint64_t shared_rows;         /* state rows that every core keeps for values */
    uint32_t clear_operations;    /* most of any core: the program of a step begins behind them in all */
    uint32_t step_operations;     /* most of any core: programs of stages are this far apart */
    struct core_use *cores;       /* (board->cores) */
};

static inline size_t place_divide_up(size_t count, size_t by)
{
    return (count + by - 1) / by;
}

/* What operations name in the weight memory begins at a multiple of this many units, and of words. */
static inline size_t place_weight_alignment(const struct placement *placement)
{
    return (size_t)1 << board_weight_shift(placement->board);
}

struct unit_layout place_unit_layout(const struct board *board, const struct image_projection *projection);

bool place_is_output(const struct image *image, size_t population);

/* Chooses image->stage_count and the lag of every buffer, which must be there. */
void place_lags(struct image *image, const struct board *board);

/* Longest delay in the array of the projections from a population; false if there is no projection. */
bool place_longest_delay(const struct image *image, size_t population, size_t *delay);

/* Fills the counts of cuts (population_count), which are 0; those of Inputs stay so. Needs image->orders and the lags. 0,
 * or -1 if memory is short. */
int place_balance(const struct image *image, struct placement *placement, struct population_cut *cuts);

/* Makes image->orders and image->slices, cores included. 0, or -1 if memory is short. */
int place_slices(struct image *image, struct placement *placement);

/* Makes the parameter sets of every slice. 0, or -1 if memory is short. */
int place_parameters(const struct image *image, struct placement *placement);

/* Makes connections and weight sets. 0, or -1 if memory is short. */
int place_tables(const struct image *image, struct placement *placement);

/* Gives addresses to all that needs one and fills placement->cores. Needs all passes above. 0, or -1 if memory is short. */
int place_addresses(struct image *image, struct placement *placement);

/* Operations of one core. */
struct operation {
    unsigned code;
    unsigned flags; /* bits at their place in fields 0 and 1 */
    uint32_t wait;
    uint32_t source;
    uint32_t count;
    uint32_t weight; /* of an ACCUMULATE in units, or words, whatever the board's weight shift */
    uint32_t stride;
    uint32_t target;
    uint32_t ring_phase;
    uint32_t ring_log2;
};

static inline bool operation_has(const struct operation *operation, unsigned flag)
{
    return operation->flags >> flag & 1u;
}

enum {
    READ_TO_WRITTEN = 7, /* cycles from the read of a state to its write: it can be read in the next one */
    READ_TO_UPDATE = 2   /* from the last read of an UPDATE with AHEAD to the dispatch of another one */
};

/* Called for each operation of a program, in order. */
typedef void program_put(void *context, const struct operation *operation);

enum { PROGRAM_ALL_STAGES = -1 };

/* The program of a step, END included: of the populations of one lag, or of all. */
void program_step(const struct image *image, const struct placement *placement, unsigned core, int stage,
                  program_put *put, void *context);

/* Puts the slices of a core, sorted by level, in the order in which its program does them. */
void program_order(const struct image *image, const struct placement *placement, unsigned core, size_t *slices,
                   size_t count);

/* The program that clears states, currents, all steps of all rings, and the accumulators used. */
void program_clear(const struct image *image, const struct placement *placement, unsigned core, program_put *put,
                   void *context);

/* Fills image->segments and the entries of the programs. Needs place_addresses(). 0, or -1 if memory is short. */
int pack(struct image *image, const struct placement *placement, struct diagnostics *diagnostics);

#endif
