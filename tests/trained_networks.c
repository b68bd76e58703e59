#include "trained_networks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 0.5 points at 8 bits where a set has 1000 samples, 1 where it has fewer; 2 at 4 bits without and at 5 bits with
 * recurrent projections. */
const struct trained_network trained_networks[] = {
    {"a", "own/nets/a_mnist_ff", false, {{8, 0.5}, {5, 0}, {4, 2}}},
    {"a2", "own/nets/a2_mnist_ff_latency", false, {{8, 0.5}, {5, 0}, {4, 2}}},
    {"b", "own/nets/b_mnist_conv", false, {{8, 0.5}, {5, 0}, {4, 2}}},
    {"c", "derived/nets/c_fsdd_rnn", false, {{8, 1}, {5, 2}, {4, 0}}},
    {"d", "derived/nets/d_ecg_li", true, {{8, 1}, {5, 2}, {4, 2}}},
    {"e1", "derived/nets/e1_fsdd_conv1d_delay", false, {{8, 1}, {5, 0}, {4, 2}}},
    {"e2", "own/nets/e2_digits_skip_cubali", false, {{8, 1}, {5, 0}, {4, 2}}},
    {"e3", "own/nets/e3_digits_conv_avgpool_I", false, {{8, 1}, {5, 0}, {4, 2}}},
    {"e4", "derived/nets/e4_fsdd_nested_rnn_li", false, {{8, 1}, {5, 2}, {4, 0}}},
};
const size_t trained_network_count = sizeof trained_networks / sizeof *trained_networks;

/* The first bytes of size go behind the others; spare has room for them. */
static void turn_bytes(void *bytes, void *spare, size_t size, size_t first)
{
    if (!bytes)
        return;
    memcpy(spare, bytes, first);
    memmove(bytes, (char *)bytes + first, size - first);
    memcpy((char *)bytes + size - first, spare, first);
}

int trained_turn(struct data *data, size_t first)
{
    size_t widest = data->target_width > 1 ? data->target_width : 1; /* numbers a sample */

    for (size_t index = 0; index < data->series_count; index++)
        if (data->steps * data->series[index].neurons > widest)
            widest = data->steps * data->series[index].neurons;
    double *spare = calloc(first * widest + 1, sizeof *spare);
    if (!spare)
        return -1;
    for (size_t index = 0; index < data->series_count; index++) {
        struct data_series *series = &data->series[index];
        size_t sample = data->steps * series->neurons;

        turn_bytes(series->spikes, spare, data->samples * sample, first * sample);
        turn_bytes(series->values, spare, data->samples * sample * sizeof(double), first * sample * sizeof(double));
    }
    turn_bytes(data->labels, spare, data->samples * sizeof *data->labels, first * sizeof *data->labels);
    turn_bytes(data->targets, spare, data->samples * data->target_width * sizeof(double),
               first * data->target_width * sizeof(double));
    free(spare);
    return 0;
}

bool trained_is_found(const double *value, size_t step, size_t *blind)
{
    enum { REFRACTORY = 72 };

    if (step == 0)
        *blind = 0;
    if (!(value[step] > 0.5) || (step > 0 && value[step - 1] > 0.5) || step < *blind)
        return false;
    *blind = step + REFRACTORY;
    return true;
}

struct trained_beats trained_find_beats(const double *targets, const double *values, size_t windows, size_t steps)
{
    enum { TOLERANCE = 36 };
    size_t beats = 0, found = 0, right = 0, blind = 0;

    for (size_t window = 0; window < windows; window++) {
        const double *target = targets + window * steps, *value = values + window * steps;
        size_t next = 0; /* beats before it have been found */

        for (size_t step = 0; step < steps; step++) {
            beats += target[step] >= 1;
            if (!trained_is_found(value, step, &blind))
                continue;
            found++;
            size_t beat = step < TOLERANCE ? 0 : step - TOLERANCE, end = step + TOLERANCE + 1;
            beat = beat > next ? beat : next;
            end = end < steps ? end : steps;
            while (beat < end && !(target[beat] >= 1))
                beat++;
            if (beat < end) {
                right++;
                next = beat + 1;
            }
        }
    }
    return (struct trained_beats){100.0 * (double)right / (double)beats, 100.0 * (double)right / (double)found};
}
