/* The graph's tables and accessors: what nodes.def says of each type, and the questions that every pass asks
 * of a node or a shape. No pass is here. */
#include "graph.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { OPTIONAL, REQUIRED };
#define PARAMETER_NONE NAN

static const char *const type_names[NODE_TYPES] = {
#define NODE(id, type) [NODE_##id] = type,
#define PARAMETER(node, name, need, fallback)
#include "nodes.def"
#undef NODE
#undef PARAMETER
};

static const struct parameter_rule rules[] = {
#define NODE(id, type)
#define PARAMETER(node, name, need, fallback) {NODE_##node, #name, need == REQUIRED, fallback},
#include "nodes.def"
#undef NODE
#undef PARAMETER
};

enum { RULES = sizeof rules / sizeof rules[0] };

const struct parameter_rule *node_type_rules(enum node_type type, size_t *count)
{
    size_t first = 0;

    while (first < RULES && rules[first].node != type)
        first++;
    *count = 0;
    while (first + *count < RULES && rules[first + *count].node == type)
        ++*count;
    return rules + first;
}

const char *node_type_name(enum node_type type)
{
    return type < NODE_TYPES ? type_names[type] : "?";
}

enum node_type node_type_find(const char *name)
{
    enum node_type type = 0;

    while (type < NODE_TYPES && strcmp(type_names[type], name) != 0)
        type++;
    return type;
}

bool node_is_stateful(enum node_type type)
{
    switch (type) {
    case NODE_DELAY:
    case NODE_I:
    case NODE_IF:
    case NODE_LI:
    case NODE_LIF:
    case NODE_CUBA_LI:
    case NODE_CUBA_LIF:
        return true;
    default:
        return false;
    }
}

bool node_fires(enum node_type type)
{
    return type == NODE_IF || type == NODE_LIF || type == NODE_CUBA_LIF || type == NODE_THRESHOLD;
}

bool node_is_elementwise(enum node_type type)
{
    return node_is_stateful(type) || type == NODE_SCALE || type == NODE_THRESHOLD;
}

const struct parameter *node_parameter(const struct node *node, const char *name)
{
    for (size_t index = 0; index < node->parameter_count; index++)
        if (strcmp(node->parameter[index].name, name) == 0)
            return &node->parameter[index];
    return NULL;
}

double node_value(const struct node *node, const char *name, size_t neuron)
{
    const struct tensor *tensor = &node_parameter(node, name)->tensor;
    size_t neurons = node->output.rank ? shape_count(&node->output) : tensor->count;

    if (tensor->count <= 1 || neurons < tensor->count)
        return tensor->data[0];
    return tensor->data[neuron / (neurons / tensor->count)];
}

size_t shape_count(const struct shape *shape)
{
    size_t count = 1;

    for (size_t axis = 0; axis < shape->rank; axis++) {
        if (shape->size[axis] && count > SIZE_MAX / shape->size[axis])
            return 0;
        count *= shape->size[axis];
    }
    return count;
}

bool shape_equal(const struct shape *left, const struct shape *right)
{
    return left->rank == right->rank && memcmp(left->size, right->size, left->rank * sizeof left->size[0]) == 0;
}

static struct shape without_leading_ones(const struct shape *shape)
{
    struct shape rest = {0};
    size_t first = 0;

    while (first < shape->rank && shape->size[first] == 1)
        first++;
    rest.rank = shape->rank - first;
    memcpy(rest.size, shape->size + first, rest.rank * sizeof rest.size[0]);
    return rest;
}

bool shape_alike(const struct shape *left, const struct shape *right)
{
    struct shape left_rest = without_leading_ones(left), right_rest = without_leading_ones(right);

    return shape_equal(&left_rest, &right_rest);
}

struct shape tensor_shape(const struct tensor *tensor)
{
    struct shape shape = {.rank = tensor->rank};

    memcpy(shape.size, tensor->size, tensor->rank * sizeof shape.size[0]);
    return shape;
}

const char *shape_text(struct arena *arena, const struct shape *shape)
{
    const char *text = "(";

    for (size_t axis = 0; text && axis < shape->rank; axis++)
        text = arena_print(arena, "%s%s%zu", text, axis ? ", " : "", shape->size[axis]);
    text = text ? arena_print(arena, "%s)", text) : NULL;
    return text ? text : "(?)";
}

bool node_parameter_shape(const struct node *node, struct shape *shape, const struct parameter **culprit)
{
    *shape = (struct shape){0};
    for (size_t index = 0; index < node->parameter_count; index++) {
        const struct parameter *parameter = &node->parameter[index];
        struct shape own = tensor_shape(&parameter->tensor);

        *culprit = parameter;
        if (!parameter->present || own.rank == 0 || shape_equal(&own, shape))
            continue;
        if (shape->rank == 0 || (shape_count(shape) == 1 && own.rank >= shape->rank)) {
            *shape = own;
            continue;
        }
        if (parameter->tensor.count == 1)
            continue;
        if (own.rank != shape->rank)
            return false;
        for (size_t axis = 0; axis < own.rank; axis++) {
            if (own.size[axis] != shape->size[axis] && own.size[axis] != 1 && shape->size[axis] != 1)
                return false;
            if (own.size[axis] > shape->size[axis])
                shape->size[axis] = own.size[axis];
        }
    }
    *culprit = NULL;
    return true;
}

int graph_load(struct graph *graph, const char *path, struct diagnostics *diagnostics)
{
    if (graph_read(graph, path, diagnostics) != 0)
        return -1;
    if (graph_inline(graph, diagnostics) != 0)
        return -1;
    if (graph_check(graph, diagnostics) != 0)
        return -1;
    return graph_infer(graph, diagnostics);
}
