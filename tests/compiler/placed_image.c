/* Placed images run and compared (placed_image.h). */
#include "placed_image.h"

#include "array_model.h"
#include "diagnostics.h"
#include "hardware.h"
#include "integer_network.h"
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

enum { STEPS = 9 };

static size_t neuron_place(const struct image *image, size_t population, size_t neuron)
{
    return image_order_place(&image->orders[population], neuron);
}

/* The words that a host writes for an Input in one step, as the comment of struct image_buffer says: a slot back. */
static void write_input(struct array_model *model, const struct image *image, size_t population, size_t step,
                        const int32_t *output)
{
    const struct image_buffer *buffer = &image->buffers[population];
    size_t steps = (size_t)1 << buffer->ring_log2;
    uint16_t words[1 << 14] = { 0 };

    if (!buffer->used)
        return;
    cr_assert_leq(buffer->words, sizeof words / sizeof *words);
    for (size_t neuron = 0; neuron < image->populations[population].size; neuron++) {
        size_t place = neuron_place(image, population, neuron);
        if (image->populations[population].graded)
            words[place] = (uint16_t)output[neuron];
        else if (output[neuron])
            words[place / 16] = (uint16_t)(words[place / 16] | 1u << place % 16);
    }
    for (size_t word = 0; word < buffer->words; word++) {
        size_t address = buffer->address + (word << buffer->ring_log2) + (step + steps - 1) % steps;
        cr_assert(array_model_write(model, buffer->space, (uint32_t)address, words[word]));
    }
}

static int32_t word_as_value(uint16_t word)
{
    return word < 0x8000 ? word : word - 0x10000;
}

struct run {
    const struct image *image;
    struct array_model *model;
    struct integer_state state;
    uint64_t seed;
    uint64_t fired;
};

/* One neuron of a slice; place counts from the slice's first neuron. */
static void check_neuron(struct run *run, const struct image_slice *slice, size_t place, size_t neuron, size_t step)
{
    const struct image *image = run->image;
    const struct image_population *population = &image->populations[slice->population];
    const struct image_buffer *buffer = &image->buffers[slice->population];
    uint16_t v =
        array_model_read(run->model, slice->core, slice->state_space, (uint32_t)(slice->state_address + place));
    int32_t output = run->state.output[slice->population][step][neuron];
    unsigned count;

    cr_assert(word_as_value(v) == run->state.v[slice->population][neuron],
              "seed %llu %s step %zu %s neuron %zu: v %d, not %d", (unsigned long long)run->seed, image->board, step,
              population->name, neuron, word_as_value(v), run->state.v[slice->population][neuron]);
    if (model_has_current(population->model)) {
        uint16_t i = array_model_read(run->model, slice->core, slice->state_space,
                                      (uint32_t)(slice->current_address + place));
        cr_assert(word_as_value(i) == run->state.i[slice->population][neuron], "seed %llu %s step %zu %s neuron %zu: i",
                     (unsigned long long)run->seed, image->board, step, population->name, neuron);
    }
    if (population->fire) {
        size_t steps = (size_t)1 << buffer->ring_log2;
        size_t word = (slice->first_neuron + place) / 16;
        uint16_t spikes = array_model_read(run->model, slice->core, HW_SPACE_SPIKE,
                                           (uint32_t)(buffer->address + (word << buffer->ring_log2) + step % steps));
        cr_assert((spikes >> place % 16 & 1) == output, "seed %llu %s step %zu %s neuron %zu: spike",
                     (unsigned long long)run->seed, image->board, step, population->name, neuron);
        run->fired += (unsigned)output;
    }
    if (slice->output) {
        size_t word = population->graded ? place : place / 16;
        uint16_t data = array_model_output(run->model, (uint32_t)(slice->output_address + word), &count);
        cr_assert(count == 1, "%u messages of output word %zu", count, word);
        cr_assert((population->graded ? word_as_value(data) : data >> place % 16 & 1) == output, "output of %s",
                  population->name);
    }
}

/* Neurons that only fill up rows and groups never fire. */
static void check_pads(struct run *run, const struct image_slice *slice, size_t fired, size_t step)
{
    const struct image_buffer *buffer = &run->image->buffers[slice->population];
    size_t set = 0;

    for (size_t word = slice->first_neuron / 16; word < (slice->first_neuron + slice->neurons + 15) / 16; word++) {
        uint32_t address = (uint32_t)(buffer->address + (word << buffer->ring_log2) + step % (1u << buffer->ring_log2));
        set += (size_t)__builtin_popcount(array_model_read(run->model, slice->core, HW_SPACE_SPIKE, address));
    }
    cr_assert_eq(set, fired, "seed %llu %s step %zu %s: %zu bits are set, %zu neurons fired",
                 (unsigned long long)run->seed, run->image->board, step,
                 run->image->populations[slice->population].name, set, fired);
}

static void check_step(struct run *run, size_t step)
{
    const struct image *image = run->image;
    size_t checked = 0, neurons = 0;

    for (size_t index = 0; index < image->population_count; index++)
        neurons += image->populations[index].model == MODEL_INPUT ? 0 : image->populations[index].size;
    for (size_t slice = 0; slice < image->slice_count; slice++) {
        const struct image_slice *own = &image->slices[slice];
        uint64_t fired = run->fired;
        for (size_t neuron = 0; neuron < image->populations[own->population].size; neuron++) {
            size_t place = neuron_place(image, own->population, neuron);
            if (place < own->first_neuron || place >= own->first_neuron + own->neurons)
                continue;
            check_neuron(run, own, place - own->first_neuron, neuron, step);
            checked++;
        }
        if (image->populations[own->population].fire)
            check_pads(run, own, (size_t)(run->fired - fired), step);
    }
    cr_assert_eq(checked, neurons, "%zu of %zu neurons lie in slices", checked, neurons);
}

static void random_inputs(struct run *run, uint64_t *random, size_t steps, size_t sparse)
{
    for (size_t input = 0; input < run->image->input_count; input++) {
        size_t index = run->image->inputs[input].population;
        const struct image_population *population = &run->image->populations[index];
        for (size_t step = 0; step < steps; step++) {
            for (size_t neuron = 0; neuron < population->size; neuron++) {
                bool active = random_below(random, sparse) == 0;
                run->state.output[index][step][neuron] =
                    !active ? 0 : population->graded ? (int32_t)random_below(random, 4000) - 2000 : 1;
            }
        }
    }
}

static void start(struct run *run, const struct image *image, size_t steps)
{
    run->state = integer_state_begin(image, steps);
    cr_assert(array_model_run(run->model, image->clear_entry, 0), "%s", array_model_error(run->model));
}

/* Steps from a cleared array; inputs of the next step are written before this one runs, as the link may do. */
static void run_steps(struct run *run, uint64_t *random, size_t steps, size_t sparse)
{
    const struct image *image = run->image;

    start(run, image, steps);
    random_inputs(run, random, steps, sparse);
    for (size_t step = 0; step < steps; step++) {
        for (size_t input = 0; input < image->input_count; input++) {
            size_t index = image->inputs[input].population;
            if (step == 0)
                write_input(run->model, image, index, 0, run->state.output[index][0]);
            if (step + 1 < steps)
                write_input(run->model, image, index, step + 1, run->state.output[index][step + 1]);
        }
        cr_assert(array_model_run(run->model, image->step_entry, (unsigned)step), "seed %llu %s: %s",
                  (unsigned long long)run->seed, image->board, array_model_error(run->model));
        integer_state_step(&run->state, step);
        check_step(run, step);
    }
}

/* Twice, so that the second run finds what the first left. */
uint64_t placed_check(const struct image *image, uint64_t seed, size_t sparse, uint64_t *units)
{
    struct run run = { .image = image, .seed = seed };
    uint64_t random = seed | 1;

    run.model = array_model_open(image, seed);
    cr_assert_not_null(run.model);
    run_steps(&run, &random, STEPS, sparse);
    run_steps(&run, &random, STEPS / 2, sparse);
    if (units)
        *units = array_model_units(run.model);
    array_model_close(run.model);
    return run.fired;
}

bool placed_on(struct image *image, const char *board, const char *message)
{
    struct diagnostics diagnostics;
    bool said = false;

    diagnostics_begin(&diagnostics, "hand");
    int status = image_place(image, board_find(board), &diagnostics);
    for (size_t index = 0; index < diagnostics.count; index++) {
        said = said || strstr(diagnostics.messages[index].text, message);
        if (!*message && diagnostics.messages[index].severity == SEVERITY_ERROR)
            cr_log_info("%s", diagnostics.messages[index].text);
    }
    cr_assert_eq(status != 0, diagnostics.failed);
    cr_assert(!*message || said, "not said: %s", message);
    diagnostics_free(&diagnostics);
    return status == 0;
}

size_t placed_weight_words(const struct image *image, unsigned core)
{
    const struct board *board = board_find(image->board);

    for (size_t index = 0; index < image->segment_count; index++) {
        if (image->segments[index].core == core && image->segments[index].space == HW_SPACE_WEIGHT)
            return image->segments[index].count / (board->word_bits / 16);
    }
    return 0;
}
