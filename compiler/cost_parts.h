/* What the parts of the cost model share (cost.h). */
#ifndef NIRLOOM_COST_PARTS_H
#define NIRLOOM_COST_PARTS_H

#include "cost.h"
#include "place.h"

/* Cycles that a multiplier of adders takes longer than a DSP block (rtl/loom_multiplier.v). */
enum { MULTIPLIER_LATE = 2 };

enum {
    COST_STEP_TO_CORE = 3, /* from the STEP on the ring to the first core's first fetch */
    COST_STEP_COUNTED = 2, /* from the STEP on the ring to the first cycle that is counted */
    COST_END_TO_FETCH = 3  /* from the last END in a core to its next fetch */
};

/* What an UPDATE is of, and how it was. */
struct cost_update {
    bool known;
    size_t population;
    size_t first;   /* place of its first neuron in the array's order */
    size_t count;
    uint8_t moved;  /* bit of cost->moved */
    unsigned calm;  /* its last runs in which nothing moved, as the array counts them */
};

/* One core: its program and the memory that it is read from. */
struct cost_core {
    uint16_t *weights; /* (weight_count) from address 0 on */
    size_t weight_count;
    uint16_t *program; /* (program_count) from operation 0 on, HW_OPERATION_WORDS each */
    size_t program_count;
    struct operation *operations; /* (operation_count) of a step, END last */
    size_t operation_count;
    struct cost_update *updates; /* (operation_count) of operations that are UPDATEs */
    struct cost_operation *spent; /* (operation_count) what each has cost */
    unsigned touched; /* blocks of accumulators (HW_BLOCKS) that were added to, a bit each */
    bool fired;       /* the last UPDATE with FIRE did */
    bool loaded;      /* the neurons have all of the last UPDATE's one set of parameters */
    uint16_t *values; /* (value_count) state memory: rings of values, and states that are read as values */
};

struct cost_totals_of_scan {
    uint64_t events;
    uint64_t units;
    uint64_t entries;
};

/* The UPDATE beside which an ACCUMULATE looks for spikes (FLAG_AHEAD). */
struct cost_writing {
    uint64_t until;    /* cycle from which on the scanner's stages move; 0: they do */
    uint64_t over;     /* and no word is waited for */
    uint32_t address;  /* of its first spike word */
    uint32_t step;     /* to the next one */
    uint32_t words;
    int64_t first;     /* cycle in which the first of them is written */
    int64_t period;    /* cycles to the next one, but for the last */
    int64_t last;      /* cycle in which that one is written */
};

/* Where a core is. */
struct core_time {
    size_t operation;  /* being fetched, or sent */
    uint64_t time;     /* of its fetch; while it sends: from which cycle on the next word may leave */
    uint64_t fetched;  /* when the operation at hand was */
    uint64_t free;     /* from which cycle on its last UPDATE needs nothing more; the next operation may have begun before */
    uint64_t update_from; /* from which cycle on another UPDATE may be dispatched, */
    uint64_t other_from;  /* and anything else but an END */
    uint64_t held;     /* from which cycle on the sender holds nothing */
    uint64_t quiet;    /* and the END of a lone core may be offered: all engines are idle */
    uint64_t ahead;    /* when the operation behind a SEND with AHEAD is fetched; 0: when that is over */
    uint64_t end_dispatch;
    bool sent;         /* the END is behind a SEND */
    struct cost_writing writing; /* of that UPDATE */
    uint32_t left;     /* words still to send */
    bool ending;       /* the next thing that it sends is its END */
    bool ended;
    uint64_t write_first;  /* cycles of its last UPDATE in which it writes states */
    uint64_t write_last;
    uint64_t write_period;
    uint64_t word_groups;  /* states of so many groups, then in the cycle after the last a word of spikes; 0: no spikes */
};

struct cost {
    const struct image *image;
    const struct board *board;
    struct cost_core *cores; /* (board->cores) */
    struct core_time *times; /* (board->cores) */
    uint8_t **moved;         /* (population_count) by place: what differs from the step before */
    int16_t **states;        /* (population_count) by neuron, of the last step that cost_put_states() told of */
    int16_t **currents;
    uint16_t *spikes;        /* (board->spike_words) rings of spikes, as every core has them */
    uint16_t **late;         /* (population_count), (lag, words of the buffer): put, and read in a step to come */
    uint16_t *words;         /* of the largest buffer */
    unsigned ended;          /* cores that have sent their END in this step */
    uint64_t link_free;      /* of a lone core: cycle from which on the link takes another message */
    uint64_t step_cycles;    /* of a lone core: that the host's next step takes on the link, at a byte a cycle */
    uint64_t step_time;      /* STEP of the last step on the ring */
    uint64_t end_time;       /* its last END taken by the link */
    uint64_t end_before;     /* the same of the step before */
    uint64_t execute_cycles; /* from the end of a step to the next STEP but one, whose inputs wait for it */
    uint64_t idle;           /* cycles without a step, up to end_time */
    struct cost_ring *ring;  /* of several cores */
    struct cost_totals totals;
};

/* cost.c: from the cycle in which an operation is over to the next one's dispatch, waiting left aside. */
uint64_t cost_fetch_cycles(const struct board *board, bool first);

/* Dispatches the core's next operation in that cycle. */
void cost_begin(struct cost *cost, unsigned core, uint64_t dispatch, struct cost_totals_of_scan *totals);

/* cost_ring.c: stations of an array of several cores, with link and host. NULL if memory is short. */
struct cost_ring *cost_ring_open(const struct image *image, const struct board *board);
void cost_ring_close(struct cost_ring *ring);
void cost_ring_reset(struct cost *cost);

/* The array's next step. Sets cost->end_time, cost->idle. */
void cost_ring_step(struct cost *cost, struct cost_totals_of_scan *totals);

/* Reads the program of a step from the core's words. False if it has no END or memory is short. */
bool cost_read_program(struct cost_core *core, const struct board *board, uint32_t entry);

/* An entry of the table that a TABLE operation names, by position; 64 bits. An address beyond the core's weights
 * gives an entry without targets. */
uint64_t cost_entry(const struct cost_core *core, const struct board *board, const struct operation *operation,
                    size_t position);

/* Cycles of an ACCUMULATE from its dispatch to the first cycle in which its engine is idle. memory: what its source lies
 * in, of which ring is the index of the step's slot. writing: of the UPDATE before it, cycles counted from the same dispatch; all 0
 * if that one is over. Adds to totals, and to core->touched. */
uint64_t cost_accumulate(struct cost_core *core, const struct board *board, const struct operation *operation,
                         const uint16_t *memory, uint32_t ring, const struct cost_writing *writing,
                         struct cost_totals_of_scan *totals);

/* Units of accumulators from first_unit on are added to: sets the bits of their blocks. */
void cost_touch(const struct board *board, const struct operation *operation, uint32_t first_unit, uint32_t units,
                unsigned *blocks);

/* cost_rest.c. False if memory is short; cost_rest_close() in any case. */
bool cost_rest_open(struct cost *cost);
void cost_rest_close(struct cost *cost);
void cost_rest_reset(struct cost *cost);

/* True if the operation is not done in this step. */
bool cost_skips(const struct cost *cost, const struct cost_core *core, size_t index);

/* True if the UPDATE reads its states twice, to see whether they move. */
bool cost_checks(const struct cost *cost, const struct cost_core *core, size_t index);

/* Notes that the UPDATE was done, or skipped. */
void cost_rest(const struct cost *cost, struct cost_core *core, size_t index, bool skipped);

static inline uint64_t cost_later(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

#endif
