/* libnirloom: runs a compiled network (.loom) on a device.
 *
 * Return codes. Every function that can fail returns enum loom_status: LOOM_OK is 0, failures are
 * negative, and loom_error() then has a sentence that names the place and the remedy. A failed call changes
 * nothing that it does not say. The library never prints and never exits.
 *
 * Threads. A struct loom belongs to one thread at a time; different ones are independent.
 *
 * Memory. loom_open() allocates all; loom_step() and loom_reset() allocate nothing. Buffers are the
 * caller's and are not kept.
 *
 * Values. Spikes are bytes of 0 or 1. Graded inputs, readouts and states are doubles in the units of the
 * NIR file; on integer devices they are multiples of the population's scale, so that two integer devices
 * that agree give doubles that are equal to the last bit. */
#ifndef NIRLOOM_H
#define NIRLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum loom_status {
    LOOM_OK = 0,
    LOOM_BAD_ARGUMENT = -1, /* the caller's fault: unknown device, name, size */
    LOOM_BAD_IMAGE = -2,    /* the image is damaged, of another version, or for another array */
    LOOM_NO_MEMORY = -3,
    LOOM_IO = -4,           /* the operating system refused */
    LOOM_TIMEOUT = -5,      /* the board did not answer in time */
    LOOM_PROTOCOL = -6,     /* the board answered what it must not */
    LOOM_VERSION = -7       /* the board speaks another version or has another shape */
};

struct loom;

struct loom_port { /* an Input or Output node, or a population that can be probed */
    const char *name;
    size_t size;  /* neurons */
    bool graded;  /* values, not spikes */
    double scale; /* of values and states; 0 on the float device: not quantised */
    bool membrane;        /* v is part of the state: not of an Input, a Threshold or an Output of its own */
    bool current;         /* a population with a synaptic current i beside v */
    size_t history;       /* steps of its output that are part of the state: the longest delay from it */
    bool line;            /* a Delay, on the float device: the history is that of what came into it */
};

/* The state of one population. A member that the population does not have is NULL; so may be any that is not wanted. */
struct loom_state {
    double *v;       /* (size) after reset; of a Threshold or Output what came in; an Input and a line have none */
    double *i;       /* (size) where port.current */
    uint8_t *spikes; /* (history, size) outputs of the last history steps, oldest first; where not port.graded */
    double *values;  /* (history, size) the same where port.graded */
};

struct loom_buffer { /* one step of one port: exactly one is set, as port.graded says */
    uint8_t *spikes; /* (size) */
    double *values;  /* (size) */
};

struct loom_counters { /* since the last loom_reset() */
    uint64_t steps;
    uint64_t cycles;               /* of the array, in which a step was under way; 0 on devices without cycles */
    uint64_t synaptic_operations;  /* a source neuron's spike (or value other than 0) times a weight it meets */
};

/* Opens the image at path on a device: "float", "ref", "sim", "netlist", "serial:PATH", or "sim:W.fst", which writes
 * all signals of the array to that file until it is closed (`make traced-model` makes what it needs). "netlist" is what
 * synthesis left, as is "netlist:synthesis"; there are "netlist:routed", "netlist:bitstream" and "netlist:board" too. The network
 * is loaded and in its initial state. On failure *loom is still an object whose loom_error() tells why, or NULL if there
 * was no memory; it must be closed too. */
enum loom_status loom_open(struct loom **loom, const char *path, const char *device);

/* Releases the device and all memory; NULL is allowed. */
void loom_close(struct loom *loom);

/* The sentence about the last failure; "" if there was none. Valid until the next call on loom. */
const char *loom_error(const struct loom *loom);

size_t loom_input_count(const struct loom *loom);
size_t loom_output_count(const struct loom *loom);
size_t loom_population_count(const struct loom *loom); /* all of them, Inputs too; names as in NIR. The float device has
                                                          other nodes with a state behind them, such as Delays */

/* The index-th; names live as long as loom. index must be below the count. */
struct loom_port loom_input(const struct loom *loom, size_t index);
struct loom_port loom_output(const struct loom *loom, size_t index);
struct loom_port loom_population(const struct loom *loom, size_t index);

/* Initial state: v, spikes and delay lines 0, step 0, counters 0. */
enum loom_status loom_reset(struct loom *loom);

/* Runs steps steps. inputs has one buffer an Input, (steps, size) row-major; outputs one an Output, filled
 * likewise. On failure the outputs are not valid and the state is that of an unknown step: loom_reset(). */
enum loom_status loom_run(struct loom *loom, size_t steps, const struct loom_buffer *inputs,
                          const struct loom_buffer *outputs);

/* Copies the state of a population after the last step to where the members of state point. */
enum loom_status loom_get_state(struct loom *loom, size_t population, const struct loom_state *state);

/* Sets the state of a population before the next step; members that are NULL stay as they are. On integer devices
 * numbers are rounded to units and saturated, so that what loom_get_state() gave is set again to the last bit. */
enum loom_status loom_set_state(struct loom *loom, size_t population, const struct loom_state *state);

struct loom_counters loom_counters(const struct loom *loom);

#endif
