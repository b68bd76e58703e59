/* Random graphs: options, Inputs, Outputs and the whole (random_graph.h). */
#include "random_graph_parts.h"

#include "support.h"

#include <math.h>
#include <string.h>

/* Apart for seeds and purposes that lie close together (the finaliser of splitmix64); never 0. */
static uint64_t mix(uint64_t seed, uint64_t purpose)
{
    uint64_t x = seed * 16 + purpose + UINT64_C(0x9E3779B97F4A7C15);

    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    x ^= x >> 31;
    return x ? x : 1;
}

enum purpose { PURPOSE_OPTIONS, PURPOSE_GRAPH, PURPOSE_INPUT };

static bool has_ties(uint64_t seed)
{
    return seed % 4 == 0;
}

/* Some files say their step in metadata, and the options leave it open. */
static bool has_metadata(uint64_t seed)
{
    return seed % 8 == 5;
}

static double draw_dt(uint64_t seed)
{
    return has_ties(seed) ? 0x1p-10 : seed % 3 ? 1e-3 : 1e-4;
}

struct options random_options(uint64_t seed)
{
    static const double units[] = {1, 1, 1, 1e-3, 0};
    static const unsigned widths[] = {4, 8, 8, 16, 8, 4};
    struct options options = options_default();
    uint64_t state = mix(seed, PURPOSE_OPTIONS);
    bool ties = has_ties(seed);

    options.dt = has_metadata(seed) ? 0 : draw_dt(seed);
    options.time_unit = units[random_below(&state, 5)];
    if (ties && options.time_unit > 0)
        options.time_unit = 1;
    options.integrator = random_below(&state, 3) ? INTEGRATOR_EULER : INTEGRATOR_EXP;
    options.reset = (enum reset)random_below(&state, RESET_SUBTRACT + 1);
    options.compare = random_below(&state, 3) ? COMPARE_GREATER : COMPARE_GREATER_EQUAL;
    options.recurrent_bias = random_below(&state, 3) ? RECURRENT_BIAS_NOW : RECURRENT_BIAS_NEXT;
    options.cuba_order = random_below(&state, 3) ? CUBA_NEW : CUBA_OLD;
    options.weight_bits = widths[random_below(&state, 6)];
    return options;
}

struct input_range random_input_range(uint64_t seed, const char *name)
{
    uint64_t state = mix(seed, PURPOSE_INPUT);

    for (; *name; name++)
        state = mix(state, (unsigned char)*name);
    bool graded = random_below(&state, 3) == 0;
    double power = -4 + 10 * random_unit(&state);
    return (struct input_range){graded, graded ? exp2(has_ties(seed) ? round(power) : power) : 0};
}

/* ---- the graph ---- */

static struct shape draw_shape(struct generator *generator)
{
    struct shape shape = {.rank = 1 + random_below(&generator->state, 3)};
    size_t side = generator->limit > 80 ? 10 : 6;

    do {
        shape.size[0] = 1 + random_below(&generator->state, shape.rank == 1 ? generator->limit : 6);
        if (shape.rank == 2)
            shape.size[1] = 1 + random_below(&generator->state, 2 * side);
        for (size_t axis = 1; shape.rank == 3 && axis < 3; axis++)
            shape.size[axis] = 2 + random_below(&generator->state, side - 1);
    } while (shape_count(&shape) > generator->limit);
    return shape;
}

static void add_input(struct generator *generator, struct body *body)
{
    struct shape shape = draw_shape(generator);
    size_t index = random_node(generator, body, NODE_INPUT);

    if (generator->failed)
        return;
    struct node *node = &body->graph->nodes[index];
    struct input_range range = random_input_range(generator->seed, node->name);
    random_list(generator, node, "shape", shape.rank, shape.size);
    body->inputs[body->input_count++] = (struct signal){
        .node = index,
        .shape = shape,
        .unit = range.graded ? range.magnitude / 2 : 1,
        .density = range.graded ? 0.7 : 0.3,
        .port = true,
    };
}

static void add_output(struct generator *generator, struct body *body, struct signal signal)
{
    if (random_chance(generator, 4))
        signal = random_map(generator, body, signal);
    size_t index = random_node(generator, body, NODE_OUTPUT);
    if (generator->failed)
        return;
    random_edge(generator, body, signal.node, index);
    if (!random_chance(generator, 4))
        random_list(generator, &body->graph->nodes[index], "shape", signal.shape.rank, signal.shape.size);
    for (size_t input = 0; input < body->input_count; input++)
        if (shape_equal(&body->inputs[input].shape, &signal.shape) && random_chance(generator, 4))
            random_edge(generator, body, body->inputs[input].node, index);
    for (size_t unit = 0; unit < body->unit_count; unit++)
        if (shape_equal(&body->units[unit].output.shape, &signal.shape) && random_chance(generator, 10))
            random_edge(generator, body, body->units[unit].node, index);
}

static void add_outputs(struct generator *generator, struct body *body)
{
    for (size_t unit = 0; unit < body->unit_count; unit++) {
        bool last = unit + 1 == body->unit_count;
        if (last || random_chance(generator, 5) || (!body->units[unit].read && !random_chance(generator, 5)))
            add_output(generator, body, body->units[unit].output);
    }
    if (random_chance(generator, 10))
        add_output(generator, body, body->inputs[0]);
}

int random_graph(struct graph *graph, uint64_t seed)
{
    struct options options = random_options(seed);
    struct generator generator = {.arena = graph->arena, .state = mix(seed, PURPOSE_GRAPH), .seed = seed};
    struct body body;

    generator.step = options.time_unit > 0 ? draw_dt(seed) / options.time_unit : 1;
    generator.ties = has_ties(seed);
    generator.single = random_chance(&generator, 3);
    generator.limit = random_chance(&generator, 6) ? 600 : 80;
    generator.populations = 1 + random_below(&generator.state, RANDOM_POPULATIONS_MAX);
    random_body_begin(&generator, &body, graph, 0);
    graph->metadata_dt = has_metadata(seed) ? draw_dt(seed) : 0;
    size_t inputs = random_chance(&generator, 2) ? 1 : 1 + random_below(&generator.state, RANDOM_INPUTS_MAX);
    for (size_t input = 0; input < inputs; input++)
        add_input(&generator, &body);
    random_units(&generator, &body, RANDOM_POPULATIONS_MAX);
    add_outputs(&generator, &body);
    random_body_end(&generator, &body);
    return generator.failed ? -1 : 0;
}

int random_case_make(struct random_case *made, struct arena *arena, uint64_t seed, struct diagnostics *diagnostics)
{
    *made = (struct random_case){.graph = {.arena = arena}, .options = random_options(seed)};
    if (random_graph(&made->graph, seed) != 0)
        return diagnostics_error(diagnostics, "", "memory is short");
    if (graph_inline(&made->graph, diagnostics) != 0 || graph_check(&made->graph, diagnostics) != 0 ||
        graph_infer(&made->graph, diagnostics) != 0)
        return -1;
    made->inputs = arena_allocate(arena, RANDOM_INPUTS_MAX, sizeof *made->inputs);
    if (!made->inputs)
        return diagnostics_error(diagnostics, "", "memory is short");
    for (size_t index = 0; index < made->graph.node_count; index++)
        if (made->graph.nodes[index].type == NODE_INPUT)
            made->inputs[made->input_count++] = random_input_range(seed, made->graph.nodes[index].name);
    return 0;
}

/* ---- inputs ---- */
