/* The quantiser: real network to integer network, one population after another, sources first (quantize.h). All of it is
 * repeated with the real network that the integers stand for, until that changes nothing: so a network made from an
 * image is quantised to the same image. */
#include "quantize.h"

#include <math.h>
#include <string.h>

enum {
    ROUNDS = 12, /* two are usual: the second finds nothing to change */
    ATTEMPTS = 64
};

const char *quantize_place(const struct quantizer *quantizer, size_t population)
{
    const char *place = arena_print(quantizer->scratch, "/%s", quantizer->network->populations[population].name);

    return place ? place : quantizer->network->populations[population].name;
}

int quantize_out_of_memory(const struct quantizer *quantizer)
{
    return diagnostics_error(quantizer->diagnostics, "", "out of memory");
}

int image_copy_map(struct linear_map *copy, const struct linear_map *map, struct arena *arena)
{
    size_t entries = linear_map_entries(map);

    *copy = (struct linear_map){
        .sources = map->sources,
        .targets = map->targets,
        .pattern_count = map->pattern_count,
        .pattern = arena_allocate(arena, map->sources, sizeof *map->pattern),
        .offset = arena_allocate(arena, map->sources, sizeof *map->offset),
        .first = arena_allocate(arena, map->pattern_count + 1, sizeof *map->first),
        .target = arena_allocate(arena, entries, sizeof *map->target),
    };
    if (!copy->pattern || !copy->offset || !copy->first || !copy->target)
        return -1;
    memcpy(copy->pattern, map->pattern, map->sources * sizeof *map->pattern);
    memcpy(copy->offset, map->offset, map->sources * sizeof *map->offset);
    memcpy(copy->first, map->first, (map->pattern_count + 1) * sizeof *map->first);
    memcpy(copy->target, map->target, entries * sizeof *map->target);
    return 0;
}

size_t image_history(const struct image *image, size_t population)
{
    size_t longest = 0;

    for (size_t index = 0; index < image->projection_count; index++) {
        if (image->projections[index].source == population && image->projections[index].delay > longest)
            longest = image->projections[index].delay;
    }
    return longest;
}

/* ---- one population ---- */

static void quantize_input(const struct quantizer *quantizer, size_t index, double magnitude)
{
    struct image_population *result = &quantizer->image->populations[index];

    result->scale = 1;
    result->limit = 1;
    quantizer->finished[index] = true;
    if (!result->graded)
        return;
    /* A power of 2: inputs that are binary fractions stay exact. */
    double most = quantize_most_units(quantizer, index);
    result->scale = exp2(ceil(log2((magnitude > 0 ? magnitude : 1) / most)));
    if (quantizer->units)
        result->scale = quantizer->units->populations[index].scale;
    result->limit = (int32_t)fmin(QUANTIZE_WORD_MAX, fmax(1, ceil(magnitude / result->scale)));
}

static bool hears_later_ones(const struct network *network, size_t index)
{
    for (size_t other = 0; other < network->projection_count; other++) {
        if (network->projections[other].target == index && network->projections[other].source >= index)
            return true;
    }
    return false;
}

static struct quantize_scale known_scale(const struct image_population *population, bool fixed)
{
    return (struct quantize_scale){
        .accumulator = ldexp(population->scale, population->gain_exponent + population->current_exponent),
        .current_exponent = population->current_exponent,
        .gain_exponent = population->gain_exponent,
        .fixed = fixed,
    };
}

static int quantize_population(struct quantizer *quantizer, size_t index)
{
    const struct calibration *calibration = quantizer->calibration;
    struct quantize_prospect prospect = {
        .magnitude = calibration ? calibration->magnitude[index] : -1,
        .current_magnitude = calibration && calibration->current_magnitude ? calibration->current_magnitude[index] : -1,
        .reach = calibration && calibration->reach ? calibration->reach[index] : NULL,
        .most = quantize_most_units(quantizer, index),
        .recurrent = hears_later_ones(quantizer->network, index),
    };

    if (quantize_find_feeds(quantizer, index) || quantize_find_sent(quantizer, index))
        return quantize_out_of_memory(quantizer);
    prospect.unit = quantizer->image->populations[index].scale; /* of a readout in a cycle, see quantize_find_feeds() */
    if (quantize_choose_units(quantizer, index, &prospect, &prospect.weight_unit))
        return quantize_out_of_memory(quantizer);
    prospect.factor = quantizer->factors[index];
    if (quantize_find_extremes(quantizer, index, &prospect, &quantizer->extremes[index]))
        return quantize_out_of_memory(quantizer);
    quantizer->scales[index] = quantizer->units
                                   ? known_scale(&quantizer->units->populations[index], prospect.unit > 0)
                                   : quantize_choose(quantizer, index, &prospect, &quantizer->extremes[index]);
    quantizer->finished[index] = true;
    return quantize_write(quantizer, index, &quantizer->scales[index]);
}

/* ---- once ---- */

static int copy_ports(const struct quantizer *quantizer, struct port **copies, const struct port *ports, size_t count)
{
    struct arena *arena = quantizer->image->arena;

    *copies = arena_allocate(arena, count, sizeof **copies);
    if (!*copies)
        return quantize_out_of_memory(quantizer);
    for (size_t index = 0; index < count; index++) {
        (*copies)[index] = (struct port){arena_copy(arena, ports[index].name), ports[index].population};
        if (!(*copies)[index].name)
            return quantize_out_of_memory(quantizer);
    }
    return 0;
}

static int begin_population(const struct quantizer *quantizer, size_t index)
{
    const struct population *population = &quantizer->network->populations[index];
    struct image_population *result = &quantizer->image->populations[index];
    struct arena *arena = quantizer->image->arena;
    bool fires = model_fires(population->model), current = model_has_current(population->model);

    *result = (struct image_population){
        .name = arena_copy(arena, population->name),
        .node = population->node,
        .model = population->model,
        .size = population->size,
        .shape = population->shape,
        .level = population->level,
        .graded = population->model != MODEL_INPUT && !fires,
        .fire = fires,
        .subtract = fires && population->reset_subtracts,
        .current_old = current && quantizer->network->options.cuba_order == CUBA_OLD,
        .limit = 1,
    };
    if (!result->name)
        return quantize_out_of_memory(quantizer);
    for (size_t kind = 0; kind < NEURON_PARAMETERS && population->model != MODEL_INPUT; kind++) {
        if (!(result->parameter[kind] = arena_allocate(arena, population->size, sizeof(int16_t))))
            return quantize_out_of_memory(quantizer);
    }
    for (size_t kind = 0; kind < CURRENT_PARAMETERS && current; kind++) {
        if (!(result->current_parameter[kind] = arena_allocate(arena, population->size, sizeof(int16_t))))
            return quantize_out_of_memory(quantizer);
    }
    if (current && !(result->current_unit = arena_allocate(arena, population->size, sizeof(double))))
        return quantize_out_of_memory(quantizer);
    return 0;
}

static int begin_image(const struct quantizer *quantizer)
{
    struct image *image = quantizer->image;
    const struct network *network = quantizer->network;

    image->options = network->options;
    image->population_count = network->population_count;
    image->projection_count = network->projection_count;
    image->input_count = network->input_count;
    image->output_count = network->output_count;
    image->populations = arena_allocate(image->arena, network->population_count, sizeof *image->populations);
    image->projections = arena_allocate(image->arena, network->projection_count, sizeof *image->projections);
    if (!image->populations || !image->projections)
        return quantize_out_of_memory(quantizer);
    for (size_t index = 0; index < network->population_count; index++) {
        if (begin_population(quantizer, index))
            return -1;
    }
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];

        image->projections[index] = (struct image_projection){
            .source = projection->source, .target = projection->target, .delay = projection->delay};
    }
    for (size_t input = 0; input < network->input_count; input++)
        image->populations[network->inputs[input].population].graded = quantizer->inputs[input].graded;
    if (copy_ports(quantizer, &image->inputs, network->inputs, network->input_count))
        return -1;
    return copy_ports(quantizer, &image->outputs, network->outputs, network->output_count);
}

static int attempt(struct quantizer *quantizer)
{
    const struct network *network = quantizer->network;
    struct arena *scratch = quantizer->scratch;

    quantizer->finished = arena_allocate(scratch, network->population_count, sizeof *quantizer->finished);
    quantizer->extremes = arena_allocate(scratch, network->population_count, sizeof *quantizer->extremes);
    quantizer->scales = arena_allocate(scratch, network->population_count, sizeof *quantizer->scales);
    quantizer->feeds = arena_allocate(scratch, network->projection_count, sizeof *quantizer->feeds);
    quantizer->scaled = arena_allocate(scratch, network->population_count, sizeof *quantizer->scaled);
    quantizer->factors = arena_allocate(scratch, network->population_count, sizeof *quantizer->factors);
    if (!quantizer->finished || !quantizer->extremes || !quantizer->scales || !quantizer->feeds ||
        !quantizer->scaled || !quantizer->factors)
        return quantize_out_of_memory(quantizer);
    memcpy(quantizer->scaled, network->populations, network->population_count * sizeof *quantizer->scaled);
    quantizer->again = false;
    if (begin_image(quantizer))
        return -1;
    for (size_t input = 0; input < network->input_count; input++)
        quantize_input(quantizer, network->inputs[input].population, quantizer->inputs[input].magnitude);
    for (size_t index = 0; index < network->population_count; index++) {
        if (network->populations[index].model != MODEL_INPUT && quantize_population(quantizer, index))
            return -1;
    }
    return 0;
}

static int quantize_once(struct quantizer *quantizer)
{
    size_t count = quantizer->network->population_count;
    int status = -1;

    quantizer->ahead = arena_allocate(quantizer->scratch, count, sizeof *quantizer->ahead);
    if (!quantizer->ahead)
        return quantize_out_of_memory(quantizer);
    for (size_t index = 0; index < count; index++)
        quantizer->ahead[index] = 1;
    for (int tries = 0; tries < ATTEMPTS; tries++) {
        status = attempt(quantizer);
        if (status == 0 || !quantizer->again)
            return status;
    }
    return diagnostics_error(quantizer->diagnostics, "",
                             "no units hold the values that run in its cycles; make their weights smaller");
}

/* ---- until nothing changes ---- */

static bool same_words(const int16_t *one, const int16_t *two, size_t count)
{
    return memcmp(one, two, count * sizeof *one) == 0;
}

static bool same_population(const struct image_population *one, const struct image_population *two)
{
    if (one->scale != two->scale || one->limit != two->limit || one->gain_exponent != two->gain_exponent ||
        one->current_exponent != two->current_exponent || one->own_units != two->own_units ||
        (one->own_units && memcmp(one->unit, two->unit, one->size * sizeof *one->unit) != 0))
        return false;
    for (size_t kind = 0; kind < NEURON_PARAMETERS && one->model != MODEL_INPUT; kind++) {
        if (!same_words(one->parameter[kind], two->parameter[kind], one->size))
            return false;
    }
    for (size_t kind = 0; kind < CURRENT_PARAMETERS && model_has_current(one->model); kind++) {
        if (!same_words(one->current_parameter[kind], two->current_parameter[kind], one->size))
            return false;
    }
    return !model_has_current(one->model) ||
           memcmp(one->current_unit, two->current_unit, one->size * sizeof *one->current_unit) == 0;
}

/* Of two images of the same network: the same integers and units. */
static bool same_integers(const struct image *one, const struct image *two)
{
    for (size_t index = 0; index < one->population_count; index++) {
        if (!same_population(&one->populations[index], &two->populations[index]))
            return false;
    }
    for (size_t index = 0; index < one->projection_count; index++) {
        const struct image_projection *first = &one->projections[index], *second = &two->projections[index];
        size_t count = linear_map_entries(&first->map);

        if (first->scale != second->scale || count != linear_map_entries(&second->map) ||
            !same_words(first->weight, second->weight, count))
            return false;
    }
    return true;
}

/* Quantises image's own real network into *next, in image's arena. *same: that changes nothing. 0, or -1 if it cannot be. */
static int repeat(const struct image *image, struct image *next, const struct calibration *calibration, bool *same)
{
    struct arena scratch = {NULL};
    struct network network = {.arena = &scratch};
    struct diagnostics diagnostics;
    struct input_range *inputs = arena_allocate(&scratch, image->input_count, sizeof *inputs);
    struct quantizer quantizer = {.image = next,
                                  .repeated = true,
                                  .network = &network,
                                  .calibration = calibration,
                                  .inputs = inputs,
                                  .diagnostics = &diagnostics,
                                  .scratch = &scratch};

    *next = *image;
    diagnostics_begin(&diagnostics, NULL);
    int status = inputs ? image_dequantize(&network, inputs, image) : -1;
    if (status == 0)
        status = quantize_once(&quantizer);
    *same = status == 0 && same_integers(image, next);
    diagnostics_free(&diagnostics);
    arena_free(&scratch);
    return status;
}

/* Repeats until nothing changes. Where something did, numbers may have been rounded more than once: if the network itself,
 * rounded to the last units, stays as it is too, that is taken. */
static void settle(struct image *image, const struct quantizer *first)
{
    struct arena scratch = {NULL};
    struct diagnostics diagnostics;
    struct image next, settled = *image, rounded = *image;
    struct quantizer again = *first;
    bool same = false;
    int rounds = 0;

    while (!same && rounds++ < ROUNDS && repeat(&settled, &next, first->calibration, &same) == 0)
        settled = next;
    if (same && rounds > 1) {
        diagnostics_begin(&diagnostics, NULL);
        again.image = &rounded;
        again.units = &settled;
        again.scratch = &scratch;
        again.diagnostics = &diagnostics;
        if (quantize_once(&again) == 0 && repeat(&rounded, &next, first->calibration, &same) == 0 && same)
            settled = rounded;
        diagnostics_free(&diagnostics);
        arena_free(&scratch);
    }
    *image = settled;
}

int image_quantize(struct image *image, const struct network *network, const struct input_range *inputs,
                   const struct calibration *calibration, struct diagnostics *diagnostics)
{
    struct arena scratch = {NULL};
    struct quantizer quantizer = {.image = image,
                                  .network = network,
                                  .calibration = calibration,
                                  .inputs = inputs,
                                  .diagnostics = diagnostics,
                                  .scratch = &scratch};
    int status = quantize_check(&quantizer);

    if (status == 0)
        status = quantize_once(&quantizer);
    if (status == 0) {
        settle(image, &quantizer);
        quantize_explain(&quantizer);
    }
    arena_free(&scratch);
    return status;
}
