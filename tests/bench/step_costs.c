/* What a step costs besides its events.
 *   step-costs dense          the dense 32-64-128-64-16 LIF network that SYNtzulu was measured with, beside SYNtzulu
 *   step-costs split NIR DATA where the cycles of a network's steps go, from the cost model (compiler/cost.h)
 *   step-costs list NIR DATA  the same, operation by operation */
#include "compile.h"
#include "cost.h"
#include "data.h"
#include "device.h"
#include "hardware.h"
#include "image.h"
#include "predict.h"
#include "ref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 4, INPUTS = 32, STEPS = 200, SPLIT_SAMPLES = 5, LARGEST_WEIGHT = 63, THRESHOLD = 640, LEAK = -3277 };

static const size_t sizes[LAYERS + 1] = { INPUTS, 64, 128, 64, 16 };

/* Mean input spikes a step, in hundredths: what SYNtzulu's operations were measured with, from 0 to all inputs. */
static const unsigned spikes_in_100_steps[] = { 0, 134, 306, 510, 1600, 3200 };

/* SYNtzulu: cycles of a step are 64 + sum over its layers of half its neurons times the groups of four inputs with a spike, one
 * at least; the clock is the one it is run at. */
static const double syntzulu_mhz = 24;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D) >> 33;
}

static int connect(struct image *image, size_t source, uint64_t *random)
{
    size_t from = image->populations[source].size, to = image->populations[source + 1].size;
    struct linear_map_builder *builder = linear_map_begin(from, to);
    struct image_projection *projection = &image->projections[image->projection_count++];
    uint32_t row[128];
    double weights[128], *real;

    if (!builder)
        return -1;
    for (size_t neuron = 0; neuron < from; neuron++) {
        for (size_t target = 0; target < to; target++) {
            row[target] = (uint32_t)target;
            weights[target] = (double)(next_random(random) % (2 * LARGEST_WEIGHT + 1)) - LARGEST_WEIGHT;
        }
        if (linear_map_add(builder, neuron, to, row, weights))
            return -1;
    }
    *projection = (struct image_projection){ .source = source, .target = source + 1, .weight_bits = 8, .scale = 1 };
    if (linear_map_finish(builder, image->arena, &projection->map, &real))
        return -1;
    size_t entries = linear_map_entries(&projection->map);
    projection->weight = arena_allocate(image->arena, entries, sizeof *projection->weight);
    for (size_t entry = 0; projection->weight && entry < entries; entry++)
        projection->weight[entry] = (int16_t)real[entry];
    return projection->weight ? 0 : -1;
}

/* The network as integers: nothing of it is rounded. */
static int make_dense(struct image *image, struct arena *arena)
{
    uint64_t random = 1;

    *image = (struct image){ .arena = arena, .options.weight_bits = 8 };
    image->populations = arena_allocate(arena, LAYERS + 1, sizeof *image->populations);
    image->projections = arena_allocate(arena, LAYERS, sizeof *image->projections);
    image->inputs = arena_allocate(arena, 1, sizeof *image->inputs);
    image->outputs = arena_allocate(arena, 1, sizeof *image->outputs);
    if (!image->populations || !image->projections || !image->inputs || !image->outputs)
        return -1;
    for (size_t index = 0; index <= LAYERS; index++) {
        struct image_population *population = &image->populations[image->population_count++];
        *population = (struct image_population){ .name = arena_print(arena, "/layer%zu", index),
                                                 .model = index ? MODEL_LIF : MODEL_INPUT,
                                                 .size = sizes[index],
                                                 .shape = { .rank = 1, .size = { sizes[index] } },
                                                 .level = index,
                                                 .fire = index > 0,
                                                 .scale = 1,
                                                 .limit = 1 };
        for (unsigned parameter = 0; index && parameter < NEURON_PARAMETERS; parameter++) {
            int16_t *values = arena_allocate(arena, sizes[index], sizeof *values);
            if (!values)
                return -1;
            for (size_t neuron = 0; neuron < sizes[index]; neuron++)
                values[neuron] = (int16_t)(parameter == NEURON_LEAK ? LEAK : parameter == NEURON_THRESHOLD ? THRESHOLD : 0);
            population->parameter[parameter] = values;
        }
        if (index && connect(image, index - 1, &random))
            return -1;
    }
    image->inputs[image->input_count++] = (struct port){ image->populations[0].name, 0 };
    image->outputs[image->output_count++] = (struct port){ image->populations[LAYERS].name, LAYERS };
    return 0;
}

/* As many different inputs as the mean asks for, in turn more and fewer. */
static void draw(uint8_t *spikes, unsigned hundredths, uint64_t *random, unsigned *left_over)
{
    *left_over += hundredths;
    unsigned count = *left_over / 100;

    *left_over %= 100;
    memset(spikes, 0, INPUTS);
    while (count) {
        size_t input = next_random(random) % INPUTS;
        count -= !spikes[input];
        spikes[input] = 1;
    }
}

static unsigned syntzulu_cycles(struct ref *ref, const uint8_t *inputs)
{
    unsigned cycles = 64;

    for (size_t layer = 0; layer < LAYERS; layer++) {
        const uint8_t *spikes = layer ? ref_spikes(ref, layer) : inputs;
        unsigned groups = 0;
        for (size_t first = 0; first < sizes[layer]; first += 4)
            groups += spikes[first] || spikes[first + 1] || spikes[first + 2] || spikes[first + 3];
        cycles += (unsigned)sizes[layer + 1] / 2 * (groups ? groups : 1);
    }
    return cycles;
}

static int print_row(const struct image *image, struct device *device, unsigned hundredths)
{
    static uint8_t inputs[STEPS * INPUTS], outputs[STEPS * 16];
    struct loom_buffer in = { .spikes = inputs }, out = { .spikes = outputs };
    const struct board *board = board_find(image->board);
    struct ref *ref = ref_open(image);
    uint64_t random = 7, peer = 0;
    unsigned left_over = 0;
    size_t different = 0;

    if (!ref)
        return -1;
    ref_reset(ref);
    for (size_t step = 0; step < STEPS; step++)
        draw(inputs + step * INPUTS, hundredths, &random, &left_over);
    if (device->operations->reset(device) != LOOM_OK || device->operations->run(device, STEPS, &in, &out) != LOOM_OK) {
        fprintf(stderr, "%s\n", device->error);
        return -1;
    }
    for (size_t step = 0; step < STEPS; step++) {
        ref_set_spikes(ref, 0, inputs + step * INPUTS);
        ref_step(ref);
        peer += syntzulu_cycles(ref, inputs + step * INPUTS);
        different += memcmp(ref_spikes(ref, LAYERS), outputs + step * 16, 16) != 0;
    }
    double operations = (double)ref_operations(ref) / STEPS, cycles = (double)device->counters.cycles / STEPS;
    double others = (double)peer / STEPS, mhz = board->clock_khz / 1000.0;
    ref_close(ref);
    if (different) {
        fprintf(stderr, "%zu steps differ from ref\n", different);
        return -1;
    }
    printf("| %.1f | %.0f | %.1f | %.1f | %.2f | %.2f | ", hundredths / 100.0 / INPUTS * 100, operations, cycles, others,
           operations / cycles, operations / others);
    if (operations > 0)
        printf("%.1f | %.2f | %.2f |\n", operations / cycles * mhz, operations / others * syntzulu_mhz,
               operations / cycles * mhz / (operations / others * syntzulu_mhz));
    else
        printf("0 | 0 | %.2f |\n", others / syntzulu_mhz / (cycles / mhz));
    return 0;
}

static int print_dense(void)
{
    struct diagnostics diagnostics = { 0 };
    struct arena arena = { NULL };
    struct device *device = NULL;
    struct image image;
    char error[DEVICE_ERROR_BYTES] = "";
    int status = make_dense(&image, &arena) || image_place(&image, board_find("icebreaker"), &diagnostics) ||
                 device_sim_open(&device, &image, NULL, error) != LOOM_OK;

    if (status)
        fprintf(stderr, "the dense network does not run: %s\n", error);
    else
        printf("| input spikes %% | operations a step | cycles a step | SYNtzulu | operations a cycle | SYNtzulu | "
               "million operations a second at %.0f MHz | SYNtzulu at %.0f MHz | times |\n"
               "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
               board_find("icebreaker")->clock_khz / 1000.0, syntzulu_mhz);
    for (size_t row = 0; !status && row < sizeof spikes_in_100_steps / sizeof *spikes_in_100_steps; row++)
        status = print_row(&image, device, spikes_in_100_steps[row]);
    if (device)
        device->operations->close(device);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status ? 1 : 0;
}

static double share(uint64_t part, uint64_t cycles)
{
    return cycles ? 100 * (double)part / (double)cycles : 0;
}

static void print_split(const struct prediction *prediction)
{
    const struct cost_totals *split = &prediction->split;
    uint64_t work = split->units + split->entries;
    uint64_t named = work + split->groups + split->filling + split->scanning + split->dispatch;
    uint64_t messages = split->cycles > named ? split->cycles - named : 0;

    printf("%.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", (double)split->cycles / (double)split->steps,
           share(work, split->cycles), share(split->groups, split->cycles), share(split->scanning, split->cycles),
           share(split->filling, split->cycles), share(split->dispatch, split->cycles), share(messages, split->cycles));
}

/* What is left to the cycles of a step are STEP and END on their ways. */
static void print_list(const struct prediction *prediction)
{
    static const char *const names[] = {
        [HW_OPERATION_END] = "END", [HW_OPERATION_ACCUMULATE] = "ACCUMULATE", [HW_OPERATION_UPDATE] = "UPDATE",
        [HW_OPERATION_SEND] = "SEND"
    };
    double steps = (double)prediction->split.steps;

    printf("| operation | words, groups | done in a step | cycles a step | of them work |\n| --- | --- | --- | --- | --- |\n");
    for (size_t index = 0; index < prediction->listing_count; index++) {
        const struct cost_operation *operation = &prediction->listing[index];
        bool update = operation->code == HW_OPERATION_UPDATE, accumulate = operation->code == HW_OPERATION_ACCUMULATE;
        unsigned flags = operation->flags;
        printf("| %s%s%s%s%s%s%s%s%s | %u | %.2f | %.1f | %.1f |\n", names[operation->code],
               accumulate && flags >> HW_FLAG_TABLE & 1 ? " TABLE" : "", accumulate && flags >> HW_FLAG_GRADED & 1 ? " GRADED" : "",
               accumulate && flags >> HW_FLAG_FOLLOWS & 1 ? " FOLLOWS" : "", update && flags >> HW_FLAG_EACH & 1 ? " EACH" : "",
               update && flags >> HW_FLAG_CURRENT & 1 ? " CURRENT" : "",
               update && flags >> HW_FLAG_EXTERNAL & 1 ? " EXTERNAL" : "", update && flags >> HW_FLAG_STILL & 1 ? " STILL" : "",
               update && flags >> HW_FLAG_FIRE & 1 ? " FIRE" : "", operation->count, (double)operation->runs / steps,
               (double)operation->cycles / steps, (double)operation->work / steps);
    }
    printf("all: %.1f cycles a step\n", (double)prediction->split.cycles / steps);
}

static int print_prediction(bool list, const char *network, const char *samples, const char *dt)
{
    struct compile_request request = {
        .path = network, .options = options_default(), .board = board_find("icebreaker"), .samples = samples
    };
    struct diagnostics diagnostics, sample_diagnostics;
    struct prediction prediction = { 0 };
    struct arena arena = { NULL };
    struct image image;
    struct data data = { 0 };

    if (dt)
        request.options.dt = atof(dt);
    diagnostics_begin(&diagnostics, network);
    diagnostics_begin(&sample_diagnostics, samples);
    int status = compile_network(&image, &arena, &request, &diagnostics, &sample_diagnostics) ||
                 data_read(&data, samples, 0, SPLIT_SAMPLES, image.options.dt, &sample_diagnostics) ||
                 predict_samples(&prediction, &image, &data, 0, data.samples, UINT64_MAX);
    if (status) {
        fprintf(stderr, "%s: cannot be measured\n", network);
    } else {
        (list ? print_list : print_split)(&prediction);
    }
    predict_free(&prediction);
    data_free(&data);
    diagnostics_free(&diagnostics);
    diagnostics_free(&sample_diagnostics);
    arena_free(&arena);
    return status ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "dense"))
        return print_dense();
    if ((argc == 4 || argc == 5) && (!strcmp(argv[1], "split") || !strcmp(argv[1], "list")))
        return print_prediction(!strcmp(argv[1], "list"), argv[2], argv[3], argc == 5 ? argv[4] : NULL);
    fprintf(stderr, "usage: step-costs dense | split NETWORK DATA [DT] | list NETWORK DATA [DT]\n");
    return 2;
}
