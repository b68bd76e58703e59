/* Random graphs: populations and nested graphs, fan-in and feedback between them (random_graph_parts.h). */
#include "random_graph_parts.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

/* An Input or a unit, rather the last ones. */
static struct signal pick_source(struct generator *generator, struct body *body)
{
    size_t count = body->input_count + body->unit_count;
    size_t index = random_chance(generator, 2) ? count - 1 : random_below(&generator->state, count);

    if (index < body->input_count)
        return body->inputs[index];
    body->units[index - body->input_count].read = true;
    return body->units[index - body->input_count].output;
}

static struct unit *add_unit(struct generator *generator, struct body *body, struct signal input, struct signal output)
{
    struct unit *unit = &body->units[body->unit_count];

    if (body->unit_count + 1 < RANDOM_UNITS_MAX)
        body->unit_count++;
    else
        generator->failed = true;
    *unit = (struct unit){.node = output.node, .input = input.shape, .input_unit = input.unit, .output = output};
    return unit;
}

static void add_population(struct generator *generator, struct body *body, struct signal signal)
{
    static const enum node_type types[] = {NODE_LIF, NODE_LIF, NODE_LIF, NODE_IF, NODE_IF, NODE_IF, NODE_CUBA_LIF,
                                           NODE_CUBA_LIF, NODE_LI, NODE_LI, NODE_CUBA_LI, NODE_I, NODE_THRESHOLD};
    size_t count = sizeof types / sizeof *types;
    enum node_type type = types[random_below(&generator->state, body->unit_count ? count : count - 4)];
    struct unit *unit = add_unit(generator, body, signal, random_elementwise(generator, body, type, signal));

    unit->damped = type == NODE_LI || type == NODE_CUBA_LI;
}

static void add_port(struct generator *generator, struct body *body, enum node_type type, const struct shape *shape,
                     size_t *index)
{
    *index = random_node(generator, body, type);
    if (!generator->failed && !random_chance(generator, 4))
        random_list(generator, &body->graph->nodes[*index], "shape", shape->rank, shape->size);
}

/* A nested graph of one or two units behind signal; a second node of the same contents in some. */
static void add_nested(struct generator *generator, struct body *body, struct signal signal)
{
    size_t index = random_node(generator, body, NODE_GRAPH), output;
    size_t before = generator->populations;
    struct graph *graph = arena_allocate(generator->arena, 1, sizeof *graph);
    struct body inner;

    generator->failed |= !graph;
    if (generator->failed)
        return;
    random_edge(generator, body, signal.node, index);
    random_body_begin(generator, &inner, graph, body->depth + 1);
    inner.inputs[inner.input_count++] = signal;
    inner.inputs[0].port = true;
    inner.inputs[0].steady = false;
    add_port(generator, &inner, NODE_INPUT, &signal.shape, &inner.inputs[0].node);
    random_units(generator, &inner, 1 + random_below(&generator->state, 2));
    struct signal made = inner.units[inner.unit_count ? inner.unit_count - 1 : 0].output;
    add_port(generator, &inner, NODE_OUTPUT, &made.shape, &output);
    random_edge(generator, &inner, made.node, output);
    made.port = shape_equal(&made.shape, &signal.shape) && random_chance(generator, 4);
    if (made.port) { /* passed on as it is, perhaps from an Input, beside what the units give */
        random_edge(generator, &inner, inner.inputs[0].node, output);
        made.steady = false;
    }
    random_body_end(generator, &inner);
    if (generator->failed)
        return;
    body->graph->nodes[index].graph = graph;
    made.node = index;
    add_unit(generator, body, signal, made);
    size_t used = 1 + before - generator->populations;
    if (used <= generator->populations && !random_chance(generator, 3)) { /* beside its likeness or after it */
        bool after = shape_equal(&made.shape, &signal.shape) && random_chance(generator, 2);
        size_t twin = random_node(generator, body, NODE_GRAPH);
        if (generator->failed)
            return;
        body->graph->nodes[twin].graph = graph;
        random_edge(generator, body, after ? index : signal.node, twin);
        body->units[body->unit_count - 1].read |= after;
        made.node = twin;
        generator->populations -= used;
        add_unit(generator, body, signal, made);
    }
}

/* Joins another signal of the body, or an Input, to what unit takes. */
static void add_fan_in(struct generator *generator, struct body *body, size_t unit, struct signal signal)
{
    struct shape shape = body->units[unit].input;

    signal.unit /= body->units[unit].input_unit; /* weights make up for it */
    if (random_adapt(generator, body, &signal, &shape, false))
        random_edge(generator, body, signal.node, body->units[unit].node);
}

/* From the output of unit from to what unit to takes, which is made no later: at once, through maps, through
 * an LI, or through a nested graph. */
static void add_feedback(struct generator *generator, struct body *body, size_t from, size_t to)
{
    struct signal signal = body->units[from].output;
    struct shape shape = body->units[to].input;
    size_t target = body->units[to].node, kind = random_below(&generator->state, 6);
    bool small = !signal.steady;

    if (small && (from != to || !body->units[from].damped))
        return;
    if (kind == 0 && !small && shape_equal(&signal.shape, &shape)) {
        random_edge(generator, body, signal.node, target);
        return;
    }
    if (kind == 1 && !small && body->depth + 1 < RANDOM_DEPTH_MAX && generator->populations > 0) {
        size_t count = body->unit_count;
        add_nested(generator, body, signal);
        if (generator->failed || body->unit_count == count)
            return;
        body->units[count].read = true;
        signal = body->units[count].output;
    }
    if (kind == 2 && !small && generator->populations > 0) {
        if (!random_adapt(generator, body, &signal, &shape, false))
            return;
        generator->populations--;
        signal = random_elementwise(generator, body, random_chance(generator, 2) ? NODE_LI : NODE_CUBA_LI, signal);
    }
    signal.unit /= body->units[to].input_unit;
    if (!random_adapt(generator, body, &signal, &shape, small))
        return;
    random_edge(generator, body, signal.node, target);
}

static void random_unit_behind(struct generator *generator, struct body *body, struct signal signal)
{
    bool nested = body->depth < RANDOM_DEPTH_MAX && random_chance(generator, 4);
    size_t maps = random_below(&generator->state, 4), first = body->unit_count;

    for (size_t map = 0; map < maps; map++) {
        size_t before = signal.node;
        struct shape shape = signal.shape;
        signal = random_map(generator, body, signal);
        if (map > 0 || before == signal.node || !random_chance(generator, 6))
            continue;
        struct signal other = pick_source(generator, body); /* a sum into the map itself */
        if (shape_equal(&other.shape, &shape) && other.node != before && !other.port)
            random_edge(generator, body, other.node, signal.node);
    }
    if (shape_count(&signal.shape) > generator->limit)
        signal = random_linear(generator, body, random_flatten(generator, body, signal, true), 20, false);
    if (nested)
        add_nested(generator, body, signal);
    else
        add_population(generator, body, signal);
    if (generator->failed || body->unit_count == first)
        return;
    for (size_t unit = first, last = body->unit_count; unit < last && !generator->failed; unit++) {
        if (unit > 0 && random_chance(generator, 3))
            add_fan_in(generator, body, unit, body->units[random_below(&generator->state, unit)].output);
        if (random_chance(generator, 5))
            add_fan_in(generator, body, unit, body->inputs[random_below(&generator->state, body->input_count)]);
        if (random_chance(generator, 3))
            add_feedback(generator, body, unit, unit);
        if (unit > 0 && random_chance(generator, 3))
            add_feedback(generator, body, unit, random_below(&generator->state, unit));
    }
}

void random_units(struct generator *generator, struct body *body, size_t count)
{
    for (size_t unit = 0; unit < count && !generator->failed; unit++) {
        if (generator->populations)
            generator->populations--;
        else if (body->unit_count)
            break;
        random_unit_behind(generator, body, pick_source(generator, body));
    }
    while (!generator->failed && random_chance(generator, 6)) {
        struct edge again = body->graph->edges[random_below(&generator->state, body->graph->edge_count)];
        random_edge(generator, body, again.source, again.target);
    }
}

/* ---- order ---- */

struct place {
    struct node node;
    size_t index;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct place *)left)->node.name, ((const struct place *)right)->node.name);
}

void random_body_end(struct generator *generator, struct body *body)
{
    struct graph *graph = body->graph;
    struct place *places = arena_allocate(generator->arena, graph->node_count, sizeof *places);
    size_t *now = arena_allocate(generator->arena, graph->node_count, sizeof *now);

    if (generator->failed || !places || !now) {
        generator->failed = true;
        return;
    }
    for (size_t index = 0; index < graph->node_count; index++)
        places[index] = (struct place){graph->nodes[index], index};
    qsort(places, graph->node_count, sizeof *places, compare_names);
    for (size_t index = 0; index < graph->node_count; index++) {
        graph->nodes[index] = places[index].node;
        now[places[index].index] = index;
    }
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        graph->edges[edge] = (struct edge){now[graph->edges[edge].source], now[graph->edges[edge].target]};
}
