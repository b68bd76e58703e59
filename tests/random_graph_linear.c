/* Random graphs: linear maps (random_graph_parts.h). */
#include "random_graph_parts.h"

#include "support.h"

#include <math.h>
#include <string.h>

enum { CHANNELS_MAX = 6, ATTEMPTS = 8 };

/* What sums with weights of random_weights() are. */
static struct signal weighted(size_t node, struct shape shape)
{
    return (struct signal){.node = node, .shape = shape, .unit = 1, .density = 1};
}

static void draw_bias(struct generator *generator, struct node *node, struct shape shape, bool small)
{
    double *bias = random_tensor(generator, node, "bias", shape);
    bool none = random_chance(generator, 4);

    for (size_t index = 0; bias && index < shape_count(&shape); index++)
        bias[index] = none ? 0 : random_number(generator, small ? -0.0625 : -0.25, small ? 0.0625 : 0.25);
}

/* The weight has the signal's leading axes: each place along them has a matrix of its own. */
struct signal random_linear(struct generator *generator, struct body *body, struct signal signal, size_t outputs,
                            bool small)
{
    enum node_type type = random_chance(generator, 2) ? NODE_AFFINE : NODE_LINEAR;
    size_t index = random_node(generator, body, type), last = signal.shape.rank - 1;
    struct shape shape = signal.shape, weight = signal.shape, bias = {.rank = 1, .size = {outputs}};

    if (generator->failed)
        return signal;
    struct node *node = &body->graph->nodes[index];
    random_edge(generator, body, signal.node, index);
    shape.size[last] = outputs;
    weight.rank = last + 2;
    weight.size[last] = outputs;
    weight.size[last + 1] = signal.shape.size[last];
    random_weights(generator, random_tensor(generator, node, "weight", weight), shape_count(&weight),
                   weight.size[last + 1], signal, small);
    if (type == NODE_AFFINE)
        draw_bias(generator, node, random_chance(generator, 2) ? shape : bias, small);
    return weighted(index, shape);
}

struct signal random_flatten(struct generator *generator, struct body *body, struct signal signal, bool whole)
{
    size_t rank = signal.shape.rank, first = 0, last = rank - 1;
    size_t index = random_node(generator, body, NODE_FLATTEN);
    struct shape shape = signal.shape;

    if (generator->failed)
        return signal;
    struct node *node = &body->graph->nodes[index];
    random_edge(generator, body, signal.node, index);
    if (!whole && rank > 2) {
        first = random_below(&generator->state, 2);
        last = first + 1 + random_below(&generator->state, rank - first - 1);
    }
    /* Some exporters count a batch axis. */
    bool batch = first == 0 && last == rank - 1 && !signal.port && random_chance(generator, 3);
    double *start = random_tensor(generator, node, "start_dim", (struct shape){0});
    double *end = random_tensor(generator, node, "end_dim", (struct shape){0});
    if (start && end) {
        *start = batch ? 1 : (double)first;
        *end = last == rank - 1 && random_chance(generator, 2) ? -1 : (double)last + batch;
    }
    if (batch || random_chance(generator, 2)) {
        size_t declared[SHAPE_MAX] = {1};
        memcpy(declared + batch, shape.size, rank * sizeof *declared);
        random_list(generator, node, "input_type", rank + batch, declared);
    }
    for (size_t axis = first + 1; axis <= last; axis++)
        shape.size[first] *= shape.size[axis];
    memmove(shape.size + first + 1, shape.size + last + 1, (rank - last - 1) * sizeof *shape.size);
    shape.rank = rank - (last - first);
    signal.node = index;
    signal.shape = shape;
    signal.port = false;
    signal.steady = false;
    return signal;
}

/* ---- convolutions and pools ---- */

struct window {
    size_t kernel[2];
    size_t stride[2];
    size_t padding[2];
    size_t dilation[2];
    const char *word; /* of the padding, NULL for numbers */
    size_t groups;
    size_t channels;
};

/* The shape after window, of rank 0 where it does not fit. */
static struct shape slide(const struct shape *input, const struct window *window)
{
    struct shape output = {.rank = input->rank, .size = {window->channels}};

    for (size_t axis = 0; axis + 1 < input->rank; axis++) {
        size_t reach = 1 + (window->kernel[axis] - 1) * window->dilation[axis];
        size_t size = input->size[axis + 1] + (window->word ? 0 : 2 * window->padding[axis]);
        if (window->word && strcmp(window->word, "same") == 0)
            output.size[axis + 1] = input->size[axis + 1];
        else if (size < reach)
            return (struct shape){0};
        else
            output.size[axis + 1] = (size - reach) / window->stride[axis] + 1;
    }
    return output;
}

static struct signal add_convolution(struct generator *generator, struct body *body, struct signal signal,
                                     const struct window *window)
{
    size_t axes = signal.shape.rank - 1;
    size_t index = random_node(generator, body, axes == 1 ? NODE_CONV1D : NODE_CONV2D);
    struct shape weight = {.rank = axes + 2, .size = {window->channels, signal.shape.size[0] / window->groups}};

    if (generator->failed)
        return signal;
    struct node *node = &body->graph->nodes[index];
    random_edge(generator, body, signal.node, index);
    memcpy(weight.size + 2, window->kernel, axes * sizeof *weight.size);
    random_weights(generator, random_tensor(generator, node, "weight", weight), shape_count(&weight),
                   shape_count(&weight) / window->channels, signal, false);
    draw_bias(generator, node, (struct shape){.rank = 1, .size = {window->channels}}, false);
    random_list(generator, node, "stride", axes, window->stride);
    random_list(generator, node, "dilation", axes, window->dilation);
    random_list(generator, node, "groups", 1, &window->groups);
    if (window->word)
        random_word(generator, node, "padding", window->word);
    else
        random_list(generator, node, "padding", axes, window->padding);
    if (!random_chance(generator, 4))
        random_list(generator, node, "input_shape", axes, signal.shape.size + 1);
    return weighted(index, slide(&signal.shape, window));
}

static size_t draw_groups(struct generator *generator, size_t channels)
{
    size_t groups = 1 + random_below(&generator->state, channels);

    if (random_chance(generator, 2))
        return 1;
    return random_chance(generator, 3) ? channels : channels % groups == 0 ? groups : 1;
}

static struct window draw_window(struct generator *generator, size_t channels)
{
    static const char *const words[] = {NULL, NULL, "same", "valid"};
    struct window window = {.groups = draw_groups(generator, channels)};
    size_t most = CHANNELS_MAX / window.groups;

    window.word = words[random_below(&generator->state, 4)];
    window.channels = window.groups * (most ? 1 + random_below(&generator->state, most) : 1);
    for (size_t axis = 0; axis < 2; axis++) {
        window.kernel[axis] = 1 + random_below(&generator->state, 3);
        window.dilation[axis] = 1 + random_chance(generator, 3);
        window.stride[axis] = window.word && strcmp(window.word, "same") == 0 ? 1 : 1 + random_chance(generator, 3);
        window.padding[axis] = random_below(&generator->state, window.kernel[axis]);
    }
    if (random_chance(generator, 2)) {
        window.kernel[1] = window.kernel[0];
        window.dilation[1] = window.dilation[0];
        window.stride[1] = window.stride[0];
        window.padding[1] = window.padding[0];
    }
    return window;
}

static bool fits(const struct generator *generator, const struct shape *shape)
{
    return shape->rank > 0 && shape_count(shape) <= generator->limit;
}

static struct signal random_convolution(struct generator *generator, struct body *body, struct signal signal)
{
    for (size_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct window window = draw_window(generator, signal.shape.size[0]);
        struct shape shape = slide(&signal.shape, &window);
        if (fits(generator, &shape))
            return add_convolution(generator, body, signal, &window);
    }
    return signal;
}

struct signal random_same_convolution(struct generator *generator, struct body *body, struct signal signal,
                                      size_t channels)
{
    struct window window = draw_window(generator, 1);

    window.channels = channels;
    for (size_t axis = 0; axis < 2; axis++) {
        window.stride[axis] = window.dilation[axis] = 1;
        window.kernel[axis] = 2 * random_below(&generator->state, 2) + 1;
        window.padding[axis] = window.kernel[axis] / 2;
    }
    if (window.word)
        window.word = "same";
    return add_convolution(generator, body, signal, &window);
}

static struct signal random_pool(struct generator *generator, struct body *body, struct signal signal)
{
    enum node_type type = random_chance(generator, 2) ? NODE_SUM_POOL_2D : NODE_AVERAGE_POOL_2D;
    struct window window = {.dilation = {1, 1}, .groups = 1, .channels = signal.shape.size[0]};

    for (size_t axis = 0; axis < 2; axis++) {
        bool again = axis == 1 && random_chance(generator, 2);
        window.kernel[axis] = again ? window.kernel[0] : 1 + random_below(&generator->state, 3);
        window.stride[axis] = again ? window.stride[0] : 1 + random_below(&generator->state, 3);
        window.padding[axis] = again ? window.padding[0] : random_below(&generator->state, window.kernel[axis] / 2 + 1);
    }
    struct shape shape = slide(&signal.shape, &window);
    if (!fits(generator, &shape))
        return signal;
    size_t index = random_node(generator, body, type);
    if (generator->failed)
        return signal;
    struct node *node = &body->graph->nodes[index];
    double summands = (double)(window.kernel[0] * window.kernel[1]);
    random_edge(generator, body, signal.node, index);
    random_list(generator, node, "kernel_size", 2, window.kernel);
    random_list(generator, node, "stride", 2, window.stride);
    random_list(generator, node, "padding", 2, window.padding);
    struct signal made = weighted(index, shape);
    made.density = fmin(1, signal.density * summands);
    made.unit = signal.unit * sqrt(fmax(1, summands * signal.density)) / (type == NODE_SUM_POOL_2D ? 1 : summands);
    return made;
}

/* ---- any map ---- */

static size_t draw_size(struct generator *generator)
{
    static const size_t corners[] = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 80};
    size_t most = generator->limit > 80 && random_chance(generator, 4) ? generator->limit : 48;

    if (random_chance(generator, 4))
        return corners[random_below(&generator->state, sizeof corners / sizeof *corners)];
    return 1 + random_below(&generator->state, most);
}

/* An Input takes the rank that a Linear or a convolution behind it asks for, so such a node keeps it here. */
struct signal random_map(struct generator *generator, struct body *body, struct signal signal)
{
    size_t rank = signal.shape.rank, kind = random_below(&generator->state, 8);
    size_t rows = rank ? shape_count(&signal.shape) / signal.shape.size[rank - 1] : 1;

    if (kind == 0)
        return random_elementwise(generator, body, NODE_SCALE, signal);
    if (kind == 1)
        return random_elementwise(generator, body, NODE_DELAY, signal);
    if (rank == 1 && kind == 2 && !signal.port && !random_chance(generator, 3)) {
        struct signal wide = signal;
        wide.shape = (struct shape){.rank = 2, .size = {1, signal.shape.size[0]}};
        wide = random_convolution(generator, body, wide);
        return wide.node == signal.node ? signal : wide;
    }
    if (rank == 3 && kind < 4)
        return random_pool(generator, body, signal);
    if (rank > 1 && kind == 4)
        return random_flatten(generator, body, signal, false);
    if (rank == 2 && kind < 7)
        return random_convolution(generator, body, signal);
    if (rank == 3 && kind < 7)
        return random_convolution(generator, body, signal);
    size_t outputs = draw_size(generator);
    return random_linear(generator, body, signal, outputs * rows <= generator->limit ? outputs : 1, false);
}

static bool equal_but(const struct shape *left, const struct shape *right, size_t axis)
{
    struct shape changed = *left;

    if (left->rank != right->rank || axis >= left->rank)
        return false;
    changed.size[axis] = right->size[axis];
    return shape_equal(&changed, right);
}

bool random_adapt(struct generator *generator, struct body *body, struct signal *signal, const struct shape *shape,
                  bool small)
{
    bool equal = shape_equal(&signal->shape, shape);
    size_t last = shape->rank - 1, kind = random_below(&generator->state, 5);

    if (equal && !small && kind == 0)
        return true;
    if (equal && !small && kind == 1) {
        *signal = random_elementwise(generator, body, NODE_SCALE, *signal);
    } else if (equal && !small && kind == 2) {
        *signal = random_elementwise(generator, body, NODE_DELAY, *signal);
    } else if (!small && (shape->rank == 2 || shape->rank == 3) && equal_but(&signal->shape, shape, 0)) {
        *signal = random_same_convolution(generator, body, *signal, shape->size[0]);
    } else if (equal_but(&signal->shape, shape, last)) {
        *signal = random_linear(generator, body, *signal, shape->size[last], small);
    } else if (shape->rank == 1) {
        *signal = random_flatten(generator, body, *signal, true);
        *signal = random_linear(generator, body, *signal, shape->size[0], small);
    } else {
        return false;
    }
    return true;
}
