/* Neurons of the integer model (ref_kernels.h): populations, 64 neurons after 64. Compiled for several instruction
 * sets. */
#include "ref_kernels.h"
#include "ref_word.h"

_Static_assert((int)NEURON_LEAK == (int)CURRENT_LEAK && (int)NEURON_BIAS == (int)CURRENT_BIAS, "one update for both");

/* fired is NULL where nothing fires. */
REF_INLINE void update_words(int16_t *state, int16_t *input, uint64_t *fired, size_t count,
                             const struct ref_parameters *parameters, bool repeat, const struct ref_rule *rule)
{
    const int16_t *values[NEURON_PARAMETERS];

    for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
        values[kind] = parameters->values[kind];
    for (size_t first = 0; first < count; first += REF_PADDING) {
        uint64_t bits = ref_update_word(state + first, input + first, values, rule);

        if (fired)
            fired[first / REF_PADDING] = bits;
        for (size_t kind = 0; kind < NEURON_PARAMETERS && !repeat; kind++)
            values[kind] += values[kind] ? REF_PADDING : 0;
    }
}

REF_INLINE void update_currents(const struct ref_population_plan *plan, struct ref_population *run)
{
    struct ref_rule rule = { plan->image->current_exponent, plan->synapse.biased, false, false, true };

    if (plan->synapse.repeat)
        update_words(run->current, run->accumulator, NULL, plan->padded, &plan->synapse, true, &rule);
    else
        update_words(run->current, run->accumulator, NULL, plan->padded, &plan->synapse, false, &rule);
}

REF_INLINE void update_membranes(const struct ref_population_plan *plan, struct ref_population *run)
{
    struct ref_rule rule = { plan->image->gain_exponent, plan->neuron.biased, plan->image->fire, plan->image->subtract,
                             run->current == NULL };
    int16_t *input = run->current ? run->current : run->accumulator;
    uint64_t *fired = rule.fire ? run->fired : NULL;

    if (plan->neuron.repeat)
        update_words(run->state, input, fired, plan->padded, &plan->neuron, true, &rule);
    else
        update_words(run->state, input, fired, plan->padded, &plan->neuron, false, &rule);
    if (plan->size % REF_PADDING) /* what pads a population never fires */
        run->fired[plan->size / REF_PADDING] &= (UINT64_C(1) << plan->size % REF_PADDING) - 1;
}

void REF_KERNEL(ref_update)(const struct ref_population_plan *plan, struct ref_population *run)
{
    if (run->current && !plan->image->current_old)
        update_currents(plan, run);
    update_membranes(plan, run);
    if (run->current && plan->image->current_old)
        update_currents(plan, run);
}

void REF_KERNEL(ref_pack)(uint64_t *fired, const uint8_t *bytes, size_t count)
{
    size_t at = 0;

    for (; count - at >= 64; at += 64)
        fired[at / 64] = ref_bytes_set(bytes + at);
    if (at < count) {
        uint8_t rest[64] = {0};

        memcpy(rest, bytes + at, count - at);
        fired[at / 64] = ref_bytes_set(rest);
    }
}
