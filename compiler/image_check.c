/* What an image promises to devices, checked on the integers: bounds of accumulators, indices, sizes and
 * ranges. The quantiser proves its choices with it and the loader trusts no file without it. */
#include "image.h"

#include "hardware.h"

#include <math.h>
#include <stdlib.h>

enum { NEURONS_MAX = 1 << 24, ADDRESS_END = 1 << 24, WORD_MAX = 32767 };

/* ---- accumulators ---- */

static void add_bounds(const struct image *image, const struct image_projection *projection, int64_t *rise,
                       int64_t *fall)
{
    const struct image_population *source = &image->populations[projection->source];
    size_t targets = image->populations[projection->target].size;

    for (size_t neuron = 0; neuron < source->size; neuron++) {
        const int8_t *row = projection->weight + neuron * targets;

        for (size_t target = 0; target < targets; target++) {
            int64_t size = llabs((int64_t)row[target]);
            if (projection->graded) {
                int64_t most = (size * source->limit + (1 << (HW_PRODUCT_SHIFT - 1))) >> HW_PRODUCT_SHIFT;
                rise[target] += most;
                fall[target] += most;
            } else if (row[target] > 0) {
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

static const char *population_fault(const struct image_population *population)
{
    bool fires = population->model == MODEL_THRESHOLD || population->model == MODEL_IF ||
                 population->model == MODEL_LIF;

    if (population->model > MODEL_LIF)
        return "the model is unknown";
    if (population->size == 0 || population->size > NEURONS_MAX)
        return "the size is out of range";
    if (!shape_fits(population))
        return "the shape does not fit the size";
    if (population->gain_shift > HW_GAIN_SHIFT_MAX)
        return "the gain shift is too large";
    if (!is_unit(population->scale))
        return "the scale is no positive number";
    if (population->limit < 1 && !(population->graded && population->limit == 0))
        return "the limit is negative";
    if (population->limit > (population->graded ? WORD_MAX + 1 : 1))
        return "the limit is too large";
    if (population->fire != fires || (population->subtract && !fires) ||
        (population->model != MODEL_INPUT && population->graded == fires))
        return "the flags do not fit the model";
    if (population->model == MODEL_INPUT)
        return population->level == 0 && !population->each ? NULL : "the flags do not fit the model";
    for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++) {
        if (!population->parameter[kind])
            return "parameters are missing";
        for (size_t neuron = 0; neuron < population->size; neuron++) {
            int16_t value = population->parameter[kind][neuron];
            if (kind == NEURON_LEAK && value > 0)
                return "a leak is positive";
            if (!population->each && value != population->parameter[kind][0])
                return "uniform parameters differ";
        }
    }
    return NULL;
}

static const char *projection_fault(const struct image *image, const struct image_projection *projection)
{
    if (projection->target >= image->population_count || projection->source >= projection->target)
        return "source or target is out of range";
    const struct image_population *source = &image->populations[projection->source];
    const struct image_population *target = &image->populations[projection->target];
    int most = projection->weight_bits == 4 ? 7 : 127;

    if (target->model == MODEL_INPUT || target->level <= source->level)
        return "the target is not behind the source";
    if (projection->graded != source->graded)
        return "the kind is not the source's";
    if (projection->weight_bits != 8 && (projection->weight_bits != 4 || projection->graded))
        return "the weight width is not supported";
    if (!is_unit(projection->scale))
        return "the scale is no positive number";
    if (!projection->weight)
        return "weights are missing";
    for (size_t index = 0; index < source->size * target->size; index++) {
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

/* ---- the mapping ---- */

static const char *segment_fault(const struct image_segment *segment)
{
    if (segment->core > HW_BROADCAST)
        return "the core is out of range";
    if (segment->space > HW_SPACE_STATE)
        return "the memory is unknown";
    if (segment->address >= ADDRESS_END || segment->count > ADDRESS_END - segment->address)
        return "the addresses are out of range";
    return segment->words || segment->count == 0 ? NULL : "the words are missing";
}

static const char *input_map_fault(const struct image *image, size_t input)
{
    const struct image_input_map *map = &image->input_maps[input];
    const struct image_population *population = &image->populations[image->inputs[input].population];
    unsigned space = population->graded ? HW_SPACE_STATE : HW_SPACE_SPIKE;
    size_t needed = population->graded ? population->size : (population->size + HW_WORD_BITS - 1) / HW_WORD_BITS;

    if (map->space != space)
        return "the memory does not fit the input";
    if (map->words != needed)
        return "the words do not fit the input";
    if (map->address >= ADDRESS_END || map->parity >= ADDRESS_END ||
        map->words > ADDRESS_END - map->address || map->parity > ADDRESS_END - map->address - map->words)
        return "the addresses are out of range";
    return NULL;
}

/* Slices must cover each population once, in order: expected is where the next must begin. */
static const char *slice_fault(const struct image *image, const struct image_slice *slice, size_t *population,
                               size_t *neuron)
{
    while (*population < image->population_count &&
           (image->populations[*population].model == MODEL_INPUT || *neuron == image->populations[*population].size)) {
        ++*population;
        *neuron = 0;
    }
    if (*population == image->population_count || slice->population != *population ||
        slice->first_neuron != *neuron || slice->neurons == 0 ||
        slice->neurons > image->populations[*population].size - *neuron)
        return "the slices do not cover the populations in order";
    if (slice->core >= HW_BROADCAST || slice->state_address >= ADDRESS_END || slice->output_address >= ADDRESS_END ||
        slice->neurons > ADDRESS_END - slice->state_address || slice->neurons > ADDRESS_END - slice->output_address)
        return "the addresses are out of range";
    *neuron += slice->neurons;
    return NULL;
}

static const char *mapping_fault(const struct image *image)
{
    size_t population = 0, neuron = 0;
    const char *fault = NULL;

    if (image->clear_entry >= ADDRESS_END || image->step_entry >= ADDRESS_END)
        return "a program entry is out of range";
    for (size_t index = 0; !fault && index < image->segment_count; index++)
        fault = segment_fault(&image->segments[index]);
    for (size_t index = 0; !fault && index < image->input_count; index++)
        fault = input_map_fault(image, index);
    for (size_t index = 0; !fault && index < image->slice_count; index++)
        fault = slice_fault(image, &image->slices[index], &population, &neuron);
    if (fault)
        return fault;
    for (; population < image->population_count; population++, neuron = 0) {
        if (image->populations[population].model != MODEL_INPUT && neuron != image->populations[population].size)
            return "the slices do not cover all neurons";
    }
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
        size_t neuron = 0;
        int64_t bound = 0;

        for (size_t other = 0; other < image->projection_count; other++) {
            if (image->projections[other].target == index &&
                image->projections[other].scale !=
                    image->populations[index].scale * exp2(image->populations[index].gain_shift))
                return refuse(diagnostics, "/loom/projections", other, "the scale is not the target's");
        }
        if (image->populations[index].model != MODEL_INPUT)
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
    if (image->board && (fault = mapping_fault(image))) {
        diagnostics_error(diagnostics, "/loom/mapping", "%s; compile the network again", fault);
        return false;
    }
    return true;
}
