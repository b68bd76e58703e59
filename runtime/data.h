/* Data files: NIRGraphData in HDF5 (NIR, nir/data_ir), read and written one observable at a time. */
#ifndef NIRLOOM_DATA_H
#define NIRLOOM_DATA_H

#include "diagnostics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Time-gridded observable of a node, all samples: exactly one of spikes and values is set. */
struct data_series {
    char *node;        /* path name, nested graphs joined with '/' */
    char *observable;  /* "spikes", "values", "v", … */
    size_t neurons;
    uint8_t *spikes;   /* (samples, steps, neurons) of 0 and 1 */
    double *values;    /* (samples, steps, neurons) */
};

struct data {
    size_t samples;
    size_t steps;
    double dt;                 /* 0 where the file has none */
    struct data_series *series;
    size_t series_count;
    int64_t *labels;           /* (samples) or NULL */
    double *targets;           /* (samples, target_width) or NULL */
    size_t target_width;
};

/* Reads samples skip … skip + limit - 1 (limit 0: all) of every observable, of any width of integers and floats.
 *
 * Events become a grid of round(t_max / dt) steps; an event is in step floor(time / dt + 1e-6), whatever the order
 * they are stored in, and idx -1 or time infinity is padding. Events of one neuron in one step are one spike
 * (EventData), or their values are added (ValuedEventData). Their dt is that of the file's grids, else fallback_dt.
 *
 * Observables named "spikes" become spikes if all their values are 0 or 1, otherwise values. All must have the same
 * steps and dt; values must be finite. Everything in data belongs to it: data_free(). Errors name file, node and what
 * is wrong, and leave data empty. Returns 0, or -1 with an error. */
int data_read(struct data *data, const char *path, size_t skip, size_t limit, double fallback_dt,
              struct diagnostics *diagnostics);

/* Writes data in the layout of NIRGraphData (spikes as h5py bools, chunked and compressed), labels and
 * targets if there are. The file appears whole or not at all. */
int data_write(const struct data *data, const char *path, struct diagnostics *diagnostics);

/* The same with spikes as EventData and values, those that are not 0, as ValuedEventData; an event of step k is at
 * time k * dt. Needs data->dt. */
int data_write_events(const struct data *data, const char *path, struct diagnostics *diagnostics);

void data_free(struct data *data);

/* The series of that node and observable, or NULL; observable NULL: "spikes" or, failing that, "values". */
const struct data_series *data_find(const struct data *data, const char *node, const char *observable);

/* Adds an empty series of data->samples x data->steps x neurons (zeroed); NULL if memory is short. */
struct data_series *data_add(struct data *data, const char *node, const char *observable, size_t neurons,
                             bool spikes);

/* samples * steps * neurons; SIZE_MAX where that is more than a dataset may hold. */
size_t data_count(size_t samples, size_t steps, size_t neurons);

#endif
