/* Differences between networks, and images, of one structure. Which neurons share a pattern does not count, nor does
 * whether a connection of weight 0 is there. */
#include "export_parts.h"

#include "quantize.h"

#include <math.h>
#include <string.h>

static const double relative = 1e-9;

/* ---- real networks ---- */

static int differ(const struct export *export, size_t population, const char *what, size_t neuron, double found,
                  double wanted)
{
    const char *place = arena_print(export->arena, "/%s", export->real.populations[population].name);

    return diagnostics_error(export->diagnostics, place ? place : "",
                             "no parameters of the file make %s neuron %zu what it is in the array (%.9g, not %.9g)",
                             what, neuron, wanted, found);
}

static int compare_population(const struct export *export, const struct network *lowered, size_t index)
{
    const struct population *real = &export->real.populations[index], *found = &lowered->populations[index];

    if (real->model == MODEL_INPUT || real->size != found->size)
        return 0;
    for (size_t neuron = 0; neuron < real->size; neuron++) {
        double wanted = real->bias[neuron], given = found->bias[neuron];
        if (!model_has_current(real->model)) {
            wanted += real->drift[neuron];
            given += found->drift[neuron];
        }
        if (fabs(wanted - given) > (1 + relative) * export_half_bias(export, index, neuron))
            return differ(export, index, "the bias of", neuron, given, wanted);
    }
    return 0;
}

double export_half_weight(const struct export *export, size_t index, size_t neuron)
{
    const struct image_projection *projection = &export->image->projections[index];
    const struct image_population *source = &export->image->populations[projection->source];
    const struct image_population *target = &export->image->populations[projection->target];
    double unit = projection->scale;

    if (target->own_units && !model_has_current(target->model))
        unit = ldexp(target->unit[neuron], target->gain_exponent);

    if (projection->graded)
        unit /= QUANTIZE_PRODUCT_ONE * source->scale;
    if (model_has_current(target->model))
        unit *= fabs(target->current_unit[neuron]) / ldexp(target->scale, target->gain_exponent);
    return 0.5 * unit;
}

bool export_is_clipped(const struct export *export, size_t index, size_t neuron, double weight)
{
    int most = image_weight_max(export->image->projections[index].weight_bits);

    return fabs(weight) >= (2 * most - 1) * export_half_weight(export, index, neuron);
}

double export_half_bias(const struct export *export, size_t index, size_t neuron)
{
    const struct image_population *population = &export->image->populations[index];

    return 0.5 * (model_has_current(population->model) ? fabs(population->current_unit[neuron]) : population->scale);
}

static int compare_rows(const struct export *export, size_t index, const struct projection *found, double *one,
                        double *two)
{
    const struct projection *wanted = &export->real.projections[index];

    for (size_t source = 0; source < wanted->map.sources; source++) {
        export_fill_row(one, wanted, source);
        export_fill_row(two, found, source);
        for (size_t target = 0; target < wanted->map.targets; target++)
            if (fabs(one[target] - two[target]) > (1 + relative) * export_half_weight(export, index, target) &&
                !(export_is_clipped(export, index, target, one[target]) && two[target] / one[target] > 1)) {
                const char *what = arena_print(export->arena, "the weight from neuron %zu of /%s to", source,
                                               export->real.populations[wanted->source].name);
                return differ(export, wanted->target, what ? what : "a weight to", target, two[target], one[target]);
            }
        export_clear_row(one, wanted, source);
        export_clear_row(two, found, source);
    }
    return 0;
}

static size_t largest_population(const struct network *network)
{
    size_t largest = 1;

    for (size_t index = 0; index < network->population_count; index++)
        if (largest < network->populations[index].size)
            largest = network->populations[index].size;
    return largest;
}

int export_compare_networks(const struct export *export, const struct network *lowered)
{
    size_t largest = largest_population(&export->real);
    double *one = arena_allocate(export->arena, largest, sizeof *one);
    double *two = arena_allocate(export->arena, largest, sizeof *two);

    if (!one || !two)
        return diagnostics_error(export->diagnostics, "", "out of memory");
    if (lowered->population_count != export->real.population_count)
        return diagnostics_error(export->diagnostics, "",
                                 "all late biases are 0 in the array, and the network would have no population for "
                                 "them (%zu populations instead of %zu)",
                                 lowered->population_count, export->real.population_count);
    for (size_t index = 0; index < export->real.population_count; index++)
        if (compare_population(export, lowered, index))
            return -1;
    for (size_t index = 0; index < export->real.projection_count; index++) {
        const struct projection *wanted = &export->real.projections[index];
        if (compare_rows(export, index, export_find_projection(lowered, wanted), one, two))
            return -1;
    }
    return 0;
}

/* ---- images ---- */

static bool alike(double one, double two)
{
    return fabs(one - two) <= relative * fabs(one);
}

static bool same_words(const int16_t *one, const int16_t *two, size_t count)
{
    return (!one && !two) || (one && two && memcmp(one, two, count * sizeof *one) == 0);
}

/* What differs between two populations; NULL if nothing does. */
static const char *difference(const struct image_population *one, const struct image_population *two)
{
    static const char *const parameters[NEURON_PARAMETERS] = {"leak", "bias", "threshold", "reset"};
    static const char *const currents[CURRENT_PARAMETERS] = {"leak of the current", "bias of the current"};

    if (one->model != two->model || one->size != two->size || strcmp(one->name, two->name) != 0)
        return "node";
    if (one->graded != two->graded || one->fire != two->fire || one->subtract != two->subtract ||
        one->current_old != two->current_old)
        return "kind of output, or reset";
    if (!alike(one->scale, two->scale) || one->gain_exponent != two->gain_exponent ||
        one->current_exponent != two->current_exponent || one->own_units != two->own_units)
        return "unit";
    for (size_t neuron = 0; one->own_units && neuron < one->size; neuron++)
        if (!alike(one->unit[neuron], two->unit[neuron]))
            return "unit";
    if (one->limit != two->limit)
        return "limit of values";
    for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++)
        if (!same_words(one->parameter[kind], two->parameter[kind], one->size))
            return parameters[kind];
    for (size_t kind = 0; kind < CURRENT_PARAMETERS; kind++)
        if (!same_words(one->current_parameter[kind], two->current_parameter[kind], one->size))
            return currents[kind];
    for (size_t neuron = 0; one->current_unit && neuron < one->size; neuron++)
        if (!alike(one->current_unit[neuron], two->current_unit[neuron]))
            return "unit of the current";
    return NULL;
}

static size_t get_row(const struct image_projection *projection, size_t source, size_t place, size_t *target,
                      int16_t *weight)
{
    int32_t pattern = projection->map.pattern[source];
    size_t end = pattern == LINEAR_MAP_NONE ? 0 : projection->map.first[pattern + 1] - projection->map.first[pattern];

    while (place < end && projection->weight[projection->map.first[pattern] + place] == 0)
        place++;
    if (place >= end)
        return SIZE_MAX;
    *target = projection->map.offset[source] + projection->map.target[projection->map.first[pattern] + place];
    *weight = projection->weight[projection->map.first[pattern] + place];
    return place + 1;
}

static bool same_weights(const struct image_projection *one, const struct image_projection *two)
{
    if (one->map.sources != two->map.sources)
        return false;
    for (size_t source = 0; source < one->map.sources; source++) {
        size_t place[2] = {0, 0}, target[2] = {0, 0};
        int16_t weight[2] = {0, 0};

        while (place[0] != SIZE_MAX || place[1] != SIZE_MAX) {
            place[0] = get_row(one, source, place[0], &target[0], &weight[0]);
            place[1] = get_row(two, source, place[1], &target[1], &weight[1]);
            if ((place[0] == SIZE_MAX) != (place[1] == SIZE_MAX))
                return false;
            if (place[0] != SIZE_MAX && (target[0] != target[1] || weight[0] != weight[1]))
                return false;
        }
    }
    return true;
}

static int report(const struct image *image, size_t population, const char *what, struct diagnostics *diagnostics)
{
    return diagnostics_error(diagnostics, "", "/%s: read again, its %s would be another than in the array",
                             image->populations[population].name, what);
}

int export_compare_images(const struct image *one, const struct image *two, struct diagnostics *diagnostics)
{
    if (one->population_count != two->population_count || one->projection_count != two->projection_count)
        return diagnostics_error(diagnostics, "",
                                 "read again, it would have %zu populations and %zu projections; "
                                 "the array has %zu and %zu",
                                 two->population_count, two->projection_count, one->population_count,
                                 one->projection_count);
    for (size_t index = 0; index < one->population_count; index++) {
        const char *what = difference(&one->populations[index], &two->populations[index]);
        if (what)
            return report(one, index, what, diagnostics);
    }
    for (size_t index = 0; index < one->projection_count; index++) {
        const struct image_projection *a = &one->projections[index], *b = &two->projections[index];
        if (a->source != b->source || a->target != b->target || a->delay != b->delay ||
            a->weight_bits != b->weight_bits || !alike(a->scale, b->scale) || !same_weights(a, b))
            return report(one, a->target, "weights", diagnostics);
    }
    return 0;
}
