/* Random inputs (random_input.h). */
#include "random_input.h"

#include "support.h"

void random_spikes(uint64_t *state, uint8_t *spikes, size_t count)
{
    size_t kind = random_below(state, 8);

    for (size_t neuron = 0; neuron < count; neuron++)
        spikes[neuron] = kind == 0 ? 0 : kind == 1 ? 1 : random_below(state, 4) == 0;
}

void random_values(uint64_t *state, const struct input_range *range, double *values, size_t count)
{
    size_t kind = random_below(state, 8);

    for (size_t neuron = 0; neuron < count; neuron++) {
        double value = range->magnitude * (2 * random_unit(state) - 1);
        if (kind == 1)
            value = value < 0 ? -range->magnitude : range->magnitude;
        values[neuron] = kind == 0 || random_below(state, 4) == 0 ? 0 : value;
    }
}
