/* Random graphs: nodes, their names and parameters (random_graph_parts.h). */
#include "random_graph_parts.h"

#include "support.h"

#include <math.h>
#include <string.h>

bool random_chance(struct generator *generator, size_t one_in)
{
    return random_below(&generator->state, one_in) == 0;
}

double random_between(struct generator *generator, double low, double high)
{
    return low + (high - low) * random_unit(&generator->state);
}

double random_number(struct generator *generator, double low, double high)
{
    double value = random_between(generator, low, high);
    double grid = fmin(0.125, exp2(floor(log2(fmax(fabs(low), fabs(high))))) / 4);

    if (low == high)
        return low;
    if (generator->ties)
        value = fmin(fmax(round(value / grid) * grid, ceil(low / grid) * grid), floor(high / grid) * grid);
    return generator->single ? (double)(float)value : value;
}

void random_body_begin(struct generator *generator, struct body *body, struct graph *graph, size_t depth)
{
    *body = (struct body){.graph = graph, .depth = depth};
    *graph = (struct graph){.arena = generator->arena, .version = arena_copy(generator->arena, "1.0.7")};
    graph->nodes = arena_allocate(generator->arena, RANDOM_NODES_MAX, sizeof *graph->nodes);
    graph->edges = arena_allocate(generator->arena, RANDOM_EDGES_MAX, sizeof *graph->edges);
    generator->failed |= !graph->version || !graph->nodes || !graph->edges;
}

/* Names as exporters give them; the index keeps them apart. */
static char *make_name(struct generator *generator, enum node_type type, size_t index)
{
    switch (random_below(&generator->state, 5)) {
    case 0:
        return arena_print(generator->arena, "%zu", index);
    case 1:
        return arena_print(generator->arena, "_%zu", index);
    case 2:
        return arena_print(generator->arena, "block.%zu.%s", index, node_type_name(type));
    default:
        return arena_print(generator->arena, "%s_%zu", node_type_name(type), index);
    }
}

size_t random_node(struct generator *generator, struct body *body, enum node_type type)
{
    struct graph *graph = body->graph;
    size_t count;
    const struct parameter_rule *rules = node_type_rules(type, &count);

    if (generator->failed || graph->node_count == RANDOM_NODES_MAX) {
        generator->failed = true;
        return 0;
    }
    struct node *node = &graph->nodes[graph->node_count];
    *node = (struct node){.type = type, .parameter_count = count};
    node->name = make_name(generator, type, graph->node_count);
    for (size_t index = 0; index < count; index++)
        node->parameter[index].name = rules[index].name;
    generator->failed |= !node->name;
    return graph->node_count++;
}

void random_edge(struct generator *generator, struct body *body, size_t source, size_t target)
{
    struct graph *graph = body->graph;

    if (generator->failed || graph->edge_count == RANDOM_EDGES_MAX)
        generator->failed = true;
    else
        graph->edges[graph->edge_count++] = (struct edge){source, target};
}

double *random_tensor(struct generator *generator, struct node *node, const char *name, struct shape shape)
{
    struct parameter *parameter = node->parameter;

    while (strcmp(parameter->name, name) != 0)
        parameter++;
    parameter->present = true;
    parameter->tensor = (struct tensor){.rank = shape.rank, .count = shape_count(&shape)};
    memcpy(parameter->tensor.size, shape.size, shape.rank * sizeof shape.size[0]);
    parameter->tensor.data = arena_allocate(generator->arena, parameter->tensor.count, sizeof(double));
    generator->failed |= !parameter->tensor.data;
    return parameter->tensor.data;
}

/* One number stands for several equal ones in some nodes. */
void random_list(struct generator *generator, struct node *node, const char *name, size_t count, const size_t *numbers)
{
    bool equal = true, ports = strcmp(name, "shape") == 0 || strcmp(name, "input_type") == 0;

    for (size_t index = 1; index < count; index++)
        equal &= numbers[index] == numbers[0];
    bool scalar = equal && !ports && random_chance(generator, 2);
    double *data = random_tensor(generator, node, name, (struct shape){.rank = !scalar, .size = {count}});
    for (size_t index = 0; data && index < (scalar ? 1 : count); index++)
        data[index] = (double)numbers[index];
}

void random_word(struct generator *generator, struct node *node, const char *name, const char *word)
{
    struct parameter *parameter = node->parameter;

    while (strcmp(parameter->name, name) != 0)
        parameter++;
    parameter->present = true;
    parameter->text = arena_copy(generator->arena, word);
    generator->failed |= !parameter->text;
}

void random_weights(struct generator *generator, double *weights, size_t count, size_t summands, struct signal signal,
                    bool small)
{
    double size = 2.5 / signal.unit / sqrt(fmax(1, (double)summands * signal.density));
    bool sparse = random_chance(generator, 4);

    if (small)
        size = 0.1 / (double)summands;
    for (size_t index = 0; weights && index < count; index++) {
        double weight = random_number(generator, -size, 1.2 * size);
        weights[index] = sparse && !random_chance(generator, 3) ? 0 : weight;
    }
}

/* ---- parameters of neurons ---- */

enum form { FORM_SCALAR, FORM_CHANNEL, FORM_LATER_AXES, FORM_NEURON, FORMS };

/* The shape that a parameter of neurons of that shape has in the file: axes of size 1 are stretched. */
static struct shape form_shape(const struct shape *shape, enum form form)
{
    struct shape made = *shape;

    if (form == FORM_SCALAR)
        return (struct shape){.rank = shape->rank == 1, .size = {1}};
    for (size_t axis = 0; shape->rank > 1 && axis < shape->rank; axis++)
        if ((form == FORM_CHANNEL && axis > 0) || (form == FORM_LATER_AXES && axis == 0))
            made.size[axis] = 1;
    return made;
}

static double draw_tau(struct generator *generator)
{
    double steps = exp2(random_between(generator, 0, log2(30)));

    if (random_chance(generator, 8))
        steps = 1;
    return (generator->ties ? exp2(round(log2(steps) * 0.8)) : steps) * generator->step;
}

/* How the numbers of a parameter are drawn. */
struct draw {
    const char *name;
    double low;
    double high;
    enum { DRAW_NUMBER, DRAW_TAU, DRAW_STEPS, DRAW_RESISTANCE } kind;
};

static double draw_one(struct generator *generator, const struct draw *draw)
{
    switch (draw->kind) {
    case DRAW_TAU:
        return draw_tau(generator);
    case DRAW_STEPS:
        return generator->step * floor(random_between(generator, draw->low, draw->high + 1));
    case DRAW_RESISTANCE: /* of an integrator: times dt it is what a step adds */
        return random_number(generator, draw->low, draw->high) / generator->step;
    default:
        return random_number(generator, draw->low, draw->high);
    }
}

static void draw_parameter(struct generator *generator, struct node *node, const struct shape *shape,
                           enum form common, const struct draw *draw)
{
    enum form form = random_chance(generator, 4) ? (enum form)random_below(&generator->state, FORMS) : common;
    struct shape own = form_shape(shape, form);
    double *data = random_tensor(generator, node, draw->name, own);

    for (size_t index = 0; data && index < shape_count(&own); index++)
        data[index] = draw_one(generator, draw);
}

static void draw_neurons(struct generator *generator, struct node *node, struct signal *signal)
{
    double unit = signal->unit;
    bool integrator = node->type == NODE_I || node->type == NODE_IF;
    bool cuba = node->type == NODE_CUBA_LI || node->type == NODE_CUBA_LIF;
    enum form common = (enum form)random_below(&generator->state, FORMS);
    struct draw draws[] = {
        {"tau", 0, 0, DRAW_TAU},
        {"tau_syn", 0, 0, DRAW_TAU},
        {"tau_mem", 0, 0, DRAW_TAU},
        {"r", integrator ? 0.125 : 0.75, integrator ? 0.75 : 2.5, integrator ? DRAW_RESISTANCE : DRAW_NUMBER},
        {"v_leak", -0.25 * unit, 0.25 * unit, DRAW_NUMBER},
        {"v_threshold", 0.25 * unit, 1.25 * unit, DRAW_NUMBER},
        {"v_reset", -0.5 * unit, 0.125 * unit, DRAW_NUMBER},
        {"w_in", 0.75, 2, DRAW_NUMBER},
        {"threshold", 0.25 * unit, unit, DRAW_NUMBER},
        {"scale", -0.5, 2, DRAW_NUMBER},
        {"delay", 0, random_chance(generator, 4) ? 12 : 4, DRAW_STEPS},
    };

    for (size_t index = 0; index < sizeof draws / sizeof *draws; index++) {
        bool optional = strcmp(draws[index].name, "v_reset") == 0 || strcmp(draws[index].name, "w_in") == 0;
        if (strcmp(draws[index].name, "v_leak") == 0 && random_chance(generator, 2))
            draws[index].low = draws[index].high = 0;
        if (node_parameter(node, draws[index].name) && !(optional && random_chance(generator, 3)))
            draw_parameter(generator, node, &signal->shape, common, &draws[index]);
    }
    if (node->type == NODE_I)
        signal->unit *= 4;
    else if (node->type == NODE_LI || cuba)
        signal->unit *= 1.5;
}

struct signal random_elementwise(struct generator *generator, struct body *body, enum node_type type,
                                 struct signal signal)
{
    size_t index = random_node(generator, body, type);
    struct signal made = signal;

    if (generator->failed)
        return signal;
    random_edge(generator, body, signal.node, index);
    draw_neurons(generator, &body->graph->nodes[index], &made);
    made.node = index;
    made.port = made.steady = false;
    if (node_fires(type)) {
        made.steady = type != NODE_THRESHOLD;
        made.unit = 1;
        made.density = 0.25;
    } else if (type == NODE_DELAY) {
        made.steady = signal.steady;
    } else {
        made.density = type == NODE_SCALE ? signal.density : 1;
    }
    return made;
}
