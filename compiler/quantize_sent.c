/* What populations send once they are quantised (quantize.h): ref runs those that are finished with the spikes that
 * calibration has recorded of the Inputs. */
#include "quantize.h"

#include "ref.h"

#include <stdlib.h>
#include <string.h>

/* Finished populations come first, and hear none that is not; all Inputs among them were recorded as spikes. */
static bool can_run(const struct quantizer *quantizer, size_t count)
{
    const struct network *network = quantizer->network;
    const struct spike_record *record = &quantizer->calibration->record;

    for (size_t index = 0; index < count; index++)
        if (network->populations[index].model == MODEL_INPUT &&
            (quantizer->image->populations[index].graded || !record->fired[index]))
            return false;
    for (size_t index = 0; index < network->projection_count; index++)
        if (network->projections[index].target < count && network->projections[index].source >= count)
            return false;
    return true;
}

/* A finished population that fires is heard by the one at hand, and calibration has its real spikes. */
static bool is_heard(const struct quantizer *quantizer, size_t target)
{
    for (size_t index = 0; index < quantizer->network->projection_count; index++) {
        const struct projection *projection = &quantizer->network->projections[index];

        if (projection->target == target && projection->source < target &&
            model_fires(quantizer->network->populations[projection->source].model) &&
            quantizer->calibration->record.fired[projection->source])
            return true;
    }
    return false;
}

/* The first count populations as an image of their own, for ref alone. 0, or -1 if memory is short. */
static int take_first(const struct quantizer *quantizer, size_t count, struct image *first)
{
    const struct image *image = quantizer->image;

    *first = *image;
    first->population_count = count;
    first->projections = arena_allocate(quantizer->scratch, image->projection_count, sizeof *first->projections);
    first->inputs = arena_allocate(quantizer->scratch, image->input_count, sizeof *first->inputs);
    if (!first->projections || !first->inputs)
        return -1;
    first->projection_count = first->input_count = first->output_count = 0;
    for (size_t index = 0; index < image->projection_count; index++)
        if (image->projections[index].target < count)
            first->projections[first->projection_count++] = image->projections[index];
    for (size_t index = 0; index < image->input_count; index++)
        if (image->inputs[index].population < count)
            first->inputs[first->input_count++] = image->inputs[index];
    return 0;
}

/* Of all steps of all samples; spikes: scratch of the largest Input. */
static void run(struct ref *ref, const struct image *image, const struct spike_record *record, struct spike_record *sent,
                uint8_t *spikes)
{
    for (size_t bit = 0; bit < record->samples * record->steps; bit++) {
        if (bit % record->steps == 0)
            ref_reset(ref);
        for (size_t input = 0; input < image->input_count; input++) {
            size_t population = image->inputs[input].population;
            const uint64_t *fired = record->fired[population];

            for (size_t neuron = 0; neuron < image->populations[population].size; neuron++)
                spikes[neuron] = fired[neuron * record->words + bit / 64] >> bit % 64 & 1;
            ref_set_spikes(ref, input, spikes);
        }
        ref_step(ref);
        for (size_t index = 0; index < image->population_count; index++) {
            const uint8_t *now = sent->fired[index] ? ref_spikes(ref, index) : NULL;

            for (size_t neuron = 0; now && neuron < image->populations[index].size; neuron++)
                sent->fired[index][neuron * sent->words + bit / 64] |= (uint64_t)now[neuron] << bit % 64;
        }
    }
}

static int begin_sent(struct quantizer *quantizer, size_t count, size_t *most)
{
    const struct spike_record *record = &quantizer->calibration->record;
    const struct network *network = quantizer->network;
    struct spike_record *sent = &quantizer->sent;

    *sent = *record;
    sent->fired = arena_allocate(quantizer->scratch, network->population_count, sizeof *sent->fired);
    if (!sent->fired)
        return -1;
    for (size_t index = 0; index < count; index++) {
        size_t size = network->populations[index].size;

        *most = size > *most ? size : *most;
        if (!model_fires(network->populations[index].model) || !record->fired[index])
            continue;
        sent->fired[index] = arena_allocate(quantizer->scratch, size * record->words, sizeof(uint64_t));
        if (!sent->fired[index])
            return -1;
    }
    return 0;
}

int quantize_find_sent(struct quantizer *quantizer, size_t index)
{
    const struct calibration *calibration = quantizer->calibration;
    struct image first;
    size_t most = 1;

    quantizer->sent = (struct spike_record){0};
    if (quantizer->repeated || !calibration || !calibration->record.fired || !is_heard(quantizer, index) ||
        !can_run(quantizer, index))
        return 0;
    if (begin_sent(quantizer, index, &most) || take_first(quantizer, index, &first))
        return -1;
    uint8_t *spikes = malloc(most);
    struct ref *ref = spikes ? ref_open(&first) : NULL;
    if (ref)
        run(ref, &first, &calibration->record, &quantizer->sent, spikes);
    ref_close(ref);
    free(spikes);
    return ref ? 0 : -1;
}
