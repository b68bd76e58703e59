/* The operations of the array model (array_model.h), on the memories of one core. */
#ifndef NIRLOOM_TESTS_ARRAY_OPERATIONS_H
#define NIRLOOM_TESTS_ARRAY_OPERATIONS_H

#include "hardware.h"

#include <stdbool.h>
#include <stddef.h>

enum { ARRAY_OUTPUTS_MAX = 1 << 16 };

struct ring_message {
    unsigned space;
    uint32_t address;
    uint16_t data;
};

struct core {
    uint16_t *weights; /* 16-bit parts of memory words */
    uint16_t *program;
    uint16_t *spikes;
    uint16_t *state;
    uint16_t *accumulators;
    uint32_t operation;
    bool fired;   /* the last UPDATE with FIRE */
    bool one_set; /* the last UPDATE had one set of parameters, at this row: */
    uint32_t set_row;
    size_t seen; /* messages of this step */
    bool ended;
};

struct array_model {
    const struct board *board;
    struct core *cores;
    struct ring_message *messages; /* of this step, in the order in which they were sent */
    size_t message_count;
    size_t message_capacity;
    uint16_t *outputs;
    unsigned *output_counts;
    unsigned step;
    uint64_t random;
    uint64_t units;
    char error[256];
};

struct decoded {
    unsigned code, flags;
    uint32_t wait, source, count, weight, stride, target, ring_phase, ring_log2;
};

/* Keeps what was wrong, with core and operation; false. */
bool array_fail(struct array_model *model, unsigned core, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The word of a core's memory, NULL if there is no such address. */
uint16_t *array_word(const struct array_model *model, unsigned core, unsigned space, uint32_t address);

/* The operation that the core is at. */
struct decoded array_fetch(const struct board *board, const struct core *core);

/* Each carries out one operation; false with array_fail(). */
bool array_accumulate(struct array_model *model, unsigned core, const struct decoded *operation);
bool array_update(struct array_model *model, unsigned core, const struct decoded *operation);
bool array_send(struct array_model *model, unsigned core, const struct decoded *operation);

#endif
