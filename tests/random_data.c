#include "random_data.h"

#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

static const double spike_rate = 0.3;

void random_data(struct data *data, const char *like, size_t steps, uint64_t seed)
{
    struct data model;
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, like);
    cr_assert_eq(data_read(&model, like, 0, 1, 1e-4, &diagnostics), 0, "%s cannot be read", like);
    *data = (struct data){.samples = 1, .steps = steps, .dt = model.dt};
    for (size_t index = 0; index < model.series_count; index++) {
        const struct data_series *from = &model.series[index];
        struct data_series *to = data_add(data, from->node, from->observable, from->neurons, from->spikes != NULL);

        cr_assert(to);
        for (size_t element = 0; element < steps * to->neurons; element++) {
            double random = random_unit(&seed);
            if (to->spikes)
                to->spikes[element] = random < spike_rate;
            else
                to->values[element] = 2 * random - 1;
        }
    }
    data_free(&model);
    diagnostics_free(&diagnostics);
}

void random_data_part(struct data *part, const struct data *whole, size_t first, size_t steps)
{
    *part = (struct data){.samples = 1, .steps = steps, .dt = whole->dt};
    for (size_t index = 0; index < whole->series_count; index++) {
        const struct data_series *from = &whole->series[index];
        struct data_series *to = data_add(part, from->node, from->observable, from->neurons, from->spikes != NULL);

        cr_assert(to && first + steps <= whole->steps);
        if (to->spikes)
            memcpy(to->spikes, from->spikes + first * to->neurons, steps * to->neurons);
        else
            memcpy(to->values, from->values + first * to->neurons, steps * to->neurons * sizeof *to->values);
    }
}
