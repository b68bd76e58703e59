/* The energy estimate, told (energy_tell.h). */
#include "energy_tell.h"

#include "talk.h"

#include <math.h>

int energy_figures(struct energy_figures *figures, const struct image *image, const struct prediction *prediction,
                   double cycles)
{
    const struct board *board = board_find(image->board);

    *figures = (struct energy_figures){.cells = energy_cells(board)};
    if (figures->cells == 0 || prediction->samples == 0)
        return 0;
    struct energy_events waiting = energy_waiting(board);
    if (!(cycles > 0))
        cycles = (double)prediction->cycles / (double)prediction->samples;
    if (energy_count(&figures->events, image, prediction, cycles) != 0)
        return -1;
    figures->known = true;
    figures->clock_mhz = board->clock_khz / 1e3;
    figures->uj = energy_estimate(&figures->events, figures->cells, figures->clock_mhz);
    figures->power_mw = 1e3 * figures->uj.typical / (figures->events.cycles / figures->clock_mhz);
    figures->idle_mw = energy_idle_mw(figures->cells, figures->clock_mhz, &waiting);
    return 0;
}

int energy_of_samples(struct energy_figures *figures, const struct image *image, const struct data *data, double cycles)
{
    struct prediction prediction = {0};
    size_t samples = data->samples < ENERGY_SAMPLES ? data->samples : ENERGY_SAMPLES;

    *figures = (struct energy_figures){0};
    if (energy_cells(board_find(image->board)) == 0)
        return 0;
    int status = predict_samples(&prediction, image, data, 0, samples, PREDICT_BUDGET);
    if (status == 0)
        status = energy_figures(figures, image, &prediction, cycles);
    predict_free(&prediction);
    return status;
}

void energy_print(FILE *file, const struct energy_figures *figures)
{
    if (figures->known)
        fprintf(file, "%.3g uJ a sample (%.3g to %.3g), %.3g mW; waiting %.3g mW; an estimate: docs/energy.md\n",
                figures->uj.typical, figures->uj.low, figures->uj.high, figures->power_mw, figures->idle_mw);
}

void energy_json(struct json_object *object, const struct energy_figures *figures)
{
    struct json_object *events = figures->known ? json_object_new_object() : NULL;
    bool known = figures->known;

    json_object_object_add(object, "energy_uj", talk_json_number(known ? figures->uj.typical : NAN));
    json_object_object_add(object, "energy_low_uj", talk_json_number(known ? figures->uj.low : NAN));
    json_object_object_add(object, "energy_high_uj", talk_json_number(known ? figures->uj.high : NAN));
    json_object_object_add(object, "idle_mw", talk_json_number(known ? figures->idle_mw : NAN));
    if (known) {
        json_object_object_add(events, "cycles", talk_json_number(figures->events.cycles));
        json_object_object_add(events, "spram", talk_json_number(figures->events.spram));
        json_object_object_add(events, "ebr", talk_json_number(figures->events.ebr));
        json_object_object_add(events, "lanes", talk_json_number(figures->events.lanes));
        json_object_object_add(events, "multiplications", talk_json_number(figures->events.multiplications));
        json_object_object_add(events, "logic_cells", json_object_new_int64(figures->cells));
    }
    json_object_object_add(object, "energy_events", events);
}
