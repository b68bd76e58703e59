/* Linear primitives in double precision, as torch.nn defines them: cross-correlation, floor sizes, padding of 0s that
 * an average counts. All scatter from the inputs that are not 0, in index order, with weights stored by
 * input; so a step costs what its events cost, and each output is summed in the order of its inputs. */
#include "float_linear.h"

#include <string.h>

/* Sizes in a file above this are nonsense and would only overflow. */
#define FLOAT_SIZE_LIMIT ((double)(1u << 30))

bool float_map_is(enum node_type type)
{
    switch (type) {
    case NODE_AFFINE:
    case NODE_LINEAR:
    case NODE_SCALE:
    case NODE_CONV1D:
    case NODE_CONV2D:
    case NODE_SUM_POOL_2D:
    case NODE_AVERAGE_POOL_2D:
        return true;
    default:
        return false;
    }
}

static int refuse(const struct node *node, const char *parameter, const char *text, struct diagnostics *diagnostics)
{
    char place[512];
    size_t used = strlen(node->name);

    if (used > sizeof place - 64)
        used = sizeof place - 64;
    place[0] = '/';
    memcpy(place + 1, node->name, used);
    place[used + 1] = '/';
    strncpy(place + used + 2, parameter, 60);
    place[sizeof place - 1] = '\0';
    return diagnostics_error(diagnostics, place, "%s", text);
}

/* The axis-th number of an integer parameter that may be given once for all axes. */
static int size_parameter(size_t *size, const struct node *node, const char *name, size_t axis, double least,
                          struct diagnostics *diagnostics)
{
    const struct tensor *tensor = &node_parameter(node, name)->tensor;

    if (tensor->count != 1 && axis >= tensor->count)
        return refuse(node, name, "has too few numbers; give one for each spatial axis", diagnostics);
    double value = tensor->data[tensor->count == 1 ? 0 : axis];
    if (!(value >= least && value <= FLOAT_SIZE_LIMIT) || value != (double)(size_t)value)
        return refuse(node, name, "is not a whole number in range; the exporter writes integers here", diagnostics);
    *size = (size_t)value;
    return 0;
}

static int make_bias(struct float_map *map, struct arena *arena, const struct node *node, size_t rows, size_t repeat,
                     struct diagnostics *diagnostics)
{
    const struct parameter *bias = node_parameter(node, "bias");

    if (!bias || !bias->present || bias->tensor.count == 0)
        return 0;
    size_t count = bias->tensor.count;
    if (count != 1 && count != rows && count != map->outputs)
        return refuse(node, "bias", "has another length than the output has channels", diagnostics);
    map->bias = arena_allocate(arena, map->outputs, sizeof *map->bias);
    if (!map->bias)
        return refuse(node, "bias", "does not fit into memory", diagnostics);
    for (size_t output = 0; output < map->outputs; output++) {
        size_t row = output / repeat % rows;
        map->bias[output] = bias->tensor.data[count == 1 ? 0 : count == rows ? row : output];
    }
    return 0;
}

static int make_dense(struct float_map *map, struct arena *arena, const struct node *node,
                      struct diagnostics *diagnostics)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;

    if (weight->rank < 2 || weight->count == 0)
        return refuse(node, "weight", "has fewer than 2 axes; it must be (output, input)", diagnostics);
    size_t rows = weight->size[weight->rank - 2], columns = weight->size[weight->rank - 1];
    size_t matrices = weight->count / rows / columns;
    map->kind = FLOAT_MAP_DENSE;
    map->block_inputs = columns;
    map->block_outputs = rows;
    map->blocks = map->inputs / columns;
    map->blocks_share = matrices == 1;
    if (map->inputs % columns != 0 || map->outputs % rows != 0 || map->outputs / rows != map->blocks ||
        (matrices != 1 && matrices != map->blocks))
        return refuse(node, "weight", "does not fit the sizes of its input and output; it must be (output, input)",
                      diagnostics);
    map->weight = arena_allocate(arena, weight->count, sizeof *map->weight);
    map->operations = arena_allocate(arena, map->inputs, sizeof *map->operations);
    if (!map->weight || !map->operations)
        return refuse(node, "weight", "does not fit into memory", diagnostics);
    for (size_t matrix = 0; matrix < matrices; matrix++) {
        const double *from = weight->data + matrix * rows * columns;
        double *to = map->weight + matrix * rows * columns;
        for (size_t row = 0; row < rows; row++)
            for (size_t column = 0; column < columns; column++)
                to[column * rows + row] = from[row * columns + column];
    }
    for (size_t input = 0; input < map->inputs; input++)
        map->operations[input] = rows;
    return make_bias(map, arena, node, rows, 1, diagnostics);
}

static int make_scale(struct float_map *map, struct arena *arena, const struct node *node,
                      struct diagnostics *diagnostics)
{
    map->kind = FLOAT_MAP_SCALE;
    if (map->inputs != map->outputs)
        return refuse(node, "scale", "has another size than the node's input", diagnostics);
    map->weight = arena_allocate(arena, map->inputs, sizeof *map->weight);
    if (!map->weight)
        return refuse(node, "scale", "does not fit into memory", diagnostics);
    for (size_t input = 0; input < map->inputs; input++)
        map->weight[input] = node_value(node, "scale", input);
    return 0;
}

/* Fills input, stride and padding of an axis, then output by the formula of torch.nn. */
static int make_axis(struct float_axis *axis, const struct node *node, size_t input, size_t kernel, size_t index,
                     bool dilates, struct diagnostics *diagnostics)
{
    const struct parameter *padding = node_parameter(node, "padding");
    size_t after;

    axis->input = input;
    axis->kernel = kernel;
    axis->dilation = 1;
    if (size_parameter(&axis->stride, node, "stride", index, 1, diagnostics) != 0)
        return -1;
    if (dilates && size_parameter(&axis->dilation, node, "dilation", index, 1, diagnostics) != 0)
        return -1;
    if (kernel == 0 || (double)axis->dilation * (double)(kernel - 1) > FLOAT_SIZE_LIMIT)
        return refuse(node, "dilation", "makes a kernel of no sensible size", diagnostics);
    size_t reach = axis->dilation * (kernel - 1);
    if (padding->text && strcmp(padding->text, "same") == 0) {
        axis->padding = reach / 2;
        after = reach - axis->padding;
    } else if (padding->text && strcmp(padding->text, "valid") == 0) {
        axis->padding = after = 0;
    } else if (padding->text) {
        return refuse(node, "padding", "is an unknown word; \"same\", \"valid\" and numbers have a meaning",
                      diagnostics);
    } else {
        if (size_parameter(&axis->padding, node, "padding", index, 0, diagnostics) != 0)
            return -1;
        after = axis->padding;
    }
    if (input + axis->padding + after < reach + 1)
        return refuse(node, dilates ? "weight" : "kernel_size", "is larger than the padded input", diagnostics);
    axis->output = (input + axis->padding + after - reach - 1) / axis->stride + 1;
    return 0;
}

/* How many places of the kernel an input at position reaches. */
static size_t axis_taps(const struct float_axis *axis, size_t position)
{
    size_t taps = 0;

    for (size_t tap = 0; tap < axis->kernel && tap * axis->dilation <= position + axis->padding; tap++) {
        size_t offset = position + axis->padding - tap * axis->dilation;
        taps += offset % axis->stride == 0 && offset / axis->stride < axis->output;
    }
    return taps;
}

static int make_planes(struct float_map *map, const struct node *node, const size_t kernel[2], size_t spatial,
                       struct diagnostics *diagnostics)
{
    const struct shape *shape = &node->input;
    bool dilates = map->kind == FLOAT_MAP_CONVOLUTION;

    if (shape->rank < spatial + 1 || shape_count(shape) != map->inputs)
        return refuse(node, dilates ? "weight" : "kernel_size", "needs an input of channels and spatial axes",
                      diagnostics);
    size_t height = spatial == 2 ? shape->size[shape->rank - 2] : 1;
    size_t width = shape->size[shape->rank - 1];
    map->channels = map->inputs / height / width;
    map->height = (struct float_axis){.input = 1, .output = 1, .kernel = 1, .stride = 1, .dilation = 1};
    if (spatial == 2 && make_axis(&map->height, node, height, kernel[0], 0, dilates, diagnostics) != 0)
        return -1;
    if (make_axis(&map->width, node, width, kernel[1], spatial - 1, dilates, diagnostics) != 0)
        return -1;
    map->block_inputs = height * width;
    map->block_outputs = map->outputs; /* bounds the product below */
    if (map->height.output > map->outputs / map->width.output)
        return refuse(node, dilates ? "weight" : "kernel_size", "gives another output size than the graph has",
                      diagnostics);
    map->block_outputs = map->height.output * map->width.output;
    return 0;
}

static int make_convolution(struct float_map *map, struct arena *arena, const struct node *node, size_t spatial,
                            struct diagnostics *diagnostics)
{
    const struct tensor *weight = &node_parameter(node, "weight")->tensor;
    size_t groups;

    if (weight->rank != spatial + 2 || weight->count == 0)
        return refuse(node, "weight", "has another number of axes than (output channels, input channels, kernel)",
                      diagnostics);
    size_t kernel[2] = {spatial == 2 ? weight->size[2] : 1, weight->size[spatial + 1]};
    map->kind = FLOAT_MAP_CONVOLUTION;
    if (size_parameter(&groups, node, "groups", 0, 1, diagnostics) != 0 ||
        make_planes(map, node, kernel, spatial, diagnostics) != 0)
        return -1;
    map->group_channels = weight->size[1];
    map->group_outputs = weight->size[0] / groups;
    if (map->channels % groups != 0 || map->channels / groups != map->group_channels ||
        weight->size[0] % groups != 0 || map->outputs % map->block_outputs != 0 ||
        map->outputs / map->block_outputs != weight->size[0])
        return refuse(node, "weight", "does not fit the channels of its input and output and the groups", diagnostics);
    map->weight = arena_allocate(arena, weight->count, sizeof *map->weight);
    map->operations = arena_allocate(arena, map->inputs, sizeof *map->operations);
    if (!map->weight || !map->operations)
        return refuse(node, "weight", "does not fit into memory", diagnostics);
    size_t taps = kernel[0] * kernel[1];
    for (size_t output = 0; output < weight->size[0]; output++)
        for (size_t channel = 0; channel < map->group_channels; channel++)
            for (size_t tap = 0; tap < taps; tap++) {
                size_t absolute = output / map->group_outputs * map->group_channels + channel;
                map->weight[(absolute * taps + tap) * map->group_outputs + output % map->group_outputs] =
                    weight->data[(output * map->group_channels + channel) * taps + tap];
            }
    for (size_t input = 0; input < map->inputs; input++) {
        size_t position = input % map->block_inputs;
        map->operations[input] = axis_taps(&map->height, position / map->width.input) *
                                 axis_taps(&map->width, position % map->width.input) * map->group_outputs;
    }
    return make_bias(map, arena, node, weight->size[0], map->block_outputs, diagnostics);
}

static int make_pool(struct float_map *map, const struct node *node, struct diagnostics *diagnostics)
{
    size_t kernel[2];

    map->kind = FLOAT_MAP_POOL;
    if (size_parameter(&kernel[0], node, "kernel_size", 0, 1, diagnostics) != 0 ||
        size_parameter(&kernel[1], node, "kernel_size", 1, 1, diagnostics) != 0 ||
        make_planes(map, node, kernel, 2, diagnostics) != 0)
        return -1;
    if (map->outputs % map->block_outputs != 0 || map->outputs / map->block_outputs != map->channels)
        return refuse(node, "kernel_size", "gives another output size than the graph has", diagnostics);
    map->divisor = node->type == NODE_AVERAGE_POOL_2D ? (double)kernel[0] * (double)kernel[1] : 1;
    return 0;
}

int float_map_make(struct float_map *map, struct arena *arena, const struct node *node, size_t inputs, size_t outputs,
                   struct diagnostics *diagnostics)
{
    *map = (struct float_map){.inputs = inputs, .outputs = outputs};
    switch (node->type) {
    case NODE_SCALE:
        return make_scale(map, arena, node, diagnostics);
    case NODE_CONV1D:
        return make_convolution(map, arena, node, 1, diagnostics);
    case NODE_CONV2D:
        return make_convolution(map, arena, node, 2, diagnostics);
    case NODE_SUM_POOL_2D:
    case NODE_AVERAGE_POOL_2D:
        return make_pool(map, node, diagnostics);
    default:
        return make_dense(map, arena, node, diagnostics);
    }
}

static void apply_dense(const struct float_map *map, const double *input, double *output)
{
    size_t rows = map->block_outputs, columns = map->block_inputs;

    for (size_t block = 0; block < map->blocks; block++) {
        const double *matrix = map->weight + (map->blocks_share ? 0 : block * rows * columns);
        double *sums = output + block * rows;
        for (size_t column = 0; column < columns; column++) {
            double value = input[block * columns + column];
            if (value == 0)
                continue;
            const double *weights = matrix + column * rows;
            for (size_t row = 0; row < rows; row++)
                sums[row] += weights[row] * value;
        }
    }
}

/* Adds what the input at row and column of a channel does through one place of the kernel. */
static void scatter_tap(const struct float_map *map, size_t channel, size_t tap, size_t position, double value,
                        double *output)
{
    if (map->kind == FLOAT_MAP_POOL) {
        output[channel * map->block_outputs + position] += value;
        return;
    }
    size_t taps = map->height.kernel * map->width.kernel;
    const double *weights = map->weight + (channel * taps + tap) * map->group_outputs;
    size_t first = channel / map->group_channels * map->group_outputs;
    for (size_t index = 0; index < map->group_outputs; index++)
        output[(first + index) * map->block_outputs + position] += weights[index] * value;
}

static void scatter(const struct float_map *map, size_t channel, size_t row, size_t column, double value,
                    double *output)
{
    const struct float_axis *height = &map->height, *width = &map->width;

    for (size_t down = 0; down < height->kernel && down * height->dilation <= row + height->padding; down++) {
        size_t vertical = row + height->padding - down * height->dilation;
        if (vertical % height->stride != 0 || vertical / height->stride >= height->output)
            continue;
        for (size_t across = 0; across < width->kernel && across * width->dilation <= column + width->padding;
             across++) {
            size_t horizontal = column + width->padding - across * width->dilation;
            if (horizontal % width->stride != 0 || horizontal / width->stride >= width->output)
                continue;
            scatter_tap(map, channel, down * width->kernel + across,
                        vertical / height->stride * width->output + horizontal / width->stride, value, output);
        }
    }
}

void float_map_apply(const struct float_map *map, const double *input, double *output, bool bias_waits)
{
    if (map->kind == FLOAT_MAP_SCALE) {
        for (size_t index = 0; index < map->inputs; index++)
            output[index] = input[index] * map->weight[index];
        return;
    }
    memset(output, 0, map->outputs * sizeof *output);
    if (map->kind == FLOAT_MAP_DENSE) {
        apply_dense(map, input, output);
    } else {
        for (size_t index = 0; index < map->inputs; index++) {
            size_t position = index % map->block_inputs;
            if (input[index] != 0)
                scatter(map, index / map->block_inputs, position / map->width.input, position % map->width.input,
                        input[index], output);
        }
    }
    if (map->kind == FLOAT_MAP_POOL && map->divisor != 1)
        for (size_t index = 0; index < map->outputs; index++)
            output[index] /= map->divisor;
    if (map->bias && !bias_waits)
        for (size_t index = 0; index < map->outputs; index++)
            output[index] += map->bias[index];
}
