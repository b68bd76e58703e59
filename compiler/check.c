/* Check: every parameter there, finite and in range, before any pass calculates with it; defaults filled in. What can
 * be repaired is, with a warning; shapes between nodes are infer()'s, edges connect.c's. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE_MAX = 1 << 24 };

/* Limits of the values of a parameter, by name: the file uses a name for one thing in all its types. */
static const struct bound {
    const char *name;
    double low;
    bool exclusive; /* low itself is out */
    bool whole;
    const char *remedy;
} bounds[] = {
    {"tau", 0, true, false, "give the time constant in the unit of --time-unit"},
    {"tau_syn", 0, true, false, "give the time constant in the unit of --time-unit"},
    {"tau_mem", 0, true, false, "give the time constant in the unit of --time-unit"},
    {"delay", 0, false, false, "give the delay in the unit of --time-unit"},
    {"shape", 1, false, true, "give the sizes of the axes, without a batch axis"},
    {"input_shape", 1, false, true, "give the sizes of the spatial axes"},
    {"stride", 1, false, true, "give whole steps"},
    {"dilation", 1, false, true, "1 is a dense kernel"},
    {"groups", 1, false, true, "1 connects all channels"},
    {"kernel_size", 1, false, true, "give whole elements"},
    {"padding", 0, false, true, "give whole elements, 'same' or 'valid'"},
    {"start_dim", -SHAPE_MAX, false, true, "give the index of an axis"},
    {"end_dim", -SHAPE_MAX, false, true, "give the index of an axis"},
    {"input_type", 0, false, true, "give the sizes of the axes"},
};

static const struct bound *find_bound(const char *name)
{
    for (size_t index = 0; index < sizeof bounds / sizeof bounds[0]; index++)
        if (strcmp(bounds[index].name, name) == 0)
            return &bounds[index];
    return NULL;
}

/* "/NODE/PARAMETER", or "/NODE"; "" where memory is short. */
static const char *place_of(struct graph *graph, const struct node *node, const char *parameter)
{
    const char *place =
        arena_print(graph->arena, "/%s%s%s", node->name, parameter ? "/" : "", parameter ? parameter : "");

    return place ? place : "";
}

/* What is wrong with value, "" if nothing. */
static const char *judge(double value, const struct bound *bound)
{
    if (!isfinite(value))
        return "finite";
    if (!bound)
        return "";
    if (bound->exclusive && value <= bound->low)
        return "> 0";
    if (bound->whole && value != floor(value))
        return "a whole number";
    if (value < bound->low)
        return bound->low > 0 ? ">= 1" : bound->low < 0 ? "an axis" : ">= 0";
    return bound->whole && value > WHOLE_MAX ? "at most 16777216" : "";
}

static int check_values(struct graph *graph, const struct node *node, const struct parameter *parameter,
                        struct diagnostics *diagnostics)
{
    const struct bound *bound = find_bound(parameter->name);
    const struct tensor *tensor = &parameter->tensor;
    const char *place = place_of(graph, node, parameter->name);

    if (parameter->text) {
        if (strcmp(parameter->text, "same") == 0 || strcmp(parameter->text, "valid") == 0)
            return 0;
        return diagnostics_error(diagnostics, place, "'%.64s' is no padding; give whole elements, 'same' or 'valid'",
                                 parameter->text);
    }
    if (tensor->count == 0)
        return diagnostics_error(diagnostics, place, "is empty; give at least one number");
    for (size_t index = 0; index < tensor->count; index++) {
        const char *fault = judge(tensor->data[index], bound);
        if (!*fault)
            continue;
        const char *remedy =
            bound && isfinite(tensor->data[index]) ? bound->remedy : "train or export the network again";
        const char *unit = node_is_elementwise(node->type) ? "neuron" : "element";
        size_t others = 0;
        for (size_t other = index + 1; other < tensor->count; other++)
            others += *judge(tensor->data[other], bound) != '\0';
        if (tensor->count == 1)
            return diagnostics_error(diagnostics, place, "must be %s, got %g; %s", fault, tensor->data[index], remedy);
        if (others == 0)
            return diagnostics_error(diagnostics, place, "must be %s, got %g at %s %zu; %s", fault,
                                     tensor->data[index], unit, index, remedy);
        return diagnostics_error(diagnostics, place, "must be %s, got %g at %s %zu, the first of %zu; %s", fault,
                                 tensor->data[index], unit, index, others + 1, remedy);
    }
    return 0;
}

/* Presence, defaults and values of all parameters of node. */
static int check_parameters(struct graph *graph, struct node *node, struct diagnostics *diagnostics)
{
    size_t count;
    const struct parameter_rule *rules = node_type_rules(node->type, &count);
    int status = 0;

    for (size_t index = 0; index < count; index++) {
        struct parameter *parameter = &node->parameter[index];
        if (parameter->present) {
            if (check_values(graph, node, parameter, diagnostics) != 0)
                status = -1;
        } else if (rules[index].required) {
            status = diagnostics_error(diagnostics, place_of(graph, node, parameter->name),
                                       "is missing; %s nodes must have it%s", node_type_name(node->type),
                                       strcmp(parameter->name, "bias") == 0 ? ", zeros where there is none" : "");
        } else if (!isnan(rules[index].fallback)) {
            parameter->tensor = (struct tensor){.count = 1, .data = arena_allocate(graph->arena, 1, sizeof(double))};
            if (!parameter->tensor.data)
                return diagnostics_error(diagnostics, "", "memory is short");
            parameter->tensor.data[0] = rules[index].fallback;
            parameter->present = parameter->assumed = true;
        }
    }
    return status;
}

/* ---- the parameters of a node against each other ---- */

static int expect_count(struct graph *graph, const struct node *node, const char *name, size_t count,
                        struct diagnostics *diagnostics)
{
    const struct parameter *parameter = node_parameter(node, name);
    struct shape shape = tensor_shape(&parameter->tensor);

    if (!parameter->present || parameter->text || parameter->tensor.count == 1 || parameter->tensor.count == count)
        return 0;
    const char *place = place_of(graph, node, name), *text = shape_text(graph->arena, &shape);
    if (count == 1)
        return diagnostics_error(diagnostics, place, "has shape %s; give one number", text);
    return diagnostics_error(diagnostics, place, "has shape %s; give 1 or %zu numbers", text, count);
}

static int check_linear(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;
    const struct parameter *bias = node_parameter(node, "bias");
    struct shape shape = tensor_shape(weight);

    if (weight->rank < 2)
        return diagnostics_error(diagnostics, place_of(graph, node, "weight"), "has shape %s; give (outputs, inputs)",
                                 shape_text(graph->arena, &shape));
    size_t outputs = weight->count / weight->size[weight->rank - 1];
    if (!bias || bias->tensor.count == 1 || bias->tensor.count == outputs ||
        bias->tensor.count == weight->size[weight->rank - 2])
        return 0;
    struct shape bias_shape = tensor_shape(&bias->tensor);
    const char *transposed =
        bias->tensor.count == weight->size[weight->rank - 1] ? "; the weight looks transposed (see --transpose-weights)"
                                                             : "";
    return diagnostics_error(diagnostics, place_of(graph, node, "bias"), "has shape %s, but weight %s has %zu outputs; "
                             "give one number an output%s", shape_text(graph->arena, &bias_shape),
                             shape_text(graph->arena, &shape), outputs, transposed);
}

static int check_convolution(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    size_t axes = node->type == NODE_CONV1D ? 1 : 2;
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;
    const struct parameter *padding = node_parameter(node, "padding"), *stride = node_parameter(node, "stride");
    struct shape shape = tensor_shape(weight);
    size_t groups = (size_t)node_parameter(node, "groups")->tensor.data[0];
    int status = 0;

    if (weight->rank != axes + 2)
        return diagnostics_error(diagnostics, place_of(graph, node, "weight"),
                                 "has shape %s; give (outputs, inputs / groups, %s)", shape_text(graph->arena, &shape),
                                 axes == 1 ? "length" : "height, width");
    static const char *const names[] = {"input_shape", "stride", "padding", "dilation"};
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (expect_count(graph, node, names[index], axes, diagnostics) != 0)
            status = -1;
    if (expect_count(graph, node, "groups", 1, diagnostics) != 0 ||
        expect_count(graph, node, "bias", weight->size[0], diagnostics) != 0)
        status = -1;
    if (weight->size[0] % groups != 0)
        status = diagnostics_error(diagnostics, place_of(graph, node, "groups"),
                                   "is %zu, which does not divide the %zu "
                                   "output channels",
                                   groups, weight->size[0]);
    for (size_t axis = 0; status == 0 && padding->text && axis < stride->tensor.count; axis++)
        if (strcmp(padding->text, "same") == 0 && stride->tensor.data[axis] != 1)
            status = diagnostics_error(diagnostics, place_of(graph, node, "stride"),
                                       "is %g, but padding 'same' needs 1; "
                                       "give the padding in elements",
                                       stride->tensor.data[axis]);
    return status;
}

static int check_pool(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    static const char *const names[] = {"kernel_size", "stride", "padding"};
    const struct parameter *padding = node_parameter(node, "padding"), *kernel = node_parameter(node, "kernel_size");
    int status = 0;

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++)
        if (expect_count(graph, node, names[index], 2, diagnostics) != 0)
            status = -1;
    if (padding->text)
        return diagnostics_error(diagnostics, place_of(graph, node, "padding"), "is '%s'; pools take whole elements",
                                 padding->text);
    for (size_t axis = 0; status == 0 && axis < 2; axis++) {
        double pad = padding->tensor.data[padding->tensor.count == 1 ? 0 : axis];
        double size = kernel->tensor.data[kernel->tensor.count == 1 ? 0 : axis];
        if (2 * pad > size)
            status = diagnostics_error(diagnostics, place_of(graph, node, "padding"),
                                       "is %g, more than half the kernel_size "
                                       "%g; give at most half",
                                       pad, size);
    }
    return status;
}

static int check_elementwise(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    const struct parameter *culprit, *reset = node_parameter(node, "v_reset");
    struct shape shape;

    if (!node_parameter_shape(node, &shape, &culprit)) {
        struct shape own = tensor_shape(&culprit->tensor);
        return diagnostics_error(diagnostics, place_of(graph, node, culprit->name),
                                 "has shape %s, but the node's other "
                                 "parameters have %s; give all the same",
                                 shape_text(graph->arena, &own), shape_text(graph->arena, &shape));
    }
    for (size_t index = 0; index < node->parameter_count; index++) {
        const struct parameter *parameter = &node->parameter[index];
        if (parameter->present && !parameter->assumed && parameter->tensor.count == 1 && shape_count(&shape) > 1)
            diagnostics_warning(diagnostics, place_of(graph, node, parameter->name),
                                "is one number where others have shape %s; it is used for all neurons",
                                shape_text(graph->arena, &shape));
    }
    if (!reset)
        return 0;
    const struct tensor *low = &reset->tensor, *high = &node_parameter(node, "v_threshold")->tensor;
    size_t count = low->count > high->count ? low->count : high->count;
    for (size_t index = 0; index < count && (low->count == 1 || high->count == 1 || low->count == high->count);
         index++) {
        double from = low->data[low->count == 1 ? 0 : index], to = high->data[high->count == 1 ? 0 : index];
        if (to > from)
            continue;
        diagnostics_warning(diagnostics, place_of(graph, node, "v_threshold"),
                            "is %g, not above v_reset %g at neuron %zu: "
                            "with --reset value the neuron may fire forever; were the two swapped?",
                            to, from, index);
        break;
    }
    return 0;
}

static int check_ports(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    const struct tensor *shape = &node_parameter(node, "shape")->tensor;

    if (shape->rank > 1 || shape->count > SHAPE_MAX)
        return diagnostics_error(diagnostics, place_of(graph, node, "shape"),
                                 "has %zu numbers in rank %zu; give a list of "
                                 "at most %d sizes",
                                 shape->count, shape->rank, SHAPE_MAX);
    return 0;
}

static int check_flatten(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    int status = expect_count(graph, node, "start_dim", 1, diagnostics);

    return expect_count(graph, node, "end_dim", 1, diagnostics) != 0 ? -1 : status;
}

static int check_node(struct graph *graph, struct node *node, struct diagnostics *diagnostics)
{
    if (check_parameters(graph, node, diagnostics) != 0)
        return -1;
    switch (node->type) {
    case NODE_INPUT:
    case NODE_OUTPUT:
        return check_ports(graph, node, diagnostics);
    case NODE_AFFINE:
    case NODE_LINEAR:
        return check_linear(graph, node, diagnostics);
    case NODE_CONV1D:
    case NODE_CONV2D:
        return check_convolution(graph, node, diagnostics);
    case NODE_SUM_POOL_2D:
    case NODE_AVERAGE_POOL_2D:
        return check_pool(graph, node, diagnostics);
    case NODE_FLATTEN:
        return check_flatten(graph, node, diagnostics);
    default:
        return check_elementwise(graph, node, diagnostics);
    }
}

static void note_defaults(struct graph *graph, const struct node *node, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < node->parameter_count; index++)
        if (node->parameter[index].assumed && node->parameter[index].present)
            diagnostics_note(diagnostics, place_of(graph, node, node->parameter[index].name),
                             "is not in the file; %g is used", node->parameter[index].tensor.data[0]);
}

int graph_check(struct graph *graph, struct diagnostics *diagnostics)
{
    int status = 0;

    if (graph->node_count == 0)
        return diagnostics_error(diagnostics, "", "has no nodes; nothing can run");
    for (size_t index = 0; index < graph->node_count; index++) {
        if (status != 0 && diagnostics->count >= CHECK_MESSAGES_MAX)
            break;
        if (check_node(graph, &graph->nodes[index], diagnostics) != 0)
            status = -1;
    }
    if (status != 0 || graph_connect(graph, diagnostics) != 0)
        return -1;
    for (size_t index = 0; index < graph->node_count; index++)
        note_defaults(graph, &graph->nodes[index], diagnostics);
    return 0;
}
