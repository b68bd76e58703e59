/* Many samples on many threads (ref.h): samples are independent, so every thread takes the next that nobody has. */
#include "ref.h"

#include "ref_parts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void ref_run_sample(struct ref *ref, size_t sample, size_t steps, const struct ref_series *inputs,
                    const struct ref_series *outputs)
{
    const struct image *image = ref->plan->image;

    ref_reset(ref);
    for (size_t step = sample * steps; step < (sample + 1) * steps; step++) {
        for (size_t input = 0; input < image->input_count; input++) {
            size_t offset = step * image->populations[image->inputs[input].population].size;
            if (inputs[input].values)
                ref_set_values(ref, input, inputs[input].values + offset);
            else
                ref_set_spikes(ref, input, inputs[input].spikes + offset);
        }
        ref_step(ref);
        for (size_t output = 0; output < image->output_count; output++) {
            size_t population = image->outputs[output].population, size = image->populations[population].size;
            if (outputs[output].values)
                memcpy(outputs[output].values + step * size, ref_state(ref, population), size * sizeof(int16_t));
            else
                ref_unpack(&ref->plan->populations[population], ref->populations[population].fired,
                           outputs[output].spikes + step * size);
        }
    }
}

struct share {
    struct ref *ref;
    atomic_size_t *next; /* sample that nobody has taken */
    size_t samples;
    size_t steps;
    const struct ref_series *inputs;
    const struct ref_series *outputs;
    uint64_t operations;
    pthread_t thread;
};

static void *run_share(void *argument)
{
    struct share *share = argument;
    size_t sample;

    while ((sample = atomic_fetch_add(share->next, 1)) < share->samples) {
        ref_run_sample(share->ref, sample, share->steps, share->inputs, share->outputs);
        share->operations += ref_operations(share->ref);
    }
    return NULL;
}

int ref_run_samples(const struct ref_plan *plan, size_t samples, size_t steps, const struct ref_series *inputs,
                    const struct ref_series *outputs, size_t threads, uint64_t *operations)
{
    atomic_size_t next = 0;
    size_t started = 1;
    int status = 0;

    *operations = 0;
    if (threads == 0)
        threads = 1;
    struct share *shares = calloc(threads, sizeof *shares);
    for (size_t index = 0; shares && index < threads; index++) {
        shares[index] = (struct share){ .ref = ref_start(plan), .next = &next, .samples = samples, .steps = steps,
                                        .inputs = inputs, .outputs = outputs };
        if (!shares[index].ref)
            status = -1;
    }
    if (!shares)
        return -1;
    for (; status == 0 && started < threads; started++) {
        if (pthread_create(&shares[started].thread, NULL, run_share, &shares[started])) {
            status = -1;
            break;
        }
    }
    if (status == 0)
        run_share(&shares[0]);
    for (size_t index = 1; index < started; index++)
        pthread_join(shares[index].thread, NULL);
    for (size_t index = 0; index < threads; index++) {
        *operations += shares[index].operations;
        ref_close(shares[index].ref);
    }
    free(shares);
    return status;
}
