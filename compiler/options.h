/* What NIR leaves open and the compiler asks: one struct, kept in the image. docs/profiles.md has the equations. */
#ifndef NIRLOOM_OPTIONS_H
#define NIRLOOM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* What a time constant becomes: the loss of a step, and with it the gain of the input. */
enum integrator {
    INTEGRATOR_EULER,        /* dt/tau for both */
    INTEGRATOR_EXP,          /* 1 - e^(-dt/tau) for both */
    INTEGRATOR_EXP_MEMBRANE, /* as EXP, but EULER for tau_syn */
    INTEGRATOR_EXP_DECAY,    /* loses 1 - e^(-dt/tau), gains dt/tau */
    INTEGRATOR_LAVA_DL       /* integers: sim/float_integer.h */
};

/* What a spike does to the membrane. */
enum reset {
    RESET_VALUE,
    RESET_ZERO,
    RESET_SUBTRACT,
    RESET_SUBTRACT_LATE,  /* the threshold is taken off in the next step */
    RESET_SUBTRACT_DOUBLE /* both: in the next step for v of this one, and at once what that leaves due */
};

enum compare { COMPARE_GREATER, COMPARE_GREATER_EQUAL };

/* When the bias of a recurrent Affine acts: from step 0, from step 1, not at all. */
enum recurrent_bias { RECURRENT_BIAS_NOW, RECURRENT_BIAS_NEXT, RECURRENT_BIAS_NEVER };

/* The current that a membrane sees: of this step, of the last one; DECAYED is NEW with the input added before the
 * current loses its share. */
enum cuba_order { CUBA_NEW, CUBA_OLD, CUBA_DECAYED };

/* Spikes of a neuron in a step: at most one, or as often as the threshold goes into v. */
enum spikes { SPIKES_SINGLE, SPIKES_MULTI };

/* What comes a step later: nothing; what an Input or a neuron sends to others; the spikes of a neuron. */
enum latency { LATENCY_NONE, LATENCY_CONNECTION, LATENCY_SPIKE };

/* Which models take the gain of their input from the file. */
enum input_gain {
    INPUT_GAIN_FILE,  /* all */
    INPUT_GAIN_LEAKY, /* I and IF do not: v += x */
    INPUT_GAIN_CUBA,  /* these do not, and for LI and LIF r is 1 */
    INPUT_GAIN_NONE   /* none: what comes in is added as it is */
};

/* What v_leak is. */
enum v_leak {
    V_LEAK_MEMBRANE, /* where v goes */
    V_LEAK_BOTH,     /* where v goes and where the current of the Cuba models goes */
    V_LEAK_BIAS,     /* added to v in every step, whole */
    V_LEAK_IGNORED
};

/* Below what an IF does not fall: nothing, or -v_threshold. */
enum membrane_floor { MEMBRANE_FLOOR_NONE, MEMBRANE_FLOOR_THRESHOLD };

/* Whether populations on several cores run in the same step, each behind its sources, or a layer after the other. */
enum pipeline { PIPELINE_OFF, PIPELINE_ON };

/* Widths of weights: 1 to WEIGHT_BITS_USUAL, which those that meet values have if they do not have WEIGHT_BITS_MAX. */
enum { WEIGHT_BITS_USUAL = 8, WEIGHT_BITS_MAX = 16 };

static inline bool weight_bits_known(unsigned bits)
{
    return (bits >= 1 && bits <= WEIGHT_BITS_USUAL) || bits == WEIGHT_BITS_MAX;
}

/* Another width of weights for the projections that go through a linear node, or that end in a population. */
struct weight_width {
    const char *node;
    unsigned bits;
};

/* Units of v: one a population, or one a neuron (a channel where weights are shared) where it fires. */
enum scales { SCALES_AUTO, SCALES_POPULATION, SCALES_CHANNEL };

struct options {
    double dt;        /* step in seconds; 0: not given (metadata/dt of the file, else 1e-4) */
    double time_unit; /* seconds a unit of the file's taus: 1, 1e-3, or dt where taus are in steps (0) */
    enum integrator integrator;
    enum reset reset;
    enum compare compare;
    enum recurrent_bias recurrent_bias;
    enum cuba_order cuba_order;
    enum spikes spikes;
    enum latency latency;
    enum input_gain input_gain;
    enum v_leak v_leak;
    enum membrane_floor membrane_floor;
    enum scales scales;
    enum pipeline pipeline;
    unsigned weight_bits; /* 1 to 8, or 16; those of weights that values meet are 8 or 16 */
    const struct weight_width *widths; /* (width_count) exceptions from weight_bits, the later ones win; not kept in images */
    size_t width_count;
};

/* The defaults of all of them. */
struct options options_default(void);

/* A member that is one of a list of words: words[k] stands for its value k. */
struct option_choice {
    const char *name;         /* as on the command line, such as "cuba-order" */
    const char *const *words; /* NULL-terminated */
    size_t offset;            /* in struct options */
};

/* All of them in their order, NULL past the last; the one of that name, NULL if there is none. */
const struct option_choice *option_choice_at(size_t index);
const struct option_choice *option_choice_find(const char *name);

unsigned option_choice_get(const struct option_choice *choice, const struct options *options);
void option_choice_set(const struct option_choice *choice, struct options *options, unsigned value);

#endif
