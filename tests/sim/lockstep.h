/* Two devices, one image, the same inputs: every output, state and step compared to the last bit. */
#ifndef NIRLOOM_TESTS_LOCKSTEP_H
#define NIRLOOM_TESTS_LOCKSTEP_H

#include "device.h"

#include <stdbool.h>

typedef enum loom_status (*device_opener)(struct device **device, const struct image *image, const char *argument,
                                          char *error);

/* Fills the buffers of one step; both runs of a sample see what it gives. */
typedef void (*step_source)(void *self, size_t sample, size_t step, const struct loom_buffer *inputs);

struct lockstep {
    const struct image *image;
    device_opener left;
    device_opener right;
    const char *left_argument;
    const char *right_argument;
    size_t samples;
    size_t steps;
    step_source source;
    void *self;
    /* Inputs and outputs only, a whole sample a call: fast, and what a user's run does. */
    bool whole_samples;
    size_t steps_a_call; /* otherwise; 0 is 1, else a divisor of steps: states are compared after each call */
    bool outputs_alone;  /* no states */
    uint64_t *cycles;    /* unless NULL: cycles of each call are compared too, and this is raised by them */
};

enum { LOCKSTEP_REPORT_BYTES = 2048 };

/* 0 if the devices agree; otherwise -1 and report (LOCKSTEP_REPORT_BYTES) names sample, step, population and neuron
 * with both values, or the device that failed. *activity counts the output and state values that were not 0, so that a
 * silent comparison can be told from a real one. */
int lockstep(const struct lockstep *lockstep, char *report, size_t *activity);

/* The graph and inputs of a seed (random_graph.h), two samples of eight steps, 1, 2, 4 or 8 a call, half of the seeds
 * with --pipeline on; fails the test with the seed if the devices
 * differ. False where the board is too small for the graph. Adds to *activity. */
bool lockstep_random(uint64_t seed, const char *board, device_opener left, device_opener right,
                     const char *right_argument, size_t *activity);

#endif
