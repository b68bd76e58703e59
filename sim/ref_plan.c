/* The plan of an image (ref_plan.h): places of neurons, parameters by place, projections by target. */
#include "ref_kernels.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

void *ref_allocate(size_t count, size_t size)
{
    if (count > (SIZE_MAX - ALIGNMENT) / size)
        return NULL;
    size_t bytes = (count * size + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, bytes);

    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

/* ---- populations ---- */

/* Channels innermost: axis 0 of the NIR shape goes last. */
static int find_places(struct ref_population_plan *plan, const struct image_population *population)
{
    size_t channels = population->shape.rank > 1 ? population->shape.size[0] : 1;

    if (population->model == MODEL_INPUT || plan->history || channels < 2 || channels >= plan->size ||
        plan->size % channels != 0)
        return 0;
    size_t positions = plan->size / channels;
    plan->place = malloc(plan->size * sizeof *plan->place);
    if (!plan->place)
        return -1;
    for (size_t neuron = 0; neuron < plan->size; neuron++)
        plan->place[neuron] = (uint32_t)(neuron % positions * channels + neuron / positions);
    return 0;
}

/* Copies count parameters, each (size), to their places. bias is the index of one of them. */
static int take_parameters(const struct ref_population_plan *plan, struct ref_parameters *taken, int16_t *const *given,
                           size_t count, size_t bias)
{
    taken->repeat = true;
    for (size_t kind = 0; kind < count; kind++) {
        int16_t *values = taken->values[kind] = ref_allocate(plan->padded, sizeof *values);

        if (!values)
            return -1;
        for (size_t neuron = 0; neuron < plan->size; neuron++)
            values[plan->place ? plan->place[neuron] : neuron] = given[kind][neuron];
        for (size_t place = REF_PADDING; place < plan->size; place++)
            taken->repeat = taken->repeat && values[place] == values[place % REF_PADDING];
        for (size_t place = 0; kind == bias && place < plan->size; place++)
            taken->biased = taken->biased || values[place] != 0;
    }
    return 0;
}

static int plan_population(struct ref_population_plan *plan, const struct image *image, size_t index)
{
    const struct image_population *population = &image->populations[index];

    plan->image = population;
    plan->size = population->size;
    if (plan->size > UINT32_MAX - REF_PADDING)
        return -1;
    plan->padded = (plan->size + REF_PADDING - 1) / REF_PADDING * REF_PADDING;
    plan->history = image_history(image, index);
    if (plan->history && plan->size > SIZE_MAX / sizeof(int16_t) / plan->history)
        return -1;
    if (find_places(plan, population))
        return -1;
    if (population->model == MODEL_INPUT)
        return 0;
    if (take_parameters(plan, &plan->neuron, population->parameter, NEURON_PARAMETERS, NEURON_BIAS))
        return -1;
    return model_has_current(population->model)
               ? take_parameters(plan, &plan->synapse, population->current_parameter, CURRENT_PARAMETERS, CURRENT_BIAS)
               : 0;
}

/* ---- the whole ---- */

static int plan_projections(struct ref_plan *plan)
{
    const struct image *image = plan->image;
    size_t count = 0;

    for (size_t target = 0; target < image->population_count; target++) {
        plan->first_projection[target] = count;
        for (size_t index = 0; index < image->projection_count; index++) {
            const struct image_projection *projection = &image->projections[index];

            if (projection->target != target)
                continue;
            if (ref_projection_lay(&plan->projections[count++], &plan->populations[projection->source],
                             &plan->populations[target], projection))
                return -1;
            if (projection->map.sources > plan->most_sources)
                plan->most_sources = projection->map.sources;
        }
    }
    plan->first_projection[image->population_count] = count;
    return 0;
}

struct ref_plan *ref_plan_open(const struct image *image)
{
    struct ref_plan *plan = calloc(1, sizeof *plan);

    if (!plan)
        return NULL;
    plan->image = image;
    plan->kernels = ref_kernels_get(ref_kernels_count() - 1);
    plan->populations = calloc(image->population_count + 1, sizeof *plan->populations);
    plan->projections = calloc(image->projection_count + 1, sizeof *plan->projections);
    plan->first_projection = calloc(image->population_count + 1, sizeof *plan->first_projection);
    if (!plan->populations || !plan->projections || !plan->first_projection)
        goto fail;
    for (size_t index = 0; index < image->population_count; index++) {
        if (plan_population(&plan->populations[index], image, index))
            goto fail;
    }
    if (plan_projections(plan))
        goto fail;
    return plan;
fail:
    ref_plan_close(plan);
    return NULL;
}

void ref_plan_close(struct ref_plan *plan)
{
    if (!plan)
        return;
    for (size_t index = 0; plan->populations && index < plan->image->population_count; index++) {
        struct ref_population_plan *population = &plan->populations[index];

        for (size_t kind = 0; kind < NEURON_PARAMETERS; kind++) {
            free(population->neuron.values[kind]);
            free(population->synapse.values[kind]);
        }
        free(population->place);
    }
    for (size_t index = 0; plan->projections && index < plan->image->projection_count; index++)
        ref_projection_free(&plan->projections[index]);
    free(plan->populations);
    free(plan->projections);
    free(plan->first_projection);
    free(plan);
}
