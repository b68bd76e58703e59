/* Data sets in memory: series are added, found and freed; reading is in data.c, writing in data_write.c. */
#include "data.h"
#include "hdf5_access.h"

#include <stdlib.h>
#include <string.h>

void data_free(struct data *data)
{
    for (size_t index = 0; index < data->series_count; index++) {
        free(data->series[index].node);
        free(data->series[index].observable);
        free(data->series[index].spikes);
        free(data->series[index].values);
    }
    free(data->series);
    free(data->labels);
    free(data->targets);
    *data = (struct data){0};
}

const struct data_series *data_find(const struct data *data, const char *node, const char *observable)
{
    const struct data_series *values = NULL;

    for (size_t index = 0; index < data->series_count; index++) {
        const struct data_series *series = &data->series[index];
        if (strcmp(series->node, node) != 0)
            continue;
        if (strcmp(series->observable, observable ? observable : "spikes") == 0)
            return series;
        if (!observable && strcmp(series->observable, "values") == 0)
            values = series;
    }
    return values;
}

size_t data_count(size_t samples, size_t steps, size_t neurons)
{
    size_t count = samples;

    if (samples > HDF5_COUNT_MAX || (steps && count > HDF5_COUNT_MAX / steps))
        return SIZE_MAX;
    count *= steps;
    return neurons && count > HDF5_COUNT_MAX / neurons ? SIZE_MAX : count * neurons;
}

struct data_series *data_add(struct data *data, const char *node, const char *observable, size_t neurons, bool spikes)
{
    size_t count = data_count(data->samples, data->steps, neurons);
    struct data_series *all = realloc(data->series, (data->series_count + 1) * sizeof *all);

    if (!all)
        return NULL;
    data->series = all;
    struct data_series *series = &all[data->series_count];
    *series = (struct data_series){.node = strdup(node), .observable = strdup(observable), .neurons = neurons};
    if (count != SIZE_MAX && spikes)
        series->spikes = calloc(count + 1, sizeof *series->spikes);
    else if (count != SIZE_MAX)
        series->values = calloc(count + 1, sizeof *series->values);
    if (series->node && series->observable && (series->spikes || series->values)) {
        data->series_count++;
        return series;
    }
    free(series->node);
    free(series->observable);
    free(series->spikes);
    free(series->values);
    return NULL;
}
