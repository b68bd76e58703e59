/* Profiles: a row a framework. What is not in a row is the default; docs/profiles.md says where each comes from. */
#include "profiles.h"

#include <string.h>

struct profile {
    const char *name;
    struct options options; /* dt 0: the framework is told, as this program is */
};

static const struct profile profiles[] = {
    {"snntorch", {.dt = 1e-4, .reset = RESET_ZERO, .input_gain = INPUT_GAIN_LEAKY}},
    {"norse",
     {.reset = RESET_ZERO, .recurrent_bias = RECURRENT_BIAS_NEXT, .input_gain = INPUT_GAIN_CUBA,
      .v_leak = V_LEAK_BOTH}},
    {"spyx",
     {.reset = RESET_SUBTRACT_LATE, .latency = LATENCY_SPIKE, .input_gain = INPUT_GAIN_LEAKY,
      .v_leak = V_LEAK_IGNORED}},
    {"sinabs",
     {.integrator = INTEGRATOR_EXP_DECAY, .reset = RESET_SUBTRACT, .compare = COMPARE_GREATER_EQUAL,
      .spikes = SPIKES_MULTI, .input_gain = INPUT_GAIN_LEAKY, .membrane_floor = MEMBRANE_FLOOR_THRESHOLD}},
    {"rockpool",
     {.integrator = INTEGRATOR_EXP_DECAY, .reset = RESET_SUBTRACT, .compare = COMPARE_GREATER_EQUAL,
      .recurrent_bias = RECURRENT_BIAS_NEVER, .cuba_order = CUBA_DECAYED, .spikes = SPIKES_MULTI,
      .input_gain = INPUT_GAIN_LEAKY, .v_leak = V_LEAK_BIAS}},
    {"nengo", {.integrator = INTEGRATOR_EXP_MEMBRANE, .reset = RESET_ZERO}},
    {"lava", {.reset = RESET_ZERO, .latency = LATENCY_CONNECTION}},
    {"lava-dl",
     {.integrator = INTEGRATOR_LAVA_DL, .reset = RESET_ZERO, .compare = COMPARE_GREATER_EQUAL,
      .recurrent_bias = RECURRENT_BIAS_NEVER, .input_gain = INPUT_GAIN_NONE, .v_leak = V_LEAK_IGNORED}},
};

bool profile_apply(struct options *options, const char *name)
{
    for (size_t index = 0; index < sizeof profiles / sizeof *profiles; index++) {
        const struct options *chosen = &profiles[index].options;

        if (strcmp(profiles[index].name, name) != 0)
            continue;
        if (chosen->dt > 0)
            options->dt = chosen->dt;
        for (size_t member = 0; option_choice_at(member); member++)
            option_choice_set(option_choice_at(member), options, option_choice_get(option_choice_at(member), chosen));
        return true;
    }
    return false;
}

const char *profile_name(size_t index)
{
    return index < sizeof profiles / sizeof *profiles ? profiles[index].name : NULL;
}
