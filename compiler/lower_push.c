/* Sparse vectors through linear maps. A stage's inbox sums, for each delay, what comes over all its edges; then the
 * stage is done once for each delay, in the order of evaluation. Maps scatter: the work for an element is that of its
 * own column, or of its taps of a kernel. */
#include "lower_push.h"

#include <stdlib.h>
#include <string.h>

static int out_of_memory(const struct push *push)
{
    return diagnostics_error(push->diagnostics, "",
                             "the products of the linear nodes do not fit into memory; use a smaller network");
}

/* ---- memory ---- */

static void free_parcel(struct parcel *parcel)
{
    if (!parcel)
        return;
    linear_map_abandon(parcel->builder);
    free(parcel->neurons);
    free(parcel->value);
    free(parcel->place);
    free(parcel);
}

static struct parcel *make_parcel(size_t inputs)
{
    struct parcel *parcel = calloc(1, sizeof *parcel);

    if (!parcel)
        return NULL;
    parcel->neurons = calloc(inputs, sizeof *parcel->neurons);
    parcel->value = calloc(inputs, sizeof *parcel->value);
    parcel->place = calloc(inputs, sizeof *parcel->place);
    if (parcel->neurons && parcel->value && parcel->place)
        return parcel;
    free_parcel(parcel);
    return NULL;
}

int push_open(struct push *push, const struct flow *flow, const struct graph *graph, struct diagnostics *diagnostics)
{
    size_t largest = 1;

    *push = (struct push){.flow = flow, .graph = graph, .diagnostics = diagnostics};
    for (size_t stage = 0; stage < flow->count; stage++)
        if (flow->stages[stage].kind == STAGE_MAP && largest < flow->stages[stage].map.block_outputs)
            largest = flow->stages[stage].map.block_outputs;
    push->taps = calloc(largest, sizeof *push->taps);
    push->inboxes = calloc(flow->count + 1, sizeof *push->inboxes);
    push->seen = calloc(flow->count + 1, sizeof *push->seen);
    push->linear = calloc(flow->count + 1, sizeof *push->linear);
    push->targets = calloc(flow->count + 1, sizeof *push->targets);
    if (push->inboxes && push->seen && push->linear && push->targets && push->taps)
        return 0;
    push_close(push);
    return out_of_memory(push);
}

void push_close(struct push *push)
{
    for (size_t stage = 0; push->inboxes && stage < push->flow->count; stage++) {
        struct stage_inbox *inbox = &push->inboxes[stage];
        for (size_t delay = 0; delay < inbox->capacity; delay++)
            free_parcel(inbox->parcels[delay]);
        free(inbox->parcels);
        free(inbox->delays);
    }
    free(push->inboxes);
    free(push->seen);
    free(push->linear);
    free(push->targets);
    free(push->taps);
    push->inboxes = NULL;
    push->seen = NULL;
    push->linear = push->targets = NULL;
    push->taps = NULL;
}

static int too_long(const struct push *push, size_t stage)
{
    char place[256] = "/";

    strncat(place, push->graph->nodes[push->flow->stages[stage].node].name, sizeof place - 2);
    return diagnostics_error(push->diagnostics, place,
                             "the delays on a way through it add up to more than %d steps of dt, which is what the "
                             "array keeps; give shorter delays or a larger dt",
                             LOWER_DELAY_MAX);
}

static int grow_inbox(struct stage_inbox *inbox, size_t delay)
{
    size_t larger = delay + 1 + inbox->capacity / 2;
    struct parcel **parcels = realloc(inbox->parcels, larger * sizeof *parcels);

    if (!parcels)
        return -1;
    memset(parcels + inbox->capacity, 0, (larger - inbox->capacity) * sizeof(struct parcel *));
    inbox->parcels = parcels;
    inbox->capacity = larger;
    return 0;
}

/* The parcel of a stage for a delay, made where it is missing; NULL with an error. */
static struct parcel *open_parcel(struct push *push, size_t stage, size_t delay)
{
    struct stage_inbox *inbox = &push->inboxes[stage];

    if (delay > LOWER_DELAY_MAX) {
        too_long(push, stage);
        return NULL;
    }
    if ((delay < inbox->capacity || grow_inbox(inbox, delay) == 0) && !inbox->parcels[delay])
        inbox->parcels[delay] = make_parcel(push->flow->stages[stage].inputs);
    if (delay >= inbox->capacity || !inbox->parcels[delay]) {
        out_of_memory(push);
        return NULL;
    }
    if (inbox->parcels[delay]->open)
        return inbox->parcels[delay];
    if (inbox->delay_count == inbox->delay_capacity) {
        size_t larger = inbox->delay_capacity ? 2 * inbox->delay_capacity : 4;
        size_t *delays = realloc(inbox->delays, larger * sizeof *delays);
        if (!delays) {
            out_of_memory(push);
            return NULL;
        }
        inbox->delays = delays;
        inbox->delay_capacity = larger;
    }
    inbox->delays[inbox->delay_count++] = delay;
    inbox->parcels[delay]->open = true;
    return inbox->parcels[delay];
}

static void empty_parcel(struct parcel *parcel)
{
    for (size_t index = 0; index < parcel->count; index++)
        parcel->place[parcel->neurons[index]] = 0;
    parcel->count = 0;
    parcel->open = false;
}

void push_clear(struct push *push, size_t stage)
{
    struct stage_inbox *inbox = &push->inboxes[stage];

    for (size_t index = 0; index < inbox->delay_count; index++)
        empty_parcel(inbox->parcels[inbox->delays[index]]);
    inbox->delay_count = 0;
}

static int compare_neurons(const void *left, const void *right)
{
    uint32_t first, second;

    memcpy(&first, left, sizeof first);
    memcpy(&second, right, sizeof second);
    return (first > second) - (first < second);
}

void parcel_sort(struct parcel *parcel)
{
    for (size_t index = 1; index < parcel->count; index++)
        if (parcel->neurons[index] < parcel->neurons[index - 1]) {
            qsort(parcel->neurons, parcel->count, sizeof *parcel->neurons, compare_neurons);
            return;
        }
}

/* ---- one map ---- */

static inline void add(struct parcel *parcel, size_t neuron, double value)
{
    uint32_t place = parcel->place[neuron];

    if (place) {
        parcel->value[place - 1] += value;
        return;
    }
    parcel->neurons[parcel->count] = (uint32_t)neuron;
    parcel->value[parcel->count] = value;
    parcel->place[neuron] = (uint32_t)++parcel->count;
}

static void scatter_dense(const struct float_map *map, size_t input, double value, struct parcel *to)
{
    size_t rows = map->block_outputs, block = input / map->block_inputs, column = input % map->block_inputs;
    const double *weights = map->weight + ((map->blocks_share ? 0 : block * map->block_inputs) + column) * rows;

    for (size_t row = 0; row < rows; row++)
        add(to, block * rows + row, weights[row] * value);
}

/* The places [first, last) of the output along an axis whose kernel may reach an input at place. */
static void axis_range(const struct float_axis *axis, size_t place, size_t *first, size_t *last)
{
    size_t end = place + axis->padding, reach = (axis->kernel - 1) * axis->dilation;

    *first = end > reach ? (end - reach + axis->stride - 1) / axis->stride : 0;
    *last = end / axis->stride + 1;
    if (*last > axis->output)
        *last = axis->output;
}

/* True, with the tap of the kernel that lies on the input, for an output in the range. */
static bool axis_tap(const struct float_axis *axis, size_t place, size_t output, size_t *tap)
{
    size_t distance = place + axis->padding - output * axis->stride;

    *tap = distance / axis->dilation;
    return distance % axis->dilation == 0;
}

/* Fills taps with where an input of a plane goes, in rising order of positions; how many there are. */
static size_t find_taps(const struct float_map *map, size_t input, struct push_tap *taps)
{
    const struct float_axis *height = &map->height, *width = &map->width;
    size_t row = input / width->input, column = input % width->input, count = 0, top, bottom, left, right;

    axis_range(height, row, &top, &bottom);
    axis_range(width, column, &left, &right);
    for (size_t vertical = top; vertical < bottom; vertical++) {
        size_t down, across;
        if (!axis_tap(height, row, vertical, &down))
            continue;
        for (size_t horizontal = left; horizontal < right; horizontal++)
            if (axis_tap(width, column, horizontal, &across))
                taps[count++] = (struct push_tap){.tap = down * width->kernel + across,
                                                  .position = vertical * width->output + horizontal};
    }
    return count;
}

static void scatter_pool(const struct float_map *map, size_t input, double value, struct push_tap *taps,
                         struct parcel *to)
{
    size_t channel = input / map->block_inputs, count = find_taps(map, input % map->block_inputs, taps);

    for (size_t index = 0; index < count; index++)
        add(to, channel * map->block_outputs + taps[index].position, value / map->divisor);
}

/* Neurons come in rising order, which spares parcel_sort() its work behind a single convolution. */
static void scatter_convolution(const struct float_map *map, size_t input, double value, struct push_tap *taps,
                                struct parcel *to)
{
    size_t channel = input / map->block_inputs, count = find_taps(map, input % map->block_inputs, taps);
    size_t first = channel / map->group_channels * map->group_outputs;
    const double *weights = map->weight + channel * map->height.kernel * map->width.kernel * map->group_outputs;

    for (size_t output = 0; output < map->group_outputs; output++)
        for (size_t index = 0; index < count; index++)
            add(to, (first + output) * map->block_outputs + taps[index].position,
                weights[taps[index].tap * map->group_outputs + output] * value);
}

static void scatter(const struct push *push, const struct float_map *map, size_t input, double value,
                    struct parcel *to)
{
    switch (map->kind) {
    case FLOAT_MAP_DENSE:
        scatter_dense(map, input, value, to);
        break;
    case FLOAT_MAP_SCALE:
        add(to, input, map->weight[input] * value);
        break;
    case FLOAT_MAP_CONVOLUTION:
        scatter_convolution(map, input, value, push->taps, to);
        break;
    case FLOAT_MAP_POOL:
        scatter_pool(map, input, value, push->taps, to);
        break;
    }
}

/* ---- stages ---- */

/* A vector: values of the neurons listed, or of all where neurons is NULL. */
struct vector {
    size_t count;
    const uint32_t *neurons;
    const double *values;
    size_t delay;
};

/* Adds what a stage puts out to what its successors get. */
static int send(struct push *push, const struct stage *stage, const struct vector *output)
{
    for (size_t index = 0; index < stage->edge_count; index++) {
        const struct flow_edge *edge = &push->flow->edges[stage->first_edge + index];
        struct parcel *to = open_parcel(push, edge->target, output->delay + edge->delay);
        if (!to)
            return -1;
        for (size_t at = 0; at < output->count; at++)
            add(to, output->neurons ? output->neurons[at] : at, output->values[at]);
    }
    return 0;
}

/* The same from what a linear stage gets. Its edges have no delay of their own, which only those from populations
 * do. */
static int send_through(struct push *push, const struct stage *stage, const struct vector *input)
{
    if (stage->kind == STAGE_PASS)
        return send(push, stage, input);
    for (size_t index = 0; index < stage->edge_count; index++) {
        size_t target = push->flow->edges[stage->first_edge + index].target;
        struct parcel *to = stage->kind == STAGE_MAP ? open_parcel(push, target, input->delay) : NULL;
        if (stage->kind == STAGE_MAP && !to)
            return -1;
        for (size_t at = 0; at < input->count; at++) {
            size_t neuron = input->neurons[at];
            if (stage->kind == STAGE_MAP) {
                scatter(push, &stage->map, neuron, input->values[at], to);
                continue;
            }
            to = open_parcel(push, target, input->delay + stage->delay[neuron]);
            if (!to)
                return -1;
            add(to, neuron, input->values[at]);
        }
    }
    return 0;
}

/* Sends the inbox of a linear stage through it, and empties it. */
static int flush(struct push *push, size_t index)
{
    struct stage_inbox *inbox = &push->inboxes[index];

    for (size_t at = 0; at < inbox->delay_count; at++) {
        const struct parcel *parcel = inbox->parcels[inbox->delays[at]];
        struct vector input = {parcel->count, parcel->neurons, parcel->value, inbox->delays[at]};
        if (send_through(push, &push->flow->stages[index], &input) != 0)
            return -1;
    }
    push_clear(push, index);
    return 0;
}

static int flush_all(struct push *push)
{
    for (size_t index = 0; index < push->linear_count; index++)
        if (flush(push, push->linear[index]) != 0)
            return -1;
    return 0;
}

void push_reach(struct push *push, size_t stage)
{
    const struct flow *flow = push->flow;

    memset(push->seen, stage == LOWER_NONE, flow->count * sizeof *push->seen);
    for (size_t edge = 0; stage != LOWER_NONE && edge < flow->stages[stage].edge_count; edge++)
        push->seen[flow->edges[flow->stages[stage].first_edge + edge].target] = true;
    push->linear_count = push->target_count = 0;
    for (size_t index = 0; index < flow->count; index++) {
        const struct stage *each = &flow->stages[index];
        if (!push->seen[index])
            continue;
        if (each->kind == STAGE_POPULATION) {
            push->targets[push->target_count++] = index;
            continue;
        }
        push->linear[push->linear_count++] = index;
        for (size_t edge = 0; edge < each->edge_count; edge++)
            push->seen[flow->edges[each->first_edge + edge].target] = true;
    }
}

int push_unit(struct push *push, size_t stage, size_t neuron)
{
    uint32_t neurons[] = {(uint32_t)neuron};
    double values[] = {1};
    struct vector output = {1, neurons, values, 0};

    return send(push, &push->flow->stages[stage], &output) != 0 ? -1 : flush_all(push);
}

int push_on(struct push *push, size_t stage)
{
    return flush(push, stage) != 0 ? -1 : flush_all(push);
}

int push_biases(struct push *push)
{
    for (size_t index = 0; index < push->linear_count; index++) {
        const struct stage *stage = &push->flow->stages[push->linear[index]];
        struct vector bias = {stage->outputs, NULL, stage->map.bias, stage->bias_waits};
        if (stage->kind == STAGE_MAP && stage->map.bias && send(push, stage, &bias) != 0)
            return -1;
        if (flush(push, push->linear[index]) != 0)
            return -1;
    }
    return 0;
}
