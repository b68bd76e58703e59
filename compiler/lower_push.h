/* Sends single values forward through the linear stages of a flow, as sparse vectors, up to the next populations. Work
 * is in proportion to the synapses that are met, whether their weights are 0 or not. Inside lower alone. */
#ifndef NIRLOOM_LOWER_PUSH_H
#define NIRLOOM_LOWER_PUSH_H

#include "linear_map.h"
#include "lower_flow.h"

/* What has arrived at a stage with one delay. */
struct parcel {
    bool open; /* its delay is in the inbox's list; it may be empty all the same */
    size_t count;
    uint32_t *neurons; /* (inputs of the stage; count in use) */
    double *value;     /* the same, in the order of neurons */
    uint32_t *place;   /* (inputs) by neuron: 1 + its place in neurons, 0 where nothing came */
    struct linear_map_builder *builder; /* of lower_project(): rows that have come here from one population */
};

struct stage_inbox {
    struct parcel **parcels; /* (capacity) by delay, NULL where nothing ever came */
    size_t capacity;
    size_t *delays; /* (delay_count) of the parcels that are open */
    size_t delay_count;
    size_t delay_capacity;
};

/* Where an input of a convolution or pool goes: a place of the kernel, and one of the output's plane. */
struct push_tap {
    size_t tap;
    size_t position;
};

struct push {
    const struct flow *flow;
    const struct graph *graph;
    struct diagnostics *diagnostics;
    struct stage_inbox *inboxes; /* (stages) */
    bool *seen;                  /* (stages) by push_reach() */
    size_t *linear;              /* (linear_count) stages that values go through, in order of evaluation */
    size_t linear_count;
    size_t *targets;             /* (target_count) populations where they arrive, in order of evaluation */
    size_t target_count;
    struct push_tap *taps;       /* scratch: (elements of the largest plane) */
};

/* 0, or -1 with an error. push_close() frees everything, builders too. */
int push_open(struct push *push, const struct flow *flow, const struct graph *graph, struct diagnostics *diagnostics);
void push_close(struct push *push);

/* Fills linear and targets with what comes behind a stage; LOWER_NONE: all linear stages and all populations. */
void push_reach(struct push *push, size_t stage);

/* Needs: push_reach(stage). Sends 1 from a neuron of a population; what arrives stays in the inboxes of targets until
 * push_clear(). Fails: memory, a delay above LOWER_DELAY_MAX in all. */
int push_unit(struct push *push, size_t stage, size_t neuron);

/* Needs: push_reach(stage). Sends what is in the inbox of a stage on, and empties it. */
int push_on(struct push *push, size_t stage);

/* Needs: push_reach(LOWER_NONE). Sends every bias, those that wait with a delay of one step. */
int push_biases(struct push *push);

void push_clear(struct push *push, size_t stage);

/* Puts the neurons of a parcel in rising order. The values stay where they are: that of a neuron is
 * value[place[neuron] - 1]. */
void parcel_sort(struct parcel *parcel);

#endif
