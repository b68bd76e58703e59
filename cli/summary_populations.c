/* What is chosen for each population: units, ranges, leaks, what was folded into weights. */
#include "summary_parts.h"

#include "hardware.h"
#include "talk.h"

#include <math.h>

static const double leak_one = 32768; /* units that leak all of a state */

const char *summary_model(enum model model)
{
    static const char *const names[] = {
        [MODEL_INPUT] = "Input", [MODEL_RELAY] = "relay", [MODEL_THRESHOLD] = "Threshold", [MODEL_I] = "I",
        [MODEL_IF] = "IF",       [MODEL_LI] = "LI",       [MODEL_LIF] = "LIF",
        [MODEL_CUBALI] = "CubaLI", [MODEL_CUBALIF] = "CubaLIF"};

    return (size_t)model < sizeof names / sizeof names[0] && names[model] ? names[model] : "unknown";
}

static bool same_as(const int16_t *parameter, size_t neuron, size_t other)
{
    return !parameter || parameter[neuron] == parameter[other];
}

/* How far parameters differ: "uniform", "channel" (the same within each), "neuron". */
static const char *spread(const struct image_population *population)
{
    size_t channels = population->shape.rank > 1 ? population->shape.size[0] : population->size;
    size_t plane = channels ? population->size / channels : 1;

    if (!population->each && !population->current_each)
        return "uniform";
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        size_t first = plane > 1 ? neuron / plane * plane : neuron;
        bool same = plane > 1;

        for (size_t index = 0; index < NEURON_PARAMETERS && same; index++)
            same = same_as(population->parameter[index], neuron, first);
        for (size_t index = 0; index < CURRENT_PARAMETERS && same; index++)
            same = same_as(population->current_parameter[index], neuron, first);
        if (!same)
            return "neuron";
    }
    return "channel";
}

/* What of NIR's parameters weights and biases were multiplied with (compiler/lower_population.c). */
static const char *folded(enum model model)
{
    switch (model) {
    case MODEL_I:
    case MODEL_IF:
        return "dt r";
    case MODEL_LI:
    case MODEL_LIF:
        return "r dt/tau";
    case MODEL_CUBALI:
    case MODEL_CUBALIF:
        return "w_in dt/tau_syn, r dt/tau_mem";
    default:
        return "";
    }
}

/* Whose the units are: "population", one for all; of each "channel", or each "neuron". */
static const char *unit_owner(const struct image_population *population)
{
    size_t channels = population->shape.rank > 1 ? population->shape.size[0] : population->size;
    size_t plane = channels ? population->size / channels : 1;

    if (!population->own_units)
        return "population";
    for (size_t neuron = 0; neuron < population->size; neuron++)
        if (plane <= 1 || population->unit[neuron] != population->unit[neuron / plane * plane])
            return "neuron";
    return "channel";
}

static double smallest_unit(const struct image_population *population)
{
    double smallest = population->scale;

    for (size_t neuron = 0; population->own_units && neuron < population->size; neuron++)
        smallest = fmin(smallest, population->unit[neuron]);
    return smallest;
}

/* The largest of the neurons; NaN without a current. */
static double current_scale(const struct image_population *population)
{
    double largest = population->current_unit ? 0 : NAN;

    for (size_t neuron = 0; population->current_unit && neuron < population->size; neuron++)
        largest = fmax(largest, population->current_unit[neuron]);
    return largest;
}

static bool leaks(enum model model)
{
    return model == MODEL_LI || model == MODEL_LIF || model_has_current(model);
}

static size_t count_slices(const struct image *image, size_t population)
{
    size_t count = 0;

    for (size_t index = 0; index < image->slice_count; index++)
        count += image->slices[index].population == population;
    return count;
}

static void print_states(FILE *file, const struct image_population *population)
{
    fprintf(file, "    state %d bits, saturates at +-%.4g; gain exponent %d", HW_WORD_BITS,
            population->scale * INT16_MAX, population->gain_exponent);
    if (population->own_units)
        fprintf(file, "; each %s has a unit of its own, down to %.4g", unit_owner(population),
                smallest_unit(population));
    if (population->graded)
        fprintf(file, "; sends values up to %d units", population->limit);
    if (population->current_unit)
        fprintf(file, "\n    current %d bits, one unit is %.4g, saturates at +-%.4g; gain exponent %d", HW_WORD_BITS,
                current_scale(population), current_scale(population) * INT16_MAX, population->current_exponent);
    fputc('\n', file);
}

static void print_leaks(FILE *file, const struct image_origin *origin, size_t index)
{
    enum model model = origin->image->populations[index].model;

    if (!leaks(model))
        return;
    fprintf(file, "    leak %d bits, rounded by at most %.2g %%", HW_WORD_BITS,
            100 * image_origin_leak_error(origin, index, false));
    if (model_has_current(model))
        fprintf(file, ", of the current by %.2g %%", 100 * image_origin_leak_error(origin, index, true));
    fputc('\n', file);
}

static void print_parameters(FILE *file, const struct image_origin *origin, size_t index)
{
    const struct image_population *population = &origin->image->populations[index];
    size_t neuron = 0;

    fprintf(file, "    parameters %s; ", spread(population));
    if (*folded(population->model))
        fprintf(file, "%s folded into weights; ", folded(population->model));
    fprintf(file, "sums up to %lld of %d; slices %zu\n",
            (long long)image_accumulator_bound(origin->image, index, &neuron), INT16_MAX,
            count_slices(origin->image, index));
}

void summary_print_population(FILE *file, const struct image_origin *origin, size_t index)
{
    const struct image_population *population = &origin->image->populations[index];

    fprintf(file, "  %-24s %-9s %6zu neurons  level %zu", population->name, summary_model(population->model),
            population->size, population->level);
    if (population->graded || population->model != MODEL_INPUT)
        fprintf(file, "  one unit is %g", population->scale);
    if (population->graded && population->model == MODEL_INPUT)
        fprintf(file, ", saturates at +-%.4g", population->scale * population->limit);
    fprintf(file, "%s\n", population->graded ? "  values" : "");
    if (population->model == MODEL_INPUT)
        return;
    print_states(file, population);
    print_leaks(file, origin, index);
    print_parameters(file, origin, index);
}

static void describe_leaks(struct json_object *entry, const struct image_origin *origin, size_t index)
{
    const struct image_population *population = &origin->image->populations[index];
    bool leaky = leaks(population->model), current = model_has_current(population->model);

    json_object_object_add(entry, "leak_bits", leaky ? json_object_new_int64(HW_WORD_BITS) : NULL);
    json_object_object_add(entry, "leak_unit", leaky ? talk_json_number(1 / leak_one) : NULL);
    json_object_object_add(entry, "leak_error",
                           leaky ? talk_json_number(image_origin_leak_error(origin, index, false)) : NULL);
    json_object_object_add(entry, "current_leak_error",
                           current ? talk_json_number(image_origin_leak_error(origin, index, true)) : NULL);
}

struct json_object *summary_describe_population(const struct image_origin *origin, size_t index)
{
    const struct image *image = origin->image;
    const struct image_population *population = &image->populations[index];
    struct json_object *entry = json_object_new_object();
    struct json_object *shape = json_object_new_array();
    size_t neuron = 0;

    for (size_t axis = 0; axis < population->shape.rank; axis++)
        json_object_array_add(shape, json_object_new_int64((int64_t)population->shape.size[axis]));
    json_object_object_add(entry, "name", json_object_new_string(population->name));
    json_object_object_add(entry, "model", json_object_new_string(summary_model(population->model)));
    json_object_object_add(entry, "neurons", json_object_new_int64((int64_t)population->size));
    json_object_object_add(entry, "shape", shape);
    json_object_object_add(entry, "level", json_object_new_int64((int64_t)population->level));
    json_object_object_add(entry, "graded", json_object_new_boolean(population->graded));
    json_object_object_add(entry, "scale", talk_json_number(population->scale));
    json_object_object_add(entry, "limit", json_object_new_int64(population->limit));
    if (population->model == MODEL_INPUT)
        return entry;
    json_object_object_add(entry, "units", json_object_new_string(unit_owner(population)));
    json_object_object_add(entry, "smallest_scale", talk_json_number(smallest_unit(population)));
    json_object_object_add(entry, "state_bits", json_object_new_int64(HW_WORD_BITS));
    json_object_object_add(entry, "range", talk_json_number(population->scale * INT16_MAX));
    json_object_object_add(entry, "gain_exponent", json_object_new_int64(population->gain_exponent));
    json_object_object_add(entry, "current_exponent",
                           population->current_unit ? json_object_new_int64(population->current_exponent) : NULL);
    json_object_object_add(entry, "current_scale", talk_json_number(current_scale(population)));
    json_object_object_add(entry, "current_range", talk_json_number(current_scale(population) * INT16_MAX));
    describe_leaks(entry, origin, index);
    json_object_object_add(entry, "accumulator_bits", json_object_new_int64(HW_WORD_BITS));
    json_object_object_add(entry, "accumulator_bound",
                           json_object_new_int64(image_accumulator_bound(image, index, &neuron)));
    json_object_object_add(entry, "parameters", json_object_new_string(spread(population)));
    json_object_object_add(entry, "folded", json_object_new_string(folded(population->model)));
    json_object_object_add(entry, "slices", json_object_new_int64((int64_t)count_slices(image, index)));
    return entry;
}

