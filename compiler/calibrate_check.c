/* What is told of data before they set scales (calibrate.h): that nothing happens in them, or more than 16 bits hold. */
#include "calibrate.h"

#include <math.h>
#include <stdio.h>

enum { PLACE_BYTES = 512, VALUE_UNITS = 2 * 32767 }; /* halves of a unit that the largest value of 16 bits has */

/* What a series has that is not 0, and how much of it rounds to 0 where the largest value gets all units there are. */
struct activity {
    size_t active;
    size_t lost;
    double least;
    double largest;
};

static struct activity look_at(const struct data *data, const struct data_series *series)
{
    struct activity activity = {.least = INFINITY};
    size_t count = data->samples * data->steps * series->neurons;

    for (size_t element = 0; element < count; element++) {
        double size = series->values ? fabs(series->values[element]) : series->spikes[element];

        activity.active += size != 0;
        activity.largest = fmax(activity.largest, size);
        if (size != 0)
            activity.least = fmin(activity.least, size);
    }
    for (size_t element = 0; series->values && element < count; element++)
        activity.lost += series->values[element] != 0 && fabs(series->values[element]) < activity.largest / VALUE_UNITS;
    return activity;
}

int calibrate_check(const struct data *data, const struct port *inputs, size_t input_count, bool calibrates,
                    struct diagnostics *diagnostics)
{
    size_t silent = 0;
    int status = 0;

    if (calibrates && data->steps == 0)
        return diagnostics_error(diagnostics, "", "has samples of 0 steps; calibration needs at least one step");
    for (size_t index = 0; index < input_count; index++) {
        const struct data_series *series = data_find(data, inputs[index].name, NULL);
        char place[PLACE_BYTES];

        if (!series)
            continue;
        struct activity activity = look_at(data, series);
        snprintf(place, sizeof place, "/nodes/%.400s", inputs[index].name);
        if (activity.lost > activity.active / 2)
            status = diagnostics_error(diagnostics, place,
                                       "%zu of its %zu values other than 0 vanish beside the largest, %g, of which 16 bits "
                                       "hold no less than the %d-th part (the least is %g); is there an outlier?",
                                       activity.lost, activity.active, activity.largest, VALUE_UNITS, activity.least);
        silent += activity.active == 0;
        if (calibrates && activity.active == 0 && input_count > 1)
            diagnostics_warning(diagnostics, place, "is 0 in all %zu samples that calibrate", data->samples);
    }
    if (calibrates && silent > 0 && silent == input_count)
        status = diagnostics_error(diagnostics, "",
                                   "all Inputs are 0 in all %zu samples that calibrate: nothing tells how far membranes "
                                   "swing; give samples with activity, or none", data->samples);
    return status;
}
