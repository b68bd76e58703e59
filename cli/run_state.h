/* nirloom run --state-in, --state-out: the state of one sample between a network and a state file. */
#ifndef NIRLOOM_RUN_STATE_H
#define NIRLOOM_RUN_STATE_H

#include "arguments.h"
#include "nirloom.h"

#include <stddef.h>
#include <stdint.h>

/* A network whose state is taken or set, population by population: a device, or the float oracle. */
struct state_subject {
    void *self;
    size_t count;
    struct loom_port (*port)(void *self, size_t index);
    enum loom_status (*get)(void *self, size_t index, const struct loom_state *state);
    enum loom_status (*set)(void *self, size_t index, const struct loom_state *state);
    int (*failed)(void *self, enum loom_status status); /* tells why; a command status */
};

/* Whether so many samples may be run with these arguments: a state is that of one, and has a file of its own. A fault
 * is told. A command status. */
int run_state_check(const struct arguments *arguments, size_t samples);

/* Sets the state of subject to what the file holds: every node of the network that has a state, and no other. dt is the
 * network's; *step becomes the number of the next step. Faults are told, and then nothing was set unless the device
 * failed. A command status. */
int run_state_load(const struct state_subject *subject, const struct arguments *arguments, double dt, uint64_t *step);

/* Writes the state of subject before that step. A command status. */
int run_state_save(const struct state_subject *subject, const struct arguments *arguments, double dt, uint64_t step);

#endif
