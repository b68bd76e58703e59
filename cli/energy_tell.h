/* The energy estimate (compiler/energy.h) of an image at the activity of data, for people and as JSON. */
#ifndef NIRLOOM_ENERGY_TELL_H
#define NIRLOOM_ENERGY_TELL_H

#include "data.h"
#include "energy.h"

#include <json-c/json.h>
#include <stdio.h>

enum { ENERGY_SAMPLES = 20 }; /* whose events are counted */

struct energy_figures {
    bool known;                  /* the board has an iCE40UP5K and was built */
    struct energy_events events; /* of a sample */
    struct energy_range uj;      /* a sample, while it is computed */
    double power_mw;             /* typical, meanwhile */
    double idle_mw;              /* clock running, nothing to do */
    unsigned cells;
    double clock_mhz;
};

/* Estimates from counted events. cycles: of a sample, where they were measured; 0: as predicted. Returns 0, or -1 if
 * memory is short. */
int energy_figures(struct energy_figures *figures, const struct image *image, const struct prediction *prediction,
                   double cycles);

/* The same with a prediction made of the first ENERGY_SAMPLES samples of data. */
int energy_of_samples(struct energy_figures *figures, const struct image *image, const struct data *data,
                      double cycles);

/* A line; nothing where figures are not known. */
void energy_print(FILE *file, const struct energy_figures *figures);

/* Adds "energy_uj", "energy_low_uj", "energy_high_uj", "idle_mw" and "energy_events"; null where they are not known. */
void energy_json(struct json_object *object, const struct energy_figures *figures);

#endif
