/* Agreement with double precision, told (agreement_tell.h). */
#include "agreement_tell.h"

#include "summary.h"
#include "talk.h"

#include <inttypes.h>
#include <math.h>

/* a / b; NAN where there is nothing to divide by. */
static double share(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : NAN;
}

/* Of the spikes that either has, those that both have; 1 if neither has any. */
static double common(const struct agreement *agreement)
{
    uint64_t either = agreement->spikes + agreement->float_spikes - agreement->common_spikes;

    return either ? share(agreement->common_spikes, either) : 1;
}

static void print_per_cent(FILE *file, bool known, double value)
{
    if (known && isfinite(value))
        fprintf(file, " %9.4g %%", 100 * value);
    else
        fprintf(file, " %11s", "-");
}

static void print_snr(FILE *file, bool known, const struct agreement *agreement)
{
    double decibels = agreement_snr_db(agreement);

    if (known && isfinite(decibels))
        fprintf(file, " %8.1f dB\n", decibels);
    else
        fprintf(file, " %11s\n", known && agreement->noise == 0 ? "exact" : "-");
}

void agreement_print(FILE *file, const struct image *image, const struct agreement *populations, size_t samples)
{
    if (samples == 0)
        return;
    fprintf(file, "beside float, %zu sample%s:\n  %-20s %8s %11s %11s %11s %11s %11s\n", samples,
            samples == 1 ? "" : "s", "population", "neurons", "same", "common", "rate", "float rate", "v, SNR");
    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        const struct agreement *agreement = &populations[index];
        bool spikes = agreement_of_spikes(population);

        if (agreement->compared == 0)
            continue;
        fprintf(file, "  %-20s %8zu", population->name, population->size);
        print_per_cent(file, spikes, share(agreement->equal, agreement->compared));
        print_per_cent(file, spikes, common(agreement));
        print_per_cent(file, spikes, share(agreement->spikes, agreement->compared));
        print_per_cent(file, spikes, share(agreement->float_spikes, agreement->compared));
        print_snr(file, agreement_of_values(population), agreement);
    }
    fprintf(file, "  (same: neurons and steps that fire in both or in neither; common: spikes of both, of those that "
                  "either has)\n");
}

static struct json_object *describe(const struct image_population *population, const struct agreement *agreement)
{
    struct json_object *object = json_object_new_object();
    bool spikes = agreement_of_spikes(population), values = agreement_of_values(population);
    double error = agreement->signal > 0 ? sqrt(agreement->noise / agreement->signal) : NAN;

    json_object_object_add(object, "name", json_object_new_string(population->name));
    json_object_object_add(object, "model", json_object_new_string(summary_model(population->model)));
    json_object_object_add(object, "neurons", json_object_new_int64((int64_t)population->size));
    json_object_object_add(object, "equal_spikes",
                           talk_json_number(spikes ? share(agreement->equal, agreement->compared) : NAN));
    json_object_object_add(object, "common_spikes", talk_json_number(spikes ? common(agreement) : NAN));
    json_object_object_add(object, "rate",
                           talk_json_number(spikes ? share(agreement->spikes, agreement->compared) : NAN));
    json_object_object_add(object, "float_rate",
                           talk_json_number(spikes ? share(agreement->float_spikes, agreement->compared) : NAN));
    json_object_object_add(object, "snr_db", talk_json_number(values ? agreement_snr_db(agreement) : NAN));
    json_object_object_add(object, "relative_error", talk_json_number(values ? error : NAN));
    return object;
}

void agreement_json(struct json_object *object, const struct image *image, const struct agreement *populations,
                    size_t samples)
{
    struct json_object *comparison = NULL;

    if (samples) {
        struct json_object *list = json_object_new_array();

        comparison = json_object_new_object();
        json_object_object_add(comparison, "samples", json_object_new_int64((int64_t)samples));
        for (size_t index = 0; index < image->population_count; index++)
            if (populations[index].compared)
                json_object_array_add(list, describe(&image->populations[index], &populations[index]));
        json_object_object_add(comparison, "populations", list);
    }
    json_object_object_add(object, "float_comparison", comparison);
}
