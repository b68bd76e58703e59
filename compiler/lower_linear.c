/* Multiplies out the linear stages between populations: a 1 from each neuron is sent forward, and what arrives at a
 * population with a delay is the neuron's row of that projection, times the gain of the target. Biases are sent
 * the same way. One that arrives with a delay does not act before that step; it becomes the weight of a
 * population of one neuron that fires in every step. */
#include "lower_linear.h"

#include "lower_population.h"
#include "lower_push.h"

#include <stdlib.h>
#include <string.h>

struct projecting {
    struct network *network;
    const struct flow *flow;
    const struct graph *graph;
    double *const *gains;
    struct diagnostics *diagnostics;
    struct push push;
    size_t capacity;   /* of network->projections */
    uint32_t *targets; /* (neurons of the largest population) a row that lower_project() adds */
    double *weights;   /* the same */
};

static int out_of_memory(const struct projecting *projecting)
{
    return diagnostics_error(projecting->diagnostics, "",
                             "the products of the linear nodes do not fit into memory; use a smaller network");
}

static struct population *population_of(const struct projecting *projecting, size_t stage)
{
    return &projecting->network->populations[projecting->flow->stages[stage].population];
}

/* Adds a parcel that has arrived at a stage to the rows from a population: as many sources; without the 0s of a bias,
 * which no synapse stands for. */
static int add_row(struct projecting *projecting, struct parcel *parcel, size_t stage, size_t sources, size_t source,
                   bool bias)
{
    const double *gain = projecting->gains[projecting->flow->stages[stage].population];
    size_t count = 0;

    parcel_sort(parcel);
    for (size_t index = 0; index < parcel->count; index++) {
        uint32_t neuron = parcel->neurons[index];
        double weight = parcel->value[parcel->place[neuron] - 1] * gain[neuron];
        if (bias && weight == 0)
            continue;
        projecting->targets[count] = neuron;
        projecting->weights[count++] = weight;
    }
    if (count == 0)
        return 0;
    if (!parcel->builder)
        parcel->builder = linear_map_begin(sources, population_of(projecting, stage)->size);
    if (!parcel->builder ||
        linear_map_add(parcel->builder, source, count, projecting->targets, projecting->weights) != 0)
        return out_of_memory(projecting);
    return 0;
}

static int add_projection(struct projecting *projecting, size_t source, size_t target, size_t delay,
                          struct linear_map_builder *builder)
{
    struct network *network = projecting->network;

    if (network->projection_count == projecting->capacity) {
        size_t larger = projecting->capacity ? 2 * projecting->capacity : 16;
        struct projection *moved = arena_allocate(network->arena, larger, sizeof *moved);
        if (!moved) {
            linear_map_abandon(builder);
            return out_of_memory(projecting);
        }
        if (network->projection_count > 0)
            memcpy(moved, network->projections, network->projection_count * sizeof *moved);
        network->projections = moved;
        projecting->capacity = larger;
    }
    struct projection *projection = &network->projections[network->projection_count++];
    *projection = (struct projection){.source = source, .target = target, .delay = delay};
    if (linear_map_finish(builder, network->arena, &projection->map, &projection->weight) != 0)
        return out_of_memory(projecting);
    return 0;
}

/* Makes projections of all rows from a population, by target and delay. */
static int finish_rows(struct projecting *projecting, size_t source)
{
    struct push *push = &projecting->push;

    for (size_t index = 0; index < push->target_count; index++) {
        size_t stage = push->targets[index];
        const struct stage_inbox *inbox = &push->inboxes[stage];
        for (size_t delay = 0; delay < inbox->capacity; delay++) {
            struct linear_map_builder *builder = inbox->parcels[delay] ? inbox->parcels[delay]->builder : NULL;
            if (!builder)
                continue;
            inbox->parcels[delay]->builder = NULL;
            if (add_projection(projecting, source, projecting->flow->stages[stage].population, delay, builder) != 0)
                return -1;
        }
    }
    return 0;
}

static int project_from(struct projecting *projecting, size_t stage)
{
    struct push *push = &projecting->push;
    size_t source = projecting->flow->stages[stage].population;
    size_t sources = projecting->network->populations[source].size;

    push_reach(push, stage);
    if (push->target_count == 0)
        return 0;
    for (size_t neuron = 0; neuron < sources; neuron++) {
        if (push_unit(push, stage, neuron) != 0)
            return -1;
        for (size_t index = 0; index < push->target_count; index++) {
            const struct stage_inbox *inbox = &push->inboxes[push->targets[index]];
            for (size_t at = 0; at < inbox->delay_count; at++)
                if (add_row(projecting, inbox->parcels[inbox->delays[at]], push->targets[index], sources, neuron,
                            false) != 0)
                    return -1;
            push_clear(push, push->targets[index]);
        }
    }
    return finish_rows(projecting, source);
}

/* The node that the constant population is named after: the first with a bias, of one that waits if there is any. */
static size_t first_bias(const struct flow *flow)
{
    size_t found = LOWER_NONE;

    for (size_t index = 0; index < flow->count; index++) {
        const struct stage *stage = &flow->stages[index];
        if (stage->kind != STAGE_MAP || !stage->map.bias)
            continue;
        if (stage->bias_waits)
            return stage->node;
        if (found == LOWER_NONE)
            found = stage->node;
    }
    return found;
}

static int project_biases(struct projecting *projecting)
{
    struct network *network = projecting->network;
    struct push *push = &projecting->push;
    bool constant = false;

    push_reach(push, LOWER_NONE);
    if (push_biases(push) != 0)
        return -1;
    for (size_t index = 0; index < push->target_count; index++) {
        size_t stage = push->targets[index], target = projecting->flow->stages[stage].population;
        const struct stage_inbox *inbox = &push->inboxes[stage];
        for (size_t at = 0; at < inbox->delay_count; at++) {
            size_t delay = inbox->delays[at];
            struct parcel *parcel = inbox->parcels[delay];
            if (delay > 0 && add_row(projecting, parcel, stage, 1, 0, true) != 0)
                return -1;
            constant |= parcel->builder != NULL;
            for (size_t each = 0; delay == 0 && each < parcel->count; each++) {
                uint32_t neuron = parcel->neurons[each];
                network->populations[target].bias[neuron] = parcel->value[each] * projecting->gains[target][neuron];
            }
        }
        push_clear(push, stage);
    }
    if (!constant)
        return 0;
    if (lower_add_constant(network, projecting->graph, first_bias(projecting->flow), projecting->diagnostics) != 0)
        return -1;
    return finish_rows(projecting, network->population_count - 1);
}

/* Projections are in order of their sources, so a population's level is known when its own are seen. */
static void find_levels(struct network *network)
{
    for (size_t index = 0; index < network->projection_count; index++) {
        const struct projection *projection = &network->projections[index];
        struct population *target = &network->populations[projection->target];
        size_t above = network->populations[projection->source].level + 1;
        if (projection->delay == 0 && target->level < above)
            target->level = above;
    }
}

/* Marks the projections of sources that share a linear stage with another. */
static int mark_joint(struct projecting *projecting, const size_t *stage_of, size_t populations, struct arena *scratch)
{
    struct push *push = &projecting->push;
    struct network *network = projecting->network;
    size_t *sources = arena_allocate(scratch, projecting->flow->count, sizeof *sources);
    bool *joint = arena_allocate(scratch, populations, sizeof *joint);

    if (!sources || !joint)
        return out_of_memory(projecting);
    for (size_t index = 0; index < populations; index++) {
        push_reach(push, stage_of[index]);
        for (size_t linear = 0; linear < push->linear_count; linear++)
            sources[push->linear[linear]] += projecting->flow->stages[push->linear[linear]].kind == STAGE_MAP;
    }
    for (size_t index = 0; index < populations; index++) {
        push_reach(push, stage_of[index]);
        for (size_t linear = 0; linear < push->linear_count; linear++)
            joint[index] |= sources[push->linear[linear]] > 1;
    }
    for (size_t index = 0; index < network->projection_count; index++)
        network->projections[index].joint =
            network->projections[index].source < populations && joint[network->projections[index].source];
    return 0;
}

static int project(struct projecting *projecting, struct arena *scratch)
{
    const struct network *network = projecting->network;
    const struct flow *flow = projecting->flow;
    size_t populations = network->population_count, largest = 0;
    size_t *stage_of = arena_allocate(scratch, populations, sizeof *stage_of);

    for (size_t index = 0; index < populations; index++)
        if (largest < network->populations[index].size)
            largest = network->populations[index].size;
    projecting->targets = arena_allocate(scratch, largest, sizeof *projecting->targets);
    projecting->weights = arena_allocate(scratch, largest, sizeof *projecting->weights);
    if (!stage_of || !projecting->targets || !projecting->weights)
        return out_of_memory(projecting);
    for (size_t index = 0; index < flow->count; index++)
        if (flow->stages[index].kind == STAGE_POPULATION)
            stage_of[flow->stages[index].population] = index;
    for (size_t index = 0; index < populations; index++)
        if (project_from(projecting, stage_of[index]) != 0)
            return -1;
    if (mark_joint(projecting, stage_of, populations, scratch) != 0)
        return -1;
    return project_biases(projecting);
}

/* ---- widths of weights ---- */

/* Of the projections that go through a linear stage. */
static void set_width_through(struct projecting *projecting, size_t stage, unsigned bits)
{
    const struct flow *flow = projecting->flow;
    struct push *push = &projecting->push;

    for (size_t index = 0; index < projecting->network->projection_count; index++) {
        struct projection *projection = &projecting->network->projections[index];
        bool leaves = false, arrives = false;

        for (size_t source = 0; source < flow->count; source++) {
            if (flow->stages[source].kind != STAGE_POPULATION || flow->stages[source].population != projection->source)
                continue;
            push_reach(push, source);
            leaves |= push->seen[stage];
        }
        push_reach(push, stage);
        for (size_t target = 0; target < push->target_count; target++)
            arrives |= flow->stages[push->targets[target]].population == projection->target;
        if (leaves && arrives)
            projection->weight_bits = bits;
    }
}

static int set_width(struct projecting *projecting, const struct weight_width *width)
{
    const struct flow *flow = projecting->flow;
    struct network *network = projecting->network;
    bool found = false;

    for (size_t index = 0; index < network->projection_count; index++) {
        struct projection *projection = &network->projections[index];
        if (strcmp(network->populations[projection->target].name, width->node) == 0) {
            projection->weight_bits = width->bits;
            found = true;
        }
    }
    for (size_t stage = 0; stage < flow->count; stage++) {
        if (flow->stages[stage].kind != STAGE_MAP ||
            strcmp(projecting->graph->nodes[flow->stages[stage].node].name, width->node) != 0)
            continue;
        set_width_through(projecting, stage, width->bits);
        found = true;
    }
    return found ? 0
                 : diagnostics_error(projecting->diagnostics, "",
                                     "--weight-bits %s=%u: there is no such node with weights, and no population that "
                                     "gets any; nirloom inspect lists the nodes",
                                     width->node, width->bits);
}

int lower_project(struct network *network, const struct flow *flow, const struct graph *graph, double *const *gains,
                  struct diagnostics *diagnostics)
{
    struct projecting projecting = {
        .network = network, .flow = flow, .graph = graph, .gains = gains, .diagnostics = diagnostics};
    struct arena scratch = {0};

    if (push_open(&projecting.push, flow, graph, diagnostics) != 0)
        return -1;
    int status = project(&projecting, &scratch);
    for (size_t index = 0; status == 0 && index < network->options.width_count; index++)
        status = set_width(&projecting, &network->options.widths[index]);
    push_close(&projecting.push);
    arena_free(&scratch);
    if (status == 0)
        find_levels(network);
    return status;
}
