/* Shapes of single nodes, as torch.nn computes them (floor sizes, padding on both sides) but without a batch axis. A
 * leading axis of size 1 too many is taken for one and dropped. */
#include "shapes.h"

#include <string.h>

static size_t whole(const struct node *node, const char *name, size_t axis)
{
    const struct tensor *tensor = &node_parameter(node, name)->tensor;

    return (size_t)tensor->data[tensor->count == 1 ? 0 : axis];
}

/* The numbers of tensor as sizes; those that cannot be one become 0. */
static struct shape list_shape(const struct tensor *tensor)
{
    struct shape shape = {.rank = tensor->count};

    for (size_t axis = 0; axis < shape.rank; axis++)
        if (tensor->data[axis] >= 1 && tensor->data[axis] <= UINT32_MAX)
            shape.size[axis] = (size_t)tensor->data[axis];
    return shape;
}

static size_t spatial_axes(const struct node *node)
{
    return node->type == NODE_CONV1D ? 1 : 2;
}

static bool is_convolution(const struct node *node)
{
    return node->type == NODE_CONV1D || node->type == NODE_CONV2D;
}

bool node_demand(const struct node *node, struct shape *demand)
{
    const struct parameter *culprit, *listed;
    const struct tensor *weight;

    *demand = (struct shape){0};
    switch (node->type) {
    case NODE_AFFINE:
    case NODE_LINEAR:
        weight = &node_parameter(node, "weight")->tensor;
        demand->rank = weight->rank - 1;
        memcpy(demand->size, weight->size, demand->rank * sizeof demand->size[0]);
        demand->size[demand->rank - 1] = weight->size[weight->rank - 1];
        return true;
    case NODE_CONV1D:
    case NODE_CONV2D:
        if (!node_parameter(node, "input_shape")->present)
            return false;
        demand->rank = 1 + spatial_axes(node);
        demand->size[0] = node_parameter(node, "weight")->tensor.size[1] * whole(node, "groups", 0);
        for (size_t axis = 1; axis < demand->rank; axis++)
            demand->size[axis] = whole(node, "input_shape", axis - 1);
        return true;
    case NODE_INPUT:
    case NODE_OUTPUT:
    case NODE_FLATTEN:
        listed = node_parameter(node, node->type == NODE_FLATTEN ? "input_type" : "shape");
        if (!listed->present || listed->tensor.count > SHAPE_MAX)
            return false;
        *demand = list_shape(&listed->tensor);
        return shape_count(demand) > 0;
    default:
        return node_is_elementwise(node->type) && node_parameter_shape(node, demand, &culprit) && demand->rank > 0;
    }
}

/* One spatial axis of a convolution or pool; 0 where the kernel does not fit. */
static size_t slide(size_t input, size_t padding, size_t reach, size_t stride)
{
    return input + padding < reach ? 0 : (input + padding - reach) / stride + 1;
}

/* Drops a leading axis of size 1, or adds one, to come to rank. */
static struct shape to_rank(const struct shape *given, size_t rank)
{
    struct shape shape = *given;

    if (given->rank == rank + 1 && given->size[0] == 1) {
        shape.rank = rank;
        memmove(shape.size, given->size + 1, rank * sizeof shape.size[0]);
    } else if (given->rank + 1 == rank) {
        shape.rank = rank;
        memmove(shape.size + 1, given->size, given->rank * sizeof shape.size[0]);
        shape.size[0] = 1;
    }
    return shape;
}

static const char *slide_shape(struct arena *arena, struct node *node, const struct shape *given, bool *fits)
{
    bool convolution = is_convolution(node);
    size_t axes = convolution ? spatial_axes(node) : 2;
    const struct parameter *padding = node_parameter(node, "padding");
    bool same = padding->text && strcmp(padding->text, "same") == 0;
    const struct tensor *weight = convolution ? &node_parameter(node, "weight")->tensor : NULL;

    node->input = to_rank(given, axes + 1);
    *fits = node->input.rank == axes + 1 &&
            (!convolution || node->input.size[0] == weight->size[1] * whole(node, "groups", 0));
    if (!*fits)
        return NULL;
    node->output = node->input;
    if (convolution)
        node->output.size[0] = weight->size[0];
    for (size_t axis = 0; axis < axes; axis++) {
        size_t kernel = convolution ? weight->size[axis + 2] : whole(node, "kernel_size", axis);
        size_t reach = 1 + (kernel - 1) * (convolution ? whole(node, "dilation", axis) : 1);
        size_t pad = padding->text ? 0 : 2 * whole(node, "padding", axis);
        size_t size = same ? node->input.size[axis + 1]
                           : slide(node->input.size[axis + 1], pad, reach, whole(node, "stride", axis));
        if (size == 0)
            return arena_print(arena,
                               "has a kernel that reaches over %zu elements, but axis %zu of its input %s has %zu with "
                               "padding; give a smaller kernel or more padding",
                               reach, axis + 1, shape_text(arena, &node->input), node->input.size[axis + 1] + pad);
        node->output.size[axis + 1] = size;
    }
    return NULL;
}

/* The axis that dim means in rank axes; rank where it is beyond. */
static size_t resolve_axis(double dim, size_t rank)
{
    double axis = dim < 0 ? dim + (double)rank : dim;

    return axis < 0 || axis >= (double)rank ? rank : (size_t)axis;
}

const char *flatten_shape(struct arena *arena, struct node *node, const struct shape *given, bool batch)
{
    double start = node_parameter(node, "start_dim")->tensor.data[0],
           end = node_parameter(node, "end_dim")->tensor.data[0];

    node->input = *given;
    node->output.rank = 0;
    if (batch) {
        start -= start > 0;
        end -= end > 0;
    }
    size_t first = resolve_axis(start, given->rank), last = resolve_axis(end, given->rank);
    if (first == given->rank || last == given->rank || first > last)
        return arena_print(arena, "flattens axes %g to %g, but its input has shape %s; give axes of it", start, end,
                           shape_text(arena, given));
    node->output = *given;
    node->output.rank = given->rank - (last - first);
    for (size_t axis = first + 1; axis <= last; axis++)
        node->output.size[first] *= given->size[axis];
    memmove(node->output.size + first + 1, given->size + last + 1, (given->rank - last - 1) * sizeof given->size[0]);
    return NULL;
}

static void linear_shape(struct node *node, const struct shape *given, bool *fits)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;

    node_demand(node, &node->input);
    *fits = shape_alike(&node->input, given);
    node->output = node->input;
    node->output.size[node->output.rank - 1] = weight->size[weight->rank - 2];
}

/* True where every axis of own is that of shape or 1. */
static bool stretches(const struct shape *own, const struct shape *shape)
{
    if (own->rank != shape->rank)
        return false;
    for (size_t axis = 0; axis < own->rank; axis++)
        if (own->size[axis] != shape->size[axis] && own->size[axis] != 1)
            return false;
    return true;
}

static void elementwise_shape(struct node *node, const struct shape *given, bool *fits)
{
    struct shape own;

    node->input = node->output = *given;
    if (!node_demand(node, &own))
        return;
    *fits = shape_count(&own) == 1 || shape_alike(&own, given) || stretches(&own, given);
}

const char *node_shape(struct arena *arena, struct node *node, const struct shape *given, bool *fits)
{
    const char *fault = NULL;

    *fits = true;
    switch (node->type) {
    case NODE_AFFINE:
    case NODE_LINEAR:
        linear_shape(node, given, fits);
        break;
    case NODE_CONV1D:
    case NODE_CONV2D:
    case NODE_SUM_POOL_2D:
    case NODE_AVERAGE_POOL_2D:
        fault = slide_shape(arena, node, given, fits);
        break;
    case NODE_FLATTEN:
        fault = flatten_shape(arena, node, given, false);
        break;
    case NODE_INPUT:
    case NODE_OUTPUT:
        node->input = node->output = *given;
        break;
    default:
        elementwise_shape(node, given, fits);
    }
    if (fault || !*fits)
        node->output.rank = 0;
    return fault;
}
