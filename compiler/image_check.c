/* What an image promises to devices, checked on the integers: bounds of accumulators, indices, sizes and
 * ranges; where things lie is image_check_mapping.c's. The quantiser proves its choices with it and the loader trusts no
 * file without it. */
#include "image.h"

#include "hardware.h"
#include "image_check.h"

#include <math.h>
#include <stdlib.h>

enum {
    NEURONS_MAX = 1 << 24,
    WORD_MAX = 32767,
    DELAY_MAX = (1 << HW_RING_LOG2_MAX) - 1 /* a ring holds the step at hand too */
};

/* ---- accumulators ---- */

static void add_bounds(const struct image *image, const struct image_projection *projection, int64_t *rise,
                       int64_t *fall)
{
    const struct linear_map *map = &projection->map;
    int64_t limit = image->populations[projection->source].limit;

    for (size_t neuron = 0; neuron < map->sources; neuron++) {
        int32_t pattern = map->pattern[neuron];

        if (pattern == LINEAR_MAP_NONE)
            continue;
        for (size_t entry = map->first[pattern]; entry < map->first[pattern + 1]; entry++) {
            size_t target = map->offset[neuron] + map->target[entry];
            int64_t weight = projection->weight[entry], size = llabs(weight);

            if (projection->graded) {
                int64_t most = (size * limit + (1 << (HW_PRODUCT_SHIFT - 1))) >> HW_PRODUCT_SHIFT;
                rise[target] += most;
                fall[target] += most;
            } else if (weight > 0) {
                rise[target] += size;
            } else {
                fall[target] += size;
            }
        }
    }
}

int64_t image_accumulator_bound(const struct image *image, size_t population, size_t *neuron)
{
    size_t size = image->populations[population].size;
    int64_t *rise = calloc(size, sizeof *rise), *fall = calloc(size, sizeof *fall);
    int64_t bound = -1;

    if (!rise || !fall)
        goto done;
    for (size_t index = 0; index < image->projection_count; index++) {
        if (image->projections[index].target == population)
            add_bounds(image, &image->projections[index], rise, fall);
    }
    for (size_t index = 0; index < size; index++) {
        int64_t worst = rise[index] > fall[index] ? rise[index] : fall[index];
        if (worst > bound) {
            bound = worst;
            *neuron = index;
        }
    }
done:
    free(rise);
    free(fall);
    return bound;
}

/* ---- the integer network ---- */

static bool is_unit(double scale)
{
    return isfinite(scale) && scale > 0;
}

static bool shape_fits(const struct image_population *population)
{
    size_t count = 1;

    if (population->shape.rank > SHAPE_MAX)
        return false;
    for (size_t axis = 0; axis < population->shape.rank; axis++) {
        size_t size = population->shape.size[axis];
        if (size == 0 || size > NEURONS_MAX || count > NEURONS_MAX / size)
            return false;
        count *= size;
    }
    return population->shape.rank == 0 || count == population->size;
}

/* count arrays of words, the first of which is a leak; uniform unless each. */
static const char *parameter_fault(int16_t *const *parameter, size_t count, size_t size, bool each)
{
    for (size_t kind = 0; kind < count; kind++) {
        if (!parameter[kind])
            return "parameters are missing";
        for (size_t neuron = 0; neuron < size; neuron++) {
            if (kind == 0 && parameter[kind][neuron] > 0)
                return "a leak is positive";
            if (!each && parameter[kind][neuron] != parameter[kind][0])
                return "uniform parameters differ";
        }
    }
    return NULL;
}

_Static_assert(NEURON_LEAK == 0 && CURRENT_LEAK == 0, "parameter_fault()");

static const char *current_fault(const struct image_population *population)
{
    if (!model_has_current(population->model)) {
        bool none = population->current_exponent == 0 && !population->current_each && !population->current_old;
        return none ? NULL : "a current is described that the model does not have";
    }
    if (!population->current_unit)
        return "the units of the current are missing";
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        if (!isfinite(population->current_unit[neuron]))
            return "a unit of the current is not finite";
    }
    return parameter_fault(population->current_parameter, CURRENT_PARAMETERS, population->size,
                           population->current_each);
}

static const char *population_fault(const struct image_population *population)
{
    bool fires = model_fires(population->model);

    if (population->model > MODEL_CUBALIF)
        return "the model is unknown";
    if (population->size == 0 || population->size > NEURONS_MAX)
        return "the size is out of range";
    if (!shape_fits(population))
        return "the shape does not fit the size";
    if (population->gain_exponent < GAIN_EXPONENT_MIN || population->gain_exponent > GAIN_EXPONENT_MAX ||
        population->current_exponent < GAIN_EXPONENT_MIN || population->current_exponent > GAIN_EXPONENT_MAX)
        return "a gain exponent is out of range";
    if (!is_unit(population->scale))
        return "the scale is no positive number";
    if (population->own_units != (population->unit != NULL) || (population->own_units && !fires))
        return "units are missing, or there where they must not be";
    for (size_t neuron = 0; population->own_units && neuron < population->size; neuron++) {
        if (!is_unit(population->unit[neuron]))
            return "a unit is no positive number";
    }
    if (population->limit < 1 && !(population->graded && population->limit == 0))
        return "the limit is negative";
    if (population->limit > (population->graded ? WORD_MAX + 1 : 1))
        return "the limit is too large";
    if (population->fire != fires || (population->subtract && !fires) ||
        (population->model != MODEL_INPUT && population->graded == fires))
        return "the flags do not fit the model";
    const char *fault = current_fault(population);
    if (fault)
        return fault;
    if (population->model == MODEL_INPUT)
        return population->level == 0 && !population->each ? NULL : "the flags do not fit the model";
    return parameter_fault(population->parameter, NEURON_PARAMETERS, population->size, population->each);
}

static const char *projection_fault(const struct image *image, const struct image_projection *projection)
{
    if (projection->target >= image->population_count || projection->source >= image->population_count)
        return "source or target is out of range";
    const struct image_population *source = &image->populations[projection->source];
    const struct image_population *target = &image->populations[projection->target];

    if (projection->delay > DELAY_MAX)
        return "the delay is too long";
    if (target->model == MODEL_INPUT ||
        (projection->delay == 0 && (projection->source >= projection->target || target->level <= source->level)))
        return "the target is not behind the source";
    if (projection->graded != source->graded)
        return "the kind is not the source's";
    if (!weight_bits_known(projection->weight_bits) ||
        (projection->graded && projection->weight_bits < WEIGHT_BITS_USUAL))
        return "the weight width is not supported";
    int most = image_weight_max(projection->weight_bits);
    if (!is_unit(projection->scale))
        return "the scale is no positive number";
    if (projection->map.sources != source->size || projection->map.targets != target->size ||
        !linear_map_check(&projection->map))
        return "the map is damaged";
    if (!projection->weight)
        return "weights are missing";
    for (size_t index = 0; index < linear_map_entries(&projection->map); index++) {
        if (abs(projection->weight[index]) > most)
            return "a weight is out of range";
    }
    return NULL;
}

static const char *port_fault(const struct image *image, const struct port *port, bool input)
{
    if (port->population >= image->population_count)
        return "the population is out of range";
    if (input && image->populations[port->population].model != MODEL_INPUT)
        return "the population is no Input";
    return NULL;
}

/* ---- all of it ---- */

static bool refuse(struct diagnostics *diagnostics, const char *place, size_t index, const char *fault)
{
    diagnostics_error(diagnostics, place, "entry %zu: %s; compile the network again", index, fault);
    return false;
}

static bool check_bounds(const struct image *image, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        int exponent = population->gain_exponent + population->current_exponent;
        size_t neuron = 0;
        int64_t bound = 0;

        for (size_t other = 0; other < image->projection_count; other++) {
            if (image->projections[other].target == index &&
                image->projections[other].scale != ldexp(population->scale, exponent))
                return refuse(diagnostics, "/loom/projections", other, "the scale is not the target's");
        }
        if (population->model != MODEL_INPUT)
            bound = image_accumulator_bound(image, index, &neuron);
        if (bound < 0) {
            diagnostics_error(diagnostics, "", "out of memory");
            return false;
        }
        if (bound > WORD_MAX)
            return refuse(diagnostics, "/loom/populations", index, "its input can exceed 16 bits");
    }
    return true;
}

bool image_check(const struct image *image, struct diagnostics *diagnostics)
{
    const char *fault;

    for (size_t index = 0; index < image->population_count; index++) {
        if ((fault = population_fault(&image->populations[index])))
            return refuse(diagnostics, "/loom/populations", index, fault);
    }
    for (size_t index = 0; index < image->projection_count; index++) {
        if ((fault = projection_fault(image, &image->projections[index])))
            return refuse(diagnostics, "/loom/projections", index, fault);
    }
    for (size_t index = 0; index < image->input_count; index++) {
        if ((fault = port_fault(image, &image->inputs[index], true)))
            return refuse(diagnostics, "/loom/inputs", index, fault);
    }
    for (size_t index = 0; index < image->output_count; index++) {
        if ((fault = port_fault(image, &image->outputs[index], false)))
            return refuse(diagnostics, "/loom/outputs", index, fault);
    }
    if (!check_bounds(image, diagnostics))
        return false;
    if (image->board && (fault = image_mapping_fault(image))) {
        diagnostics_error(diagnostics, "/loom/mapping", "%s; compile the network again", fault);
        return false;
    }
    return true;
}
