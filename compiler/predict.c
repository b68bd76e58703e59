/* ref and the cost model side by side, step by step. */
#include "predict.h"

#include "device.h"
#include "ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct image *image;
    struct ref *ref;
    struct cost *cost;
    uint8_t *spikes; /* a step of the largest Input */
    int16_t *values;
    uint64_t random;
};

static bool open_run(struct run *run, struct prediction *prediction, const struct image *image)
{
    size_t largest = 1;

    *prediction = (struct prediction){0};
    for (size_t input = 0; input < image->input_count; input++) {
        size_t size = image->populations[image->inputs[input].population].size;
        largest = size > largest ? size : largest;
    }
    *run = (struct run){
        .image = image,
        .ref = ref_open(image),
        .cost = cost_open(image),
        .spikes = calloc(largest, sizeof *run->spikes),
        .values = calloc(largest, sizeof *run->values),
        .random = 1,
    };
    prediction->active = calloc(image->population_count + 1, sizeof *prediction->active);
    return run->ref && run->cost && run->spikes && run->values && prediction->active;
}

/* False if memory is short. */
static bool take_listing(const struct run *run, struct prediction *prediction)
{
    const struct cost_operation *operations = cost_operations(run->cost, 0, &prediction->listing_count);

    prediction->listing = malloc(prediction->listing_count * sizeof *prediction->listing);
    if (prediction->listing)
        memcpy(prediction->listing, operations, prediction->listing_count * sizeof *prediction->listing);
    return prediction->listing != NULL;
}

static void close_run(struct run *run)
{
    if (run->ref)
        ref_close(run->ref);
    cost_close(run->cost);
    free(run->spikes);
    free(run->values);
}

static void reset_run(struct run *run)
{
    ref_reset(run->ref);
    cost_reset(run->cost);
}

static void finish_step(struct run *run, struct prediction *prediction)
{
    ref_step(run->ref);
    for (size_t population = 0; population < run->image->population_count; population++) {
        const struct image_population *from = &run->image->populations[population];
        const int16_t *values = from->graded ? ref_state(run->ref, population) : NULL;
        const uint8_t *spikes = from->graded ? NULL : ref_spikes(run->ref, population);

        if (from->model != MODEL_INPUT)
            cost_put_states(run->cost, population, ref_state(run->ref, population),
                            model_has_current(from->model) ? ref_current(run->ref, population) : NULL);
        if (from->graded)
            cost_put_values(run->cost, population, values);
        else
            cost_put_spikes(run->cost, population, spikes);
        for (size_t neuron = 0; neuron < from->size; neuron++)
            prediction->active[population] += from->graded ? values[neuron] != 0 : spikes[neuron] != 0;
    }
    uint64_t units = cost_totals(run->cost).units;
    prediction->cycles += cost_step(run->cost);
    prediction->units += cost_totals(run->cost).units - units;
}

/* At the end of a sample: the next one's reset clears the model's totals. */
static void add_split(struct cost_totals *to, const struct cost_totals *from)
{
    to->steps += from->steps;
    to->cycles += from->cycles;
    to->events += from->events;
    to->units += from->units;
    to->entries += from->entries;
    to->groups += from->groups;
    to->filling += from->filling;
    to->scanning += from->scanning;
    to->dispatch += from->dispatch;
}

static void end_sample(struct run *run, struct prediction *prediction)
{
    struct cost_totals totals = cost_totals(run->cost);

    add_split(&prediction->split, &totals);
}

static void set_input(struct run *run, size_t input, const struct data *data, size_t sample, size_t step)
{
    const struct image_population *to = &run->image->populations[run->image->inputs[input].population];
    const struct data_series *series = data_find(data, run->image->inputs[input].name, NULL);
    size_t first = (sample * data->steps + step) * series->neurons;

    if (!to->graded) {
        ref_set_spikes(run->ref, input, series->spikes + first);
        return;
    }
    for (size_t neuron = 0; neuron < to->size; neuron++) {
        double value = series->values ? series->values[first + neuron] : series->spikes[first + neuron];
        run->values[neuron] = device_quantize_value(value, to->scale, to->limit);
    }
    ref_set_values(run->ref, input, run->values);
}

int predict_samples(struct prediction *prediction, const struct image *image, const struct data *data, size_t first,
                    size_t count, uint64_t budget)
{
    struct run run;
    bool ready = open_run(&run, prediction, image);

    prediction->steps = data->steps;
    for (size_t sample = first; ready && sample < first + count && prediction->operations < budget; sample++) {
        reset_run(&run);
        for (size_t step = 0; step < data->steps; step++) {
            for (size_t input = 0; input < image->input_count; input++)
                set_input(&run, input, data, sample, step);
            finish_step(&run, prediction);
        }
        end_sample(&run, prediction);
        prediction->operations += ref_operations(run.ref);
        prediction->samples++;
    }
    ready = ready && take_listing(&run, prediction);
    close_run(&run);
    return ready ? 0 : -1;
}

/* xorshift64*, upper half. */
static uint32_t next_random(struct run *run)
{
    run->random ^= run->random >> 12;
    run->random ^= run->random << 25;
    run->random ^= run->random >> 27;
    return (uint32_t)(run->random * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

static void set_random_input(struct run *run, size_t input, double density)
{
    const struct image_population *to = &run->image->populations[run->image->inputs[input].population];

    for (size_t neuron = 0; neuron < to->size; neuron++) {
        uint32_t random = next_random(run);
        bool active = ldexp(random, -32) < density;
        run->spikes[neuron] = active;
        run->values[neuron] = (int16_t)(active ? (random & 1 ? to->limit : -to->limit) : 0);
    }
    if (to->graded)
        ref_set_values(run->ref, input, run->values);
    else
        ref_set_spikes(run->ref, input, run->spikes);
}

int predict_density(struct prediction *prediction, const struct image *image, double density, size_t steps,
                    uint64_t budget)
{
    struct run run;
    bool ready = open_run(&run, prediction, image);

    prediction->samples = 1;
    if (ready)
        reset_run(&run);
    for (size_t step = 0; ready && step < steps && prediction->operations < budget; step++) {
        uint64_t before = prediction->cycles;
        for (size_t input = 0; input < image->input_count; input++)
            set_random_input(&run, input, density);
        finish_step(&run, prediction);
        if (step >= steps / 2)
            prediction->late_cycles += prediction->cycles - before;
        prediction->operations = ref_operations(run.ref);
        prediction->steps++;
    }
    if (ready)
        end_sample(&run, prediction);
    ready = ready && take_listing(&run, prediction);
    close_run(&run);
    return ready ? 0 : -1;
}

void predict_free(struct prediction *prediction)
{
    free(prediction->active);
    free(prediction->listing);
    *prediction = (struct prediction){0};
}
