/* What an image is, for people and as JSON: board, options, populations, memory used. */
#include "summary_parts.h"

#include "hardware.h"
#include "talk.h"

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

void summary_print(FILE *file, struct image_origin *origin)
{
    const struct image *image = origin->image;
    const struct options *options = &image->options;
    struct memory_use memory[MEMORIES];

    fprintf(file, "  board %s, dt %g, time unit %s", image->board, options->dt, time_unit_name(options->time_unit));
    print_choices(file, options);
    fprintf(file, ", %u-bit weights\n", options->weight_bits);
    for (size_t index = 0; index < image->population_count; index++)
        summary_print_population(file, origin, index);
    summary_print_projections(file, origin);
    measure(memory, image);
    for (size_t index = 0; index < MEMORIES; index++)
        fprintf(file, "  %s: %zu of %zu bytes in the fullest core\n", memory[index].name, 2 * memory[index].used,
                2 * memory[index].capacity);
}

static struct json_object *describe_ports(const struct port *ports, size_t count)
{
    struct json_object *list = json_object_new_array();

    for (size_t index = 0; index < count; index++)
        json_object_array_add(list, json_object_new_string(ports[index].name));
    return list;
}

void summary_json(struct json_object *object, struct image_origin *origin)
{
    const struct image *image = origin->image;
    struct json_object *populations = json_object_new_array();
    struct json_object *memories = json_object_new_object();
    struct memory_use memory[MEMORIES];

    for (size_t index = 0; index < image->population_count; index++)
        json_object_array_add(populations, summary_describe_population(origin, index));
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
    json_object_object_add(object, "projections", summary_describe_projections(origin));
    json_object_object_add(object, "memory", memories);
}
