/* Defaults and words of the compile options (docs/architecture.md, section Options). */
#include "options.h"

#include <string.h>

static const char *const integrators[] = {"euler", "exp", "exp-membrane", "exp-decay", "lava-dl", NULL};
static const char *const resets[] = {"value", "zero", "subtract", "subtract-late", "subtract-double", NULL};
static const char *const compares[] = {"gt", "ge", NULL};
static const char *const recurrent_biases[] = {"now", "next", "never", NULL};
static const char *const cuba_orders[] = {"new", "old", "decayed", NULL};
static const char *const spikes[] = {"single", "multi", NULL};
static const char *const latencies[] = {"none", "connection", "spike", NULL};
static const char *const input_gains[] = {"file", "leaky", "cuba", "none", NULL};
static const char *const v_leaks[] = {"membrane", "both", "bias", "ignored", NULL};
static const char *const membrane_floors[] = {"none", "threshold", NULL};

static const char *const scales[] = {"auto", "population", "channel", NULL};

static const char *const pipelines[] = {"off", "on", NULL};

static const struct option_choice choices[] = {
    {"integrator", integrators, offsetof(struct options, integrator)},
    {"reset", resets, offsetof(struct options, reset)},
    {"compare", compares, offsetof(struct options, compare)},
    {"recurrent-bias", recurrent_biases, offsetof(struct options, recurrent_bias)},
    {"cuba-order", cuba_orders, offsetof(struct options, cuba_order)},
    {"spikes", spikes, offsetof(struct options, spikes)},
    {"latency", latencies, offsetof(struct options, latency)},
    {"input-gain", input_gains, offsetof(struct options, input_gain)},
    {"v-leak", v_leaks, offsetof(struct options, v_leak)},
    {"membrane-floor", membrane_floors, offsetof(struct options, membrane_floor)},
    {"scales", scales, offsetof(struct options, scales)},
    {"pipeline", pipelines, offsetof(struct options, pipeline)},
};

struct options options_default(void)
{
    return (struct options){
        .dt = 0,
        .time_unit = 1,
        .integrator = INTEGRATOR_EULER,
        .reset = RESET_VALUE,
        .compare = COMPARE_GREATER,
        .recurrent_bias = RECURRENT_BIAS_NOW,
        .cuba_order = CUBA_NEW,
        .spikes = SPIKES_SINGLE,
        .latency = LATENCY_NONE,
        .input_gain = INPUT_GAIN_FILE,
        .v_leak = V_LEAK_MEMBRANE,
        .membrane_floor = MEMBRANE_FLOOR_NONE,
        .scales = SCALES_AUTO,
        .pipeline = PIPELINE_OFF,
        .weight_bits = 8,
    };
}

const struct option_choice *option_choice_at(size_t index)
{
    return index < sizeof choices / sizeof *choices ? &choices[index] : NULL;
}

const struct option_choice *option_choice_find(const char *name)
{
    for (size_t index = 0; index < sizeof choices / sizeof *choices; index++)
        if (strcmp(choices[index].name, name) == 0)
            return &choices[index];
    return NULL;
}

/* Enumerations without negative values are as wide as unsigned here, as the image's columns assume too. */
_Static_assert(sizeof(enum integrator) == sizeof(unsigned), "an enumeration is kept as unsigned");

unsigned option_choice_get(const struct option_choice *choice, const struct options *options)
{
    unsigned value;

    memcpy(&value, (const unsigned char *)options + choice->offset, sizeof value);
    return value;
}

void option_choice_set(const struct option_choice *choice, struct options *options, unsigned value)
{
    memcpy((unsigned char *)options + choice->offset, &value, sizeof value);
}
