/* What an image is predicted to cost on its board (compiler/predict.h), at the activity of data or at stated ones. */
#include "explain.h"

#include "agreement_tell.h"
#include "command.h"
#include "hardware.h"
#include "predict.h"
#include "talk.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 20, RANDOM_STEPS = 16 };

static const double densities[EXPLAIN_ROWS] = {0.05, 0.2, 1};

static struct explain_row make_row(const struct image *image, const struct prediction *prediction, bool data)
{
    double steps = (double)(prediction->samples * prediction->steps), active = 0, inputs = 0;
    const struct board *board = board_find(image->board);
    double cycle_us = board && board->clock_khz ? 1e3 / board->clock_khz : NAN;

    for (size_t input = 0; input < image->input_count; input++) {
        active += (double)prediction->active[image->inputs[input].population];
        inputs += (double)image->populations[image->inputs[input].population].size * steps;
    }
    return (struct explain_row){
        .density = inputs > 0 ? active / inputs : 0,
        .samples = data ? prediction->samples : 0,
        .steps = prediction->steps,
        .cycles = (double)prediction->cycles / steps,
        .operations = (double)prediction->operations / steps,
        .latency_us = data ? (double)prediction->cycles / (double)prediction->samples * cycle_us : NAN,
        .step_us = (double)prediction->cycles / steps * cycle_us,
    };
}

/* The row of samples. */
static int add_row(struct explanation *explanation, const struct image *image, const struct prediction *prediction,
                   struct diagnostics *diagnostics)
{
    struct explain_row *row = &explanation->rows[explanation->count++];

    *row = make_row(image, prediction, true);
    if (energy_figures(&row->energy, image, prediction, 0) != 0)
        return diagnostics_error(diagnostics, "", "not enough memory to estimate energy");
    return 0;
}

/* The first samples of data beside float. */
static int compare_samples(struct explanation *explanation, const struct image *image, const char *path,
                           const struct data *data, size_t samples)
{
    struct agreement *sample = calloc(image->population_count + 1, sizeof *sample);
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, path);
    explanation->agreements = calloc(image->population_count + 1, sizeof *explanation->agreements);
    struct agreement_judge *judge = NULL;
    if (sample && explanation->agreements)
        judge = agreement_open(image, path, &diagnostics);
    for (size_t index = 0; judge && index < samples; index++) {
        agreement_sample(judge, data, index, sample);
        agreement_add(explanation->agreements, sample, image->population_count);
        explanation->compared++;
    }
    talk_messages(&diagnostics, false);
    diagnostics_free(&diagnostics);
    free(sample);
    bool done = judge != NULL;
    agreement_close(judge);
    return done ? COMMAND_DONE : COMMAND_DEVICE;
}

static int explain_samples(struct explanation *explanation, const struct image *image, const char *path,
                           const char *samples)
{
    struct diagnostics diagnostics;
    struct data data = {0};
    struct prediction prediction = {0};

    diagnostics_begin(&diagnostics, samples);
    int status = data_read(&data, samples, 0, SAMPLES, image->options.dt, &diagnostics);
    if (status == 0 && data.samples > 0 && data.steps > 0) {
        if (predict_samples(&prediction, image, &data, 0, data.samples, PREDICT_BUDGET))
            status = diagnostics_error(&diagnostics, "", "not enough memory to predict cycles");
        else
            status = add_row(explanation, image, &prediction, &diagnostics);
    }
    talk_messages(&diagnostics, false);
    status = status ? COMMAND_INPUT : COMMAND_DONE;
    if (status == COMMAND_DONE && prediction.samples > 0)
        status = compare_samples(explanation, image, path, &data, prediction.samples);
    predict_free(&prediction);
    data_free(&data);
    diagnostics_free(&diagnostics);
    return status;
}

void explain_free(struct explanation *explanation)
{
    free(explanation->agreements);
    *explanation = (struct explanation){0};
}

int explain_image(struct explanation *explanation, const struct image *image, const char *path, const char *samples)
{
    *explanation = (struct explanation){0};
    if (samples)
        return explain_samples(explanation, image, path, samples);
    for (size_t index = 0; index < EXPLAIN_ROWS; index++) {
        struct prediction prediction;
        int status = predict_density(&prediction, image, densities[index], RANDOM_STEPS, PREDICT_BUDGET);

        if (status == 0)
            explanation->rows[explanation->count++] = make_row(image, &prediction, false);
        predict_free(&prediction);
        if (status) {
            talk_error("not enough memory to predict cycles");
            return COMMAND_DEVICE;
        }
    }
    return COMMAND_DONE;
}

void explain_print(FILE *file, const struct image *image, const struct explanation *explanation)
{
    for (size_t index = 0; index < explanation->count; index++) {
        const struct explain_row *row = &explanation->rows[index];

        fprintf(file, "  predicted: %.1f cycles a step, %.4g us, ", row->cycles, row->step_us);
        if (row->samples)
            fprintf(file, "%.5g us a sample of %zu steps, at the activity of %zu calibration samples (%.3g %% of the "
                    "inputs a step)\n", row->latency_us, row->steps, row->samples, 100 * row->density);
        else
            fprintf(file, "where %.3g %% of the inputs are active in a step\n", 100 * row->density);
        if (row->energy.known)
            fprintf(file, "  ");
        energy_print(file, &row->energy);
    }
    agreement_print(file, image, explanation->agreements, explanation->compared);
}

void explain_json(struct json_object *object, const struct image *image, const struct explanation *explanation)
{
    struct json_object *list = json_object_new_array();

    for (size_t index = 0; index < explanation->count; index++) {
        const struct explain_row *row = &explanation->rows[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "activity", json_object_new_string(row->samples ? "calibration" : "random"));
        json_object_object_add(entry, "input_density", talk_json_number(row->density));
        json_object_object_add(entry, "samples", json_object_new_int64((int64_t)row->samples));
        json_object_object_add(entry, "steps", json_object_new_int64((int64_t)row->steps));
        json_object_object_add(entry, "cycles_per_step", talk_json_number(row->cycles));
        json_object_object_add(entry, "synops_per_step", talk_json_number(row->operations));
        json_object_object_add(entry, "step_us", talk_json_number(row->step_us));
        json_object_object_add(entry, "latency_us", talk_json_number(row->latency_us));
        energy_json(entry, &row->energy);
        json_object_array_add(list, entry);
    }
    json_object_object_add(object, "predicted", list);
    agreement_json(object, image, explanation->agreements, explanation->compared);
}
