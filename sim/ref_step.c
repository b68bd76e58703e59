/* A step of the integer model (ref.h): every population in the order of the image, by the inner loops of the plan
 * (ref_kernels.h). */
#include "ref_kernels.h"

static uint64_t accumulate(struct ref *ref, const struct ref_projection *projection)
{
    const struct ref_kernels *kernels = ref->plan->kernels;
    const struct image_projection *image = projection->image;
    const struct ref_population *source = &ref->populations[image->source];
    size_t padded = ref->plan->populations[image->source].padded;
    int16_t *accumulators = ref->populations[image->target].accumulator;
    size_t past = image->delay ? ref_past_index(ref, image->source, image->delay) * padded : 0;

    if (image->graded)
        return kernels->add_values(projection, accumulators, image->delay ? source->past_values + past : source->state);
    return kernels->add_events(projection, accumulators, image->delay ? source->past_fired + past / 64 : source->fired,
                               ref->events);
}

void ref_update_populations(struct ref *ref)
{
    const struct ref_plan *plan = ref->plan;

    for (size_t index = 0; index < plan->image->population_count; index++) {
        if (plan->image->populations[index].model == MODEL_INPUT)
            continue;
        for (size_t next = plan->first_projection[index]; next < plan->first_projection[index + 1]; next++)
            ref->operations += accumulate(ref, &plan->projections[next]);
        plan->kernels->update(&plan->populations[index], &ref->populations[index]);
    }
}

void ref_unpack(const struct ref_population_plan *plan, const uint64_t *fired, uint8_t *bytes)
{
    for (size_t neuron = 0; neuron < plan->size; neuron++) {
        size_t place = plan->place ? plan->place[neuron] : neuron;
        bytes[neuron] = fired[place / 64] >> place % 64 & 1;
    }
}
