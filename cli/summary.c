/* What an image is, for people and as JSON: board, options, populations, memory used. */
#include "summary.h"

#include "cost.h"
#include "hardware.h"
#include "talk.h"

#include <stdlib.h>
#include <string.h>

/* 16-bit words of a memory that the fullest core uses, and how many a core has. */
struct memory_use {
    const char *name;
    size_t used;
    size_t capacity;
};

enum { MEMORIES = 5 };

static void raise_to(size_t *used, size_t end)
{
    if (end > *used)
        *used = end;
}

/* Weights include tables and the states of large populations, states the parameters and rings of values,
 * spikes the rings, accumulators the largest slice. Without the board the capacities are 0. */
static void measure(struct memory_use memory[MEMORIES], const struct image *image)
{
    const struct board *board = board_find(image->board);

    memory[0] = (struct memory_use){"weights", 0, board ? (size_t)board->weight_words * board->word_bits / 16 : 0};
    memory[1] = (struct memory_use){"states", 0, board ? (size_t)board->state_rows * board->slots : 0};
    memory[2] = (struct memory_use){"spikes", 0, board ? board->spike_words : 0};
    memory[3] = (struct memory_use){"accumulators", 0, board ? (size_t)board->accumulator_rows * board->lanes : 0};
    memory[4] = (struct memory_use){"program", 0, board ? (size_t)board->operations * HW_OPERATION_WORDS : 0};
    for (size_t index = 0; index < image->population_count && image->board; index++) {
        const struct image_buffer *buffer = &image->buffers[index];

        if (buffer->used)
            raise_to(&memory[buffer->space == HW_SPACE_SPIKE ? 2 : 1].used,
                     buffer->address + (buffer->words << buffer->ring_log2));
    }
    for (size_t index = 0; index < image->segment_count; index++) {
        const struct image_segment *segment = &image->segments[index];

        if (segment->space == HW_SPACE_WEIGHT)
            raise_to(&memory[0].used, segment->address + segment->count);
        else if (segment->space == HW_SPACE_STATE)
            raise_to(&memory[1].used, segment->address + segment->count);
        else if (segment->space == HW_SPACE_PROGRAM)
            raise_to(&memory[4].used, segment->address + segment->count);
    }
    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        struct memory_use *states = &memory[slice->state_space == HW_SPACE_WEIGHT ? 0 : 1];

        raise_to(&memory[3].used, slice->neurons);
        raise_to(&states->used, slice->state_address + slice->neurons);
        raise_to(&states->used, slice->current_address ? slice->current_address + slice->neurons : 0);
    }
}

const char *summary_model(enum model model)
{
    static const char *const names[] = {
        [MODEL_INPUT] = "Input", [MODEL_RELAY] = "relay", [MODEL_THRESHOLD] = "Threshold", [MODEL_I] = "I",
        [MODEL_IF] = "IF",       [MODEL_LI] = "LI",       [MODEL_LIF] = "LIF",
        [MODEL_CUBALI] = "CubaLI", [MODEL_CUBALIF] = "CubaLIF"};

    return (size_t)model < sizeof names / sizeof names[0] && names[model] ? names[model] : "unknown";
}

static const char *time_unit_name(double time_unit)
{
    return time_unit == 0 ? "step" : time_unit < 0.5 ? "ms" : "s";
}

struct json_object *summary_options(const struct options *options)
{
    struct json_object *object = json_object_new_object();

    json_object_object_add(object, "dt", talk_json_number(options->dt));
    json_object_object_add(object, "time_unit", json_object_new_string(time_unit_name(options->time_unit)));
    for (size_t index = 0; option_choice_at(index); index++) {
        const struct option_choice *choice = option_choice_at(index);
        char key[32];

        snprintf(key, sizeof key, "%s", choice->name);
        for (char *letter = key; *letter; letter++)
            if (*letter == '-')
                *letter = '_';
        json_object_object_add(object, key,
                               json_object_new_string(choice->words[option_choice_get(choice, options)]));
    }
    json_object_object_add(object, "weight_bits", json_object_new_int64(options->weight_bits));
    return object;
}

/* The first five always, the others where they are not the default. */
static void print_choices(FILE *file, const struct options *options)
{
    enum { SHOWN_ALWAYS = 5 };
    struct options defaults = options_default();

    for (size_t index = 0; option_choice_at(index); index++) {
        const struct option_choice *choice = option_choice_at(index);
        unsigned value = option_choice_get(choice, options);

        if (index >= SHOWN_ALWAYS && value == option_choice_get(choice, &defaults))
            continue;
        fputs(", ", file);
        if (choice->offset != offsetof(struct options, integrator)) {
            for (const char *letter = choice->name; *letter; letter++)
                fputc(*letter == '-' ? ' ' : *letter, file);
            fputc(' ', file);
        }
        fputs(choice->words[value], file);
    }
}

static bool same_as(const int16_t *parameter, size_t neuron, size_t other)
{
    return !parameter || parameter[neuron] == parameter[other];
}

/* How far parameters differ: "uniform", "channel" (the same within each), "neuron". */
static const char *spread(const struct image_population *population)
{
    size_t channels = population->shape.rank > 1 ? population->shape.size[0] : population->size;
    size_t plane = channels ? population->size / channels : 1;

    if (!population->each && !population->current_each)
        return "uniform";
    for (size_t neuron = 0; neuron < population->size; neuron++) {
        size_t first = plane > 1 ? neuron / plane * plane : neuron;
        bool same = plane > 1;

        for (size_t index = 0; index < NEURON_PARAMETERS && same; index++)
            same = same_as(population->parameter[index], neuron, first);
        for (size_t index = 0; index < CURRENT_PARAMETERS && same; index++)
            same = same_as(population->current_parameter[index], neuron, first);
        if (!same)
            return "neuron";
    }
    return "channel";
}

/* What of NIR's parameters weights and biases were multiplied with (compiler/lower_population.c). */
static const char *folded(enum model model)
{
    switch (model) {
    case MODEL_I:
    case MODEL_IF:
        return "dt r";
    case MODEL_LI:
    case MODEL_LIF:
        return "r dt/tau";
    case MODEL_CUBALI:
    case MODEL_CUBALIF:
        return "w_in dt/tau_syn, r dt/tau_mem";
    default:
        return "";
    }
}

static size_t count_slices(const struct image *image, size_t population)
{
    size_t count = 0;

    for (size_t index = 0; index < image->slice_count; index++)
        count += image->slices[index].population == population;
    return count;
}

/* NULL where memory is short or the board is not known. The caller frees it. */
static struct cost_projection *lay_out(const struct image *image)
{
    struct cost *cost = cost_open(image);
    struct cost_projection *projections = calloc(image->projection_count + 1, sizeof *projections);

    if (cost && projections) {
        cost_describe(cost, projections);
    } else {
        free(projections);
        projections = NULL;
    }
    cost_close(cost);
    return projections;
}

static void print_projections(FILE *file, const struct image *image)
{
    struct cost_projection *layouts = lay_out(image);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];

        fprintf(file, "  %s -> %s: %u-bit weights", image->populations[projection->source].name,
                image->populations[projection->target].name, projection->weight_bits);
        if (projection->delay)
            fprintf(file, ", delay %zu", projection->delay);
        if (layouts)
            fprintf(file, ", %s, %.4g units an event, %llu words", layouts[index].table ? "table" : "dense",
                    layouts[index].units, (unsigned long long)layouts[index].words);
        if (layouts && layouts[index].table)
            fprintf(file, ", %llu entries", (unsigned long long)layouts[index].entries);
        fputc('\n', file);
    }
    free(layouts);
}

static void print_population(FILE *file, const struct image *image, size_t index)
{
    const struct image_population *population = &image->populations[index];

    fprintf(file, "  %-24s %-9s %6zu neurons  level %zu", population->name, summary_model(population->model),
            population->size, population->level);
    if (population->graded || population->model != MODEL_INPUT)
        fprintf(file, "  one unit is %g", population->scale);
    fprintf(file, "%s\n", population->graded ? "  values" : "");
    if (population->model == MODEL_INPUT)
        return;
    fprintf(file, "    state 16 bits, saturates at +-%.4g; gain exponent %d", population->scale * INT16_MAX,
            population->gain_exponent);
    if (population->current_unit)
        fprintf(file, ", current exponent %d", population->current_exponent);
    fprintf(file, "; parameters %s; ", spread(population));
    if (*folded(population->model))
        fprintf(file, "%s folded into weights; ", folded(population->model));
    fprintf(file, "slices %zu\n", count_slices(image, index));
}

void summary_print(FILE *file, const struct image *image)
{
    const struct options *options = &image->options;
    struct memory_use memory[MEMORIES];

    fprintf(file, "  board %s, dt %g, time unit %s", image->board, options->dt, time_unit_name(options->time_unit));
    print_choices(file, options);
    fprintf(file, ", %u-bit weights\n", options->weight_bits);
    for (size_t index = 0; index < image->population_count; index++)
        print_population(file, image, index);
    print_projections(file, image);
    measure(memory, image);
    for (size_t index = 0; index < MEMORIES; index++)
        fprintf(file, "  %s: %zu of %zu bytes in the fullest core\n", memory[index].name, 2 * memory[index].used,
                2 * memory[index].capacity);
}

static struct json_object *describe_population(const struct image *image, size_t index)
{
    const struct image_population *population = &image->populations[index];
    struct json_object *entry = json_object_new_object();
    struct json_object *shape = json_object_new_array();

    for (size_t axis = 0; axis < population->shape.rank; axis++)
        json_object_array_add(shape, json_object_new_int64((int64_t)population->shape.size[axis]));
    json_object_object_add(entry, "name", json_object_new_string(population->name));
    json_object_object_add(entry, "model", json_object_new_string(summary_model(population->model)));
    json_object_object_add(entry, "neurons", json_object_new_int64((int64_t)population->size));
    json_object_object_add(entry, "shape", shape);
    json_object_object_add(entry, "level", json_object_new_int64((int64_t)population->level));
    json_object_object_add(entry, "graded", json_object_new_boolean(population->graded));
    json_object_object_add(entry, "scale", talk_json_number(population->scale));
    if (population->model == MODEL_INPUT)
        return entry;
    json_object_object_add(entry, "state_bits", json_object_new_int64(HW_WORD_BITS));
    json_object_object_add(entry, "range", talk_json_number(population->scale * INT16_MAX));
    json_object_object_add(entry, "gain_exponent", json_object_new_int64(population->gain_exponent));
    json_object_object_add(entry, "current_exponent",
                           population->current_unit ? json_object_new_int64(population->current_exponent) : NULL);
    json_object_object_add(entry, "parameters", json_object_new_string(spread(population)));
    json_object_object_add(entry, "folded", json_object_new_string(folded(population->model)));
    json_object_object_add(entry, "slices", json_object_new_int64((int64_t)count_slices(image, index)));
    return entry;
}

static struct json_object *describe_ports(const struct port *ports, size_t count)
{
    struct json_object *list = json_object_new_array();

    for (size_t index = 0; index < count; index++)
        json_object_array_add(list, json_object_new_string(ports[index].name));
    return list;
}

static struct json_object *describe_projections(const struct image *image)
{
    struct json_object *list = json_object_new_array();
    struct cost_projection *layouts = lay_out(image);

    for (size_t index = 0; index < image->projection_count; index++) {
        const struct image_projection *projection = &image->projections[index];
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "source", json_object_new_string(image->populations[projection->source].name));
        json_object_object_add(entry, "target", json_object_new_string(image->populations[projection->target].name));
        json_object_object_add(entry, "delay", json_object_new_int64((int64_t)projection->delay));
        json_object_object_add(entry, "weight_bits", json_object_new_int64(projection->weight_bits));
        json_object_object_add(entry, "scale", talk_json_number(projection->scale));
        if (layouts) {
            json_object_object_add(entry, "layout", json_object_new_string(layouts[index].table ? "table" : "dense"));
            json_object_object_add(entry, "units_per_event", talk_json_number(layouts[index].units));
            json_object_object_add(entry, "weight_words", json_object_new_int64((int64_t)layouts[index].words));
            json_object_object_add(entry, "table_entries", json_object_new_int64((int64_t)layouts[index].entries));
        }
        json_object_array_add(list, entry);
    }
    free(layouts);
    return list;
}

void summary_json(struct json_object *object, const struct image *image)
{
    struct json_object *populations = json_object_new_array();
    struct json_object *memories = json_object_new_object();
    struct memory_use memory[MEMORIES];

    for (size_t index = 0; index < image->population_count; index++)
        json_object_array_add(populations, describe_population(image, index));
    measure(memory, image);
    for (size_t index = 0; index < MEMORIES; index++) {
        struct json_object *entry = json_object_new_object();

        json_object_object_add(entry, "used_bytes", json_object_new_int64((int64_t)(2 * memory[index].used)));
        json_object_object_add(entry, "core_bytes", json_object_new_int64((int64_t)(2 * memory[index].capacity)));
        json_object_object_add(memories, memory[index].name, entry);
    }
    json_object_object_add(object, "board", json_object_new_string(image->board));
    json_object_object_add(object, "options", summary_options(&image->options));
    json_object_object_add(object, "inputs", describe_ports(image->inputs, image->input_count));
    json_object_object_add(object, "outputs", describe_ports(image->outputs, image->output_count));
    json_object_object_add(object, "populations", populations);
    json_object_object_add(object, "projections", describe_projections(image));
    json_object_object_add(object, "memory", memories);
}
