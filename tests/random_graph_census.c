/* What occurs in graphs (random_graph_census.h), seen from the finished graph alone. */
#include "random_graph_census.h"

#include <string.h>

enum { NODES_MAX = 512, WORDS = NODES_MAX / 64 };

/* What one graph has. */
struct findings {
    bool types[NODE_TYPES];
    bool forms[CENSUS_FORM_COUNT];
};

/* Who reaches whom along edges, in one step or more. */
struct reach {
    uint64_t rows[NODES_MAX][WORDS];
};

static bool reaches(const struct reach *reach, size_t from, size_t to)
{
    return reach->rows[from][to / 64] >> to % 64 & 1;
}

static int find_reach(struct reach *reach, const struct graph *graph)
{
    memset(reach, 0, sizeof *reach);
    if (graph->node_count > NODES_MAX)
        return -1;
    for (size_t edge = 0; edge < graph->edge_count; edge++)
        reach->rows[graph->edges[edge].source][graph->edges[edge].target / 64] |=
            UINT64_C(1) << graph->edges[edge].target % 64;
    for (size_t through = 0; through < graph->node_count; through++)
        for (size_t from = 0; from < graph->node_count; from++)
            for (size_t word = 0; reaches(reach, from, through) && word < WORDS; word++)
                reach->rows[from][word] |= reach->rows[through][word];
    return 0;
}

static bool is_linear(enum node_type type)
{
    return type == NODE_LINEAR || type == NODE_AFFINE || type == NODE_SCALE || type == NODE_CONV1D ||
           type == NODE_CONV2D || type == NODE_SUM_POOL_2D || type == NODE_AVERAGE_POOL_2D || type == NODE_FLATTEN ||
           type == NODE_DELAY;
}

static bool is_graded(enum node_type type)
{
    return type == NODE_I || type == NODE_LI || type == NODE_CUBA_LI;
}

static bool has_fire_and_state(enum node_type type)
{
    return type == NODE_IF || type == NODE_LIF || type == NODE_CUBA_LIF;
}

/* The axis-th number of a list, of which one number stands for all. */
static double number(const struct node *node, const char *name, size_t axis)
{
    const struct tensor *tensor = &node_parameter(node, name)->tensor;

    return tensor->data[tensor->count == 1 ? 0 : axis];
}

static void look_at_convolution(struct findings *found, const struct node *node)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;
    const struct parameter *padding = node_parameter(node, "padding");
    double groups = number(node, "groups", 0);

    for (size_t axis = 0; axis + 2 < weight->rank; axis++) {
        found->forms[FORM_conv_stride] |= number(node, "stride", axis) > 1;
        found->forms[FORM_conv_dilation] |= number(node, "dilation", axis) > 1 && weight->size[axis + 2] > 1;
        found->forms[FORM_conv_padding] |= !padding->text && number(node, "padding", axis) > 0;
    }
    found->forms[FORM_conv_groups] |= groups > 1 && weight->size[1] > 1;
    found->forms[FORM_conv_depthwise] |= groups > 1 && weight->size[1] == 1;
    found->forms[FORM_conv_rectangular] |= weight->rank == 4 && weight->size[2] != weight->size[3];
    found->forms[FORM_conv_same] |= padding->text && strcmp(padding->text, "same") == 0;
    found->forms[FORM_conv_valid] |= padding->text && strcmp(padding->text, "valid") == 0;
}

static void look_at_neurons(struct findings *found, const struct node *node)
{
    for (size_t index = 0; index < node->parameter_count; index++) {
        const struct tensor *tensor = &node->parameter[index].tensor;
        size_t neurons = shape_count(&node->output);
        if (!node->parameter[index].present || neurons == 1)
            continue;
        found->forms[FORM_scalar_parameter] |= tensor->count == 1;
        found->forms[FORM_channel_parameter] |= tensor->count > 1 && tensor->count < neurons;
        found->forms[FORM_neuron_parameter] |= tensor->count == neurons;
        found->forms[FORM_delay_per_element] |= node->type == NODE_DELAY && tensor->count == neurons;
    }
    found->forms[FORM_large] |= shape_count(&node->output) > 256;
}

/* A node with its shapes inferred. */
static void look_at_node(struct findings *found, const struct node *node)
{
    bool pool = node->type == NODE_SUM_POOL_2D || node->type == NODE_AVERAGE_POOL_2D;

    if (node->type == NODE_LINEAR || node->type == NODE_AFFINE)
        found->forms[FORM_linear_leading_axes] |= node_parameter(node, "weight")->tensor.rank > 2;
    else if (node->type == NODE_CONV1D || node->type == NODE_CONV2D)
        look_at_convolution(found, node);
    else if (node->type == NODE_FLATTEN)
        found->forms[FORM_flatten_partial] |= node->output.rank > 1;
    else if (node_is_elementwise(node->type))
        look_at_neurons(found, node);
    for (size_t axis = 0; pool && axis < 2; axis++) {
        found->forms[FORM_pool_padding] |= number(node, "padding", axis) > 0;
        found->forms[FORM_pool_overlap] |= number(node, "stride", axis) < number(node, "kernel_size", axis);
    }
}

/* A graph with its nested ones, before inlining. */
static int look_at_nesting(struct findings *found, const struct graph *graph, size_t depth)
{
    struct reach reach;

    if (find_reach(&reach, graph) != 0)
        return -1;
    for (size_t index = 0; index < graph->node_count; index++) {
        const struct node *node = &graph->nodes[index];
        found->types[node->type] = true;
        found->forms[FORM_nested_recurrent] |= depth > 0 && reaches(&reach, index, index);
        if (node->type != NODE_GRAPH)
            continue;
        found->forms[FORM_nested] = true;
        found->forms[FORM_nested_in_nested] |= depth > 0;
        for (size_t other = 0; other < index; other++)
            found->forms[FORM_nested_twice] |= graph->nodes[other].graph == node->graph;
        if (look_at_nesting(found, node->graph, depth + 1) != 0)
            return -1;
    }
    return 0;
}

/* Fed by source through linear nodes alone. */
static bool leads_on(const struct graph *graph, size_t source, size_t target, size_t depth)
{
    bool found = source == target;

    for (size_t edge = 0; !found && depth < 8 && edge < graph->edge_count; edge++) {
        size_t next = graph->edges[edge].target;
        if (graph->edges[edge].source == source && (next == target || is_linear(graph->nodes[next].type)))
            found = leads_on(graph, next, target, depth + 1);
    }
    return found;
}

static void look_at_pair(struct findings *found, const struct graph *graph, const struct reach *reach, size_t left,
                         size_t right)
{
    enum node_type first = graph->nodes[left].type, second = graph->nodes[right].type;

    if (left != right && has_fire_and_state(first) && has_fire_and_state(second))
        found->forms[FORM_loop_of_two] |= reaches(reach, left, right) && reaches(reach, right, left);
    if (!found->forms[FORM_graded_between] && is_graded(first) && (is_graded(second) || node_fires(second)))
        found->forms[FORM_graded_between] |= leads_on(graph, left, right, 0);
}

static void look_at_edges(struct findings *found, const struct graph *graph, const struct reach *reach)
{
    size_t sources[NODES_MAX] = {0};

    for (size_t edge = 0; edge < graph->edge_count; edge++) {
        size_t source = graph->edges[edge].source, target = graph->edges[edge].target;
        enum node_type from = graph->nodes[source].type, to = graph->nodes[target].type;
        found->forms[FORM_input_to_output] |= from == NODE_INPUT && to == NODE_OUTPUT;
        found->forms[FORM_self_edge] |= source == target;
        found->forms[FORM_linear_chain] |= is_linear(from) && is_linear(to);
        sources[target]++;
        for (size_t other = 0; other < edge; other++)
            if (graph->edges[other].source == source && graph->edges[other].target == target) {
                found->forms[FORM_duplicate_edge] = true;
                sources[target]--;
                break;
            }
        for (size_t between = 0; between < graph->node_count; between++)
            if (node_is_stateful(graph->nodes[between].type) && graph->nodes[between].type != NODE_DELAY)
                found->forms[FORM_skip] |= reaches(reach, source, between) && reaches(reach, between, target) &&
                                           !reaches(reach, between, source) && !reaches(reach, target, between);
        found->forms[FORM_fan_in] |= sources[target] > 1;
    }
}

static bool has_bias(const struct node *node)
{
    const struct parameter *bias = node_parameter(node, "bias");

    for (size_t index = 0; bias && index < bias->tensor.count; index++)
        if (bias->tensor.data[index] != 0)
            return true;
    return false;
}

int census_add(struct census *census, const struct graph *raw, const struct graph *inferred)
{
    struct findings found = {0};
    struct reach reach;
    size_t inputs = 0, outputs = 0;

    if (look_at_nesting(&found, raw, 0) != 0 || find_reach(&reach, inferred) != 0)
        return -1;
    for (size_t index = 0; index < inferred->node_count; index++) {
        const struct node *node = &inferred->nodes[index];
        look_at_node(&found, node);
        inputs += node->type == NODE_INPUT;
        outputs += node->type == NODE_OUTPUT;
        if (reaches(&reach, index, index)) {
            found.forms[FORM_recurrent_affine] |= node->type == NODE_AFFINE && has_bias(node);
            found.forms[FORM_leaky_in_loop] |= node->type == NODE_LI;
            found.forms[FORM_delay_in_loop] |= node->type == NODE_DELAY;
            found.forms[FORM_convolution_in_loop] |= node->type == NODE_CONV1D || node->type == NODE_CONV2D;
        }
        for (size_t other = 0; other < inferred->node_count; other++)
            look_at_pair(&found, inferred, &reach, index, other);
    }
    found.forms[FORM_several_inputs] = inputs > 1;
    found.forms[FORM_several_outputs] = outputs > 1;
    look_at_edges(&found, inferred, &reach);
    for (size_t type = 0; type < NODE_TYPES; type++)
        census->types[type] += found.types[type];
    for (size_t form = 0; form < CENSUS_FORM_COUNT; form++)
        census->forms[form] += found.forms[form];
    return 0;
}
