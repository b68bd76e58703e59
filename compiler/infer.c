/* Infer: shapes of all nodes, from the Inputs onwards in the order of evaluation, then back over every edge to see
 * that they agree. Where a file contradicts itself but one reading is plainly meant, that is taken, with a warning. */
#include "inputs.h"
#include "shapes.h"

#include <stdint.h>
#include <string.h>

enum { NEURONS_MAX = 1 << 26, LOOK_AHEAD = 64 };

struct inference {
    struct graph *graph;
    struct diagnostics *diagnostics;
    size_t *first;    /* (nodes + 1) index into entering */
    size_t *entering; /* (edges) edge ids by target */
};

static const char *place_of(struct graph *graph, const struct node *node)
{
    const char *place = arena_print(graph->arena, "/%s", node->name);

    return place ? place : "";
}

static int collect_edges(struct inference *inference)
{
    struct graph *graph = inference->graph;
    size_t *next = arena_allocate(graph->arena, graph->node_count, sizeof *next);

    inference->first = arena_allocate(graph->arena, graph->node_count + 1, sizeof *inference->first);
    inference->entering = arena_allocate(graph->arena, graph->edge_count, sizeof *inference->entering);
    if (!next || !inference->first || !inference->entering)
        return diagnostics_error(inference->diagnostics, "", "memory is short");
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        inference->first[graph->edges[edge].target + 1]++;
    for (size_t node = 0; node < graph->node_count; node++)
        inference->first[node + 1] += inference->first[node];
    memcpy(next, inference->first, graph->node_count * sizeof *next);
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        inference->entering[next[graph->edges[edge].target]++] = edge;
    return 0;
}

/* A source of target whose output is known, one of this step if there is any; NULL if there is none. */
static struct node *known_source(const struct inference *inference, size_t target)
{
    const struct graph *graph = inference->graph;
    struct node *found = NULL;

    for (size_t index = inference->first[target]; index < inference->first[target + 1]; index++) {
        size_t edge = inference->entering[index];
        struct node *source = &graph->nodes[graph->edges[edge].source];
        if (source->output.rank == 0)
            continue;
        if (!graph->delayed[edge])
            return source;
        found = found ? found : source;
    }
    return found;
}

/* ---- contradictions ---- */

/* True where each parameter is the same number for all neurons. */
static bool is_uniform(const struct node *node)
{
    for (size_t index = 0; index < node->parameter_count; index++) {
        const struct tensor *tensor = &node->parameter[index].tensor;
        for (size_t element = 1; element < tensor->count; element++)
            if (tensor->data[element] != tensor->data[0])
                return false;
    }
    return true;
}

static int report_mismatch(struct inference *inference, const struct node *source, const struct node *target)
{
    struct graph *graph = inference->graph;
    struct shape demand, given = source->output;
    bool linear = target->type == NODE_LINEAR || target->type == NODE_AFFINE;
    const char *hint = "; correct one of the two", *wanted;

    if (!node_demand(target, &demand))
        demand = target->input;
    wanted = shape_text(graph->arena, &demand);
    if (target->type == NODE_CONV1D || target->type == NODE_CONV2D) {
        size_t channels = node_parameter(target, "weight")->tensor.size[1] *
                          (size_t)node_parameter(target, "groups")->tensor.data[0];
        wanted =
            arena_print(graph->arena, "(%zu, %s)", channels, target->type == NODE_CONV1D ? "length" : "height, width");
    } else if (target->type == NODE_SUM_POOL_2D || target->type == NODE_AVERAGE_POOL_2D) {
        wanted = "(channels, height, width)";
    }
    if (linear) {
        const struct tensor *weight = &node_parameter(target, "weight")->tensor;
        size_t outputs = weight->size[weight->rank - 2], inputs = weight->size[weight->rank - 1];
        if (shape_count(&given) == outputs && outputs != inputs)
            hint = "; the weight looks transposed (see --transpose-weights): it must be (outputs, inputs)";
        else if (shape_count(&given) == shape_count(&demand))
            hint = "; put a Flatten between them";
        else
            hint = arena_print(graph->arena, "; weight is (outputs, inputs) = (%zu, %zu)", outputs, inputs);
    }
    if (node_is_elementwise(target->type) && is_uniform(target))
        hint = "; correct one of the two (its neurons are all alike: one number for each parameter fits any shape)";
    return diagnostics_error(inference->diagnostics, place_of(graph, target),
                             "%s takes shape %s, but /%s (%s) gives %s%s", node_type_name(target->type),
                             wanted ? wanted : "(?)", source->name, node_type_name(source->type),
                             shape_text(graph->arena, &given), hint ? hint : "");
}

/* ---- Flatten ---- */

/* The first node after node whose parameters say what it takes, nodes that take any shape skipped; NULL if there
 * is none. */
static const struct node *next_demand(const struct inference *inference, const struct node *node, struct shape *demand,
                                      size_t *visits)
{
    const struct graph *graph = inference->graph;

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        const struct node *target = &graph->nodes[graph->edges[edge].target];
        if (&graph->nodes[graph->edges[edge].source] != node)
            continue;
        if (node_demand(target, demand) && (!node_is_elementwise(target->type) || shape_count(demand) > 1))
            return target;
        if (!node_is_elementwise(target->type) || ++*visits > LOOK_AHEAD)
            continue;
        target = next_demand(inference, target, demand, visits);
        if (target)
            return target;
    }
    return NULL;
}

/* NIR shapes have no batch axis, but some exporters leave start_dim and end_dim as torch.nn counts them, with one:
 * where input_type has it too, where the axes are not there without it, or where what follows fits only so. */
static const char *infer_flatten(struct inference *inference, struct node *node, const struct shape *given)
{
    struct graph *graph = inference->graph;
    const struct parameter *declared = node_parameter(node, "input_type");
    struct node batched = *node;
    struct shape demand;
    size_t visits = 0;
    const char *fault = flatten_shape(graph->arena, node, given, false), *place = place_of(graph, node);

    if (flatten_shape(graph->arena, &batched, given, true) != NULL ||
        (batched.output.rank == given->rank && given->rank > 1))
        return fault;
    const struct node *next = fault ? NULL : next_demand(inference, node, &demand, &visits);
    if (declared->present && declared->tensor.count == given->rank + 1)
        diagnostics_note(inference->diagnostics, place, "has a batch axis in its input_type, which start_dim counts; "
                         "%s is used", shape_text(graph->arena, &batched.output));
    else if (fault)
        diagnostics_warning(inference->diagnostics, place, "flattens axes %g to %g of an input of shape %s: they "
                            "count a batch axis, it seems; %s is used",
                            node_parameter(node, "start_dim")->tensor.data[0],
                            node_parameter(node, "end_dim")->tensor.data[0], shape_text(graph->arena, given),
                            shape_text(graph->arena, &batched.output));
    else if (next && !shape_alike(&demand, &node->output) && shape_alike(&demand, &batched.output))
        diagnostics_warning(inference->diagnostics, place, "gives %s, but /%s takes %s: start_dim counts a batch "
                            "axis, it seems; %s is used", shape_text(graph->arena, &node->output), next->name,
                            shape_text(graph->arena, &demand), shape_text(graph->arena, &batched.output));
    else
        return fault;
    *node = batched;
    return NULL;
}

/* ---- parameters of elementwise nodes ---- */

/* True where node_value() can index tensor for a node of that shape: uniform, per neuron, or its leading axes. */
static bool is_leading(const struct shape *own, const struct shape *shape)
{
    size_t skip = own->rank > shape->rank ? own->rank - shape->rank : 0, axis = 0;

    if (shape_count(own) == 1 || shape_count(own) == shape_count(shape))
        return true;
    if (own->rank < shape->rank)
        return false;
    while (axis < shape->rank && own->size[axis + skip] == shape->size[axis])
        axis++;
    while (axis < shape->rank && own->size[axis + skip] == 1)
        axis++;
    return axis == shape->rank;
}

/* Writes one number a neuron where the parameter's axes of size 1 are not the last ones. */
static int stretch(struct inference *inference, struct node *node, struct parameter *parameter)
{
    struct tensor *tensor = &parameter->tensor;
    struct shape own = tensor_shape(tensor);
    size_t count = shape_count(&node->output);

    if (!parameter->present || is_leading(&own, &node->output))
        return 0;
    double *data = arena_allocate(inference->graph->arena, count, sizeof *data);
    if (!data)
        return diagnostics_error(inference->diagnostics, "", "memory is short");
    for (size_t neuron = 0; neuron < count; neuron++) {
        size_t rest = neuron, from = 0, step = 1;
        for (size_t axis = node->output.rank; axis-- > 0;) {
            size_t place = rest % node->output.size[axis];
            rest /= node->output.size[axis];
            from += own.size[axis] == 1 ? 0 : place * step;
            step *= own.size[axis];
        }
        data[neuron] = tensor->data[from];
    }
    tensor->rank = node->output.rank;
    tensor->count = count;
    memcpy(tensor->size, node->output.size, tensor->rank * sizeof tensor->size[0]);
    tensor->data = data;
    return 0;
}

static int settle_parameters(struct inference *inference, struct node *node)
{
    struct graph *graph = inference->graph;
    const struct parameter *culprit;
    struct shape own;

    node_parameter_shape(node, &own, &culprit);
    if (shape_count(&own) == 1 && shape_count(&node->output) > 1)
        diagnostics_warning(inference->diagnostics, place_of(graph, node),
                            "has one value of each parameter; it is used for all "
                            "neurons of %s",
                            shape_text(graph->arena, &node->output));
    if (own.rank > node->output.rank && shape_count(&own) > 1 && shape_alike(&own, &node->output))
        diagnostics_note(inference->diagnostics, place_of(graph, node),
                         "has parameters of shape %s; their leading 1 is taken for a batch axis, %s is used",
                         shape_text(graph->arena, &own), shape_text(graph->arena, &node->output));
    for (size_t index = 0; index < node->parameter_count; index++)
        if (stretch(inference, node, &node->parameter[index]) != 0)
            return -1;
    return 0;
}

/* ---- shapes that the file states ---- */

/* The file's shape of an Output or convolution is only compared. */
static void compare_declared(struct inference *inference, const struct node *node)
{
    struct graph *graph = inference->graph;
    struct shape declared;
    const char *place = place_of(graph, node);

    if (node->type == NODE_OUTPUT && node_demand(node, &declared)) {
        const char *own = shape_text(graph->arena, &declared), *got = shape_text(graph->arena, &node->output);
        if (shape_count(&declared) != shape_count(&node->output))
            diagnostics_warning(inference->diagnostics, place, "has shape %s in the file, but gets %s, which is used",
                                own, got);
        else if (!shape_equal(&declared, &node->output))
            diagnostics_note(inference->diagnostics, place, "has shape %s in the file; %s is used", own, got);
    }
    if (node->type != NODE_CONV1D && node->type != NODE_CONV2D)
        return;
    if (!node_demand(node, &declared))
        diagnostics_note(inference->diagnostics, place, "has no input_shape in the file; it gets %s",
                         shape_text(graph->arena, &node->input));
    else if (!shape_equal(&declared, &node->input))
        diagnostics_warning(inference->diagnostics, place,
                            "has input_shape for %s in the file, but gets %s, which is used",
                            shape_text(graph->arena, &declared), shape_text(graph->arena, &node->input));
}

/* ---- the pass ---- */

/* Shapes of node for what source (NULL: its own parameters) gives. */
static int infer_node(struct inference *inference, struct node *node, struct node *source, struct shape given)
{
    struct graph *graph = inference->graph;
    bool fits;
    const char *fault = node_shape(graph->arena, node, &given, &fits);

    if (node->type == NODE_FLATTEN)
        fault = infer_flatten(inference, node, &given);
    if (fault)
        return diagnostics_error(inference->diagnostics, place_of(graph, node), "%s", fault);
    if (!fits && source)
        return report_mismatch(inference, source, node);
    size_t inputs = shape_count(&node->input), outputs = shape_count(&node->output);
    if (!fits || inputs == 0 || outputs == 0 || inputs > NEURONS_MAX || outputs > NEURONS_MAX)
        return diagnostics_error(inference->diagnostics, place_of(graph, node),
                                 "has more than %d elements (%s to %s); no array "
                                 "is that large",
                                 NEURONS_MAX, shape_text(graph->arena, &node->input),
                                 shape_text(graph->arena, &node->output));
    compare_declared(inference, node);
    return node_is_elementwise(node->type) ? settle_parameters(inference, node) : 0;
}

/* Infers what the nodes known so far allow; *progress tells whether that was anything, *missing the first node
 * that is left (node_count if none). */
static int sweep(struct inference *inference, bool *progress, size_t *missing)
{
    struct graph *graph = inference->graph;

    *progress = false;
    *missing = graph->node_count;
    for (size_t position = 0; position < graph->node_count; position++) {
        size_t index = graph->order[position];
        struct node *node = &graph->nodes[index], *source = known_source(inference, index);
        struct shape given = source ? source->output : (struct shape){0};
        if (node->output.rank > 0)
            continue;
        if (node->type == NODE_INPUT && infer_input(graph, index, &given, inference->diagnostics) != 0)
            return -1;
        if (given.rank == 0) {
            *missing = *missing == graph->node_count ? index : *missing;
            continue;
        }
        if (infer_node(inference, node, source, given) != 0)
            return -1;
        *progress = true;
    }
    return 0;
}

/* Begins where no source is known: at the first node whose parameters say what it takes. */
static int begin_anew(struct inference *inference, size_t missing)
{
    struct graph *graph = inference->graph;
    struct shape demand;

    for (size_t position = 0; position < graph->node_count; position++) {
        struct node *node = &graph->nodes[graph->order[position]];
        if (node->output.rank == 0 && node_demand(node, &demand))
            return infer_node(inference, node, NULL, demand);
    }
    return diagnostics_error(inference->diagnostics, place_of(graph, &graph->nodes[missing]),
                             "has no shape: nothing of known "
                             "shape leads to it; connect it, or give it parameters of full shape");
}

static int compare_edges(struct inference *inference)
{
    struct graph *graph = inference->graph;

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        struct node *source = &graph->nodes[graph->edges[edge].source],
                    *target = &graph->nodes[graph->edges[edge].target];
        if (!shape_alike(&source->output, &target->input))
            return report_mismatch(inference, source, target);
    }
    return 0;
}

int graph_infer(struct graph *graph, struct diagnostics *diagnostics)
{
    struct inference inference = {.graph = graph, .diagnostics = diagnostics};
    bool progress;
    size_t missing;

    if (graph_order(graph, diagnostics) != 0 || collect_edges(&inference) != 0)
        return -1;
    do {
        if (sweep(&inference, &progress, &missing) != 0)
            return -1;
        if (missing < graph->node_count && !progress && begin_anew(&inference, missing) != 0)
            return -1;
    } while (missing < graph->node_count);
    return compare_edges(&inference);
}
