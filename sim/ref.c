/* The integer model (ref.h): its memory and its neurons in the order of the NIR file. The plan (ref_plan.h) has the
 * weights, ref_step.c the arithmetic. */
#include "ref.h"

#include "ref_kernels.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static int open_population(const struct ref_population_plan *plan, const struct image_population *population,
                           struct ref_population *run)
{
    bool current = model_has_current(population->model);

    run->state = ref_allocate(plan->padded, sizeof *run->state);
    run->fired = ref_allocate(plan->padded / 64, sizeof *run->fired);
    run->spike_view = calloc(plan->size, sizeof *run->spike_view);
    run->accumulator = ref_allocate(plan->padded + REF_BEHIND, sizeof *run->accumulator);
    if (!run->state || !run->fired || !run->spike_view || !run->accumulator)
        return -1;
    if (current && !(run->current = ref_allocate(plan->padded, sizeof *run->current)))
        return -1;
    if (plan->place) {
        run->state_view = calloc(plan->size, sizeof *run->state_view);
        run->current_view = current ? calloc(plan->size, sizeof *run->current_view) : NULL;
        if (!run->state_view || (current && !run->current_view))
            return -1;
    }
    if (plan->history == 0)
        return 0;
    if (population->graded) {
        run->past_values = ref_allocate(plan->history * plan->padded, sizeof *run->past_values);
        return run->past_values ? 0 : -1;
    }
    run->past_fired = ref_allocate(plan->history * (plan->padded / 64), sizeof *run->past_fired);
    run->past_view = calloc(plan->history, plan->size);
    return run->past_fired && run->past_view ? 0 : -1;
}

struct ref *ref_start(const struct ref_plan *plan)
{
    struct ref *ref = calloc(1, sizeof *ref);
    const struct image *image = plan->image;

    if (!ref)
        return NULL;
    ref->plan = plan;
    ref->populations = calloc(image->population_count + 1, sizeof *ref->populations);
    ref->events = calloc(plan->most_sources + REF_EVENTS_BEHIND, sizeof *ref->events);
    if (!ref->populations || !ref->events)
        goto fail;
    for (size_t index = 0; index < image->population_count; index++) {
        if (open_population(&plan->populations[index], &image->populations[index], &ref->populations[index]))
            goto fail;
    }
    return ref;
fail:
    ref_close(ref);
    return NULL;
}

struct ref *ref_open(const struct image *image)
{
    struct ref_plan *plan = ref_plan_open(image);
    struct ref *ref = plan ? ref_start(plan) : NULL;

    if (ref)
        ref->owned = plan;
    else
        ref_plan_close(plan);
    return ref;
}

void ref_close(struct ref *ref)
{
    if (!ref)
        return;
    for (size_t index = 0; ref->populations && index < ref->plan->image->population_count; index++) {
        struct ref_population *run = &ref->populations[index];

        free(run->state);
        free(run->current);
        free(run->fired);
        free(run->accumulator);
        free(run->past_fired);
        free(run->past_values);
        free(run->state_view);
        free(run->current_view);
        free(run->spike_view);
        free(run->past_view);
    }
    free(ref->populations);
    free(ref->events);
    ref_plan_close(ref->owned);
    free(ref);
}

void ref_reset(struct ref *ref)
{
    for (size_t index = 0; index < ref->plan->image->population_count; index++) {
        const struct ref_population_plan *plan = &ref->plan->populations[index];
        struct ref_population *run = &ref->populations[index];

        memset(run->state, 0, plan->padded * sizeof *run->state);
        memset(run->fired, 0, plan->padded / 64 * sizeof *run->fired);
        if (run->current)
            memset(run->current, 0, plan->padded * sizeof *run->current);
        if (run->past_fired)
            memset(run->past_fired, 0, plan->history * (plan->padded / 64) * sizeof *run->past_fired);
        if (run->past_values)
            memset(run->past_values, 0, plan->history * plan->padded * sizeof *run->past_values);
        run->viewed = run->past_viewed = false;
    }
    ref->step = 0;
    ref->operations = 0;
}

/* ---- stepping ---- */

void ref_set_spikes(struct ref *ref, size_t input, const uint8_t *spikes)
{
    size_t population = ref->plan->image->inputs[input].population;

    ref->plan->kernels->pack(ref->populations[population].fired, spikes, ref->plan->populations[population].size);
}

void ref_set_values(struct ref *ref, size_t input, const int16_t *values)
{
    size_t population = ref->plan->image->inputs[input].population;

    memcpy(ref->populations[population].state, values, ref->plan->populations[population].size * sizeof *values);
}

/* What was put out in this step takes the place of what has become too old. */
static void remember(struct ref *ref)
{
    for (size_t index = 0; index < ref->plan->image->population_count; index++) {
        const struct ref_population_plan *plan = &ref->plan->populations[index];
        struct ref_population *run = &ref->populations[index];

        if (plan->history == 0)
            continue;
        size_t offset = ref->step % plan->history * plan->padded;
        if (run->past_values)
            memcpy(run->past_values + offset, run->state, plan->padded * sizeof *run->state);
        else
            memcpy(run->past_fired + offset / 64, run->fired, plan->padded / 64 * sizeof *run->fired);
    }
    ref->step++;
}

/* ---- the order of the NIR file ---- */

static void show(const struct ref_population_plan *plan, struct ref_population *run)
{
    if (run->viewed)
        return;
    for (size_t neuron = 0; neuron < plan->size; neuron++) {
        run->state_view[neuron] = run->state[plan->place[neuron]];
        if (run->current)
            run->current_view[neuron] = run->current[plan->place[neuron]];
    }
    run->viewed = true;
}

/* What may have been written to the copies. */
static void take_back(const struct ref_population_plan *plan, struct ref_population *run)
{
    for (size_t neuron = 0; neuron < plan->size; neuron++) {
        run->state[plan->place[neuron]] = run->state_view[neuron];
        if (run->current)
            run->current[plan->place[neuron]] = run->current_view[neuron];
    }
    run->viewed = false;
}

static void take_back_past(struct ref *ref, size_t population)
{
    const struct ref_population_plan *plan = &ref->plan->populations[population];
    struct ref_population *run = &ref->populations[population];

    for (size_t age = 1; age <= plan->history; age++)
        ref->plan->kernels->pack(run->past_fired + ref_past_index(ref, population, age) * (plan->padded / 64),
                                 run->past_view + (age - 1) * plan->size, plan->size);
    run->past_viewed = false;
}

void ref_step(struct ref *ref)
{
    for (size_t index = 0; index < ref->plan->image->population_count; index++) {
        if (ref->populations[index].viewed)
            take_back(&ref->plan->populations[index], &ref->populations[index]);
        if (ref->populations[index].past_viewed)
            take_back_past(ref, index);
    }
    ref_update_populations(ref);
    remember(ref);
}

int16_t *ref_state(struct ref *ref, size_t population)
{
    const struct ref_population_plan *plan = &ref->plan->populations[population];
    struct ref_population *run = &ref->populations[population];

    if (!plan->place)
        return run->state;
    show(plan, run);
    return run->state_view;
}

int16_t *ref_current(struct ref *ref, size_t population)
{
    const struct ref_population_plan *plan = &ref->plan->populations[population];
    struct ref_population *run = &ref->populations[population];

    if (!plan->place || !run->current)
        return run->current;
    show(plan, run);
    return run->current_view;
}

const uint8_t *ref_spikes(const struct ref *ref, size_t population)
{
    struct ref_population *run = &ref->populations[population];

    ref_unpack(&ref->plan->populations[population], run->fired, run->spike_view);
    return run->spike_view;
}

uint8_t *ref_past_spikes(struct ref *ref, size_t population, size_t age)
{
    const struct ref_population_plan *plan = &ref->plan->populations[population];
    struct ref_population *run = &ref->populations[population];

    if (!run->past_fired)
        return NULL;
    for (size_t each = 1; !run->past_viewed && each <= plan->history; each++)
        ref_unpack(plan, run->past_fired + ref_past_index(ref, population, each) * (plan->padded / 64),
                   run->past_view + (each - 1) * plan->size);
    run->past_viewed = true;
    return run->past_view + (age - 1) * plan->size;
}

int16_t *ref_past_values(struct ref *ref, size_t population, size_t age)
{
    int16_t *past = ref->populations[population].past_values;

    return past ? past + ref_past_index(ref, population, age) * ref->plan->populations[population].padded : NULL;
}

uint64_t ref_operations(const struct ref *ref)
{
    return ref->operations;
}
