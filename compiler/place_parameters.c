/* Parameter rows of slices. Which neurons share parameters is found from the numbers themselves: the sets of all
 * groups are written down, and the shortest period of that sequence is kept. Uniform parameters have period 1, those
 * of a channel repeat with the channels, others do not repeat. Sets that differ in their biases alone share the rest. */
#include "place.h"

#include <stdlib.h>
#include <string.h>

/* The neuron in C order of the NIR shape at a place of the array. False for a place that only fills up a row or a
 * group; *neuron is then another neuron of what would be its channel. */
static bool neuron_at(const struct image_order *order, size_t place, size_t *neuron)
{
    size_t y = place / order->row_stride;
    size_t along = place % order->row_stride;
    size_t x = along / order->channels;
    size_t channel = along % order->channels;
    bool inside = y < order->rows && x < order->columns;

    if (y >= order->rows)
        y = order->rows - 1;
    if (x >= order->columns)
        x = order->columns - 1;
    *neuron = (channel * order->rows + y) * order->columns + x;
    return inside;
}

/* True if a place that nothing ever adds to stays below the threshold with the parameters of this neuron. */
static bool silent(const struct image_population *population, size_t neuron)
{
    if (!population->fire)
        return true;
    if (population->current_parameter[CURRENT_BIAS] && population->current_parameter[CURRENT_BIAS][neuron] > 0)
        return false;
    return population->parameter[NEURON_BIAS][neuron] <= 0 && population->parameter[NEURON_THRESHOLD][neuron] >= 0;
}

static const int16_t idle[NEURON_PARAMETERS] = { INT16_MIN, 0, INT16_MAX, 0 };

static int16_t membrane_value(const struct image_population *population, size_t neuron, bool inside, unsigned parameter)
{
    return inside || silent(population, neuron) ? population->parameter[parameter][neuron] : idle[parameter];
}

static int16_t current_value(const struct image_population *population, size_t neuron, bool inside, unsigned parameter)
{
    if (parameter >= CURRENT_PARAMETERS || (!inside && !silent(population, neuron)))
        return idle[parameter];
    return population->current_parameter[parameter][neuron];
}

/* The smallest p for which set s equals set s - p wherever both are: by the prefix function of the sequence. */
static uint32_t shortest_period(const int16_t *words, size_t set_words, uint32_t count, uint32_t *prefix)
{
    prefix[0] = 0;
    for (uint32_t set = 1; set < count; set++) {
        uint32_t length = prefix[set - 1];
        while (length && memcmp(words + set * set_words, words + length * set_words, set_words * sizeof *words))
            length = prefix[length - 1];
        if (!memcmp(words + set * set_words, words + length * set_words, set_words * sizeof *words))
            length++;
        prefix[set] = length;
    }
    return count - prefix[count - 1];
}

/* True if the sets have all but their biases in common. */
static bool differ_in_biases(const int16_t *words, size_t slots, uint32_t count)
{
    size_t set_words = HW_PARAMETER_ROWS * slots, rest = (NEURON_BIAS + 1) * slots;

    for (uint32_t set = 1; set < count; set++) {
        const int16_t *own = words + set * set_words;
        if (memcmp(own, words, NEURON_BIAS * slots * sizeof *words) ||
            memcmp(own + rest, words + rest, (set_words - rest) * sizeof *words))
            return false;
    }
    return count > 1;
}

typedef int16_t value_function(const struct image_population *population, size_t neuron, bool inside,
                               unsigned parameter);

static int make_sets(const struct image *image, struct placement *placement, size_t index, value_function *value,
                     struct parameter_sets *sets)
{
    const struct image_slice *slice = &image->slices[index];
    const struct image_population *population = &image->populations[slice->population];
    const struct image_order *order = &image->orders[slice->population];
    unsigned slots = placement->board->slots;
    uint32_t groups = placement->slices[index].groups;
    size_t set_words = (size_t)HW_PARAMETER_ROWS * slots;
    int16_t *words = calloc((size_t)groups * set_words, sizeof *words);
    uint32_t *prefix = calloc(groups, sizeof *prefix);
    int status = -1;

    if (!words || !prefix)
        goto done;
    for (size_t place = 0; place < (size_t)groups * slots; place++) {
        size_t neuron;
        bool inside = neuron_at(order, slice->first_neuron + place, &neuron);
        for (unsigned parameter = 0; parameter < NEURON_PARAMETERS; parameter++)
            words[place / slots * set_words + parameter * slots + place % slots] =
                value(population, neuron, inside, parameter);
    }
    sets->count = shortest_period(words, set_words, groups, prefix);
    sets->words = arena_allocate(&placement->arena, sets->count * set_words, sizeof *sets->words);
    if (!sets->words)
        goto done;
    memcpy(sets->words, words, sets->count * set_words * sizeof *words);
    sets->biases = differ_in_biases(words, slots, sets->count);
    status = 0;
done:
    free(words);
    free(prefix);
    return status;
}

int place_parameters(const struct image *image, struct placement *placement)
{
    for (size_t slice = 0; slice < image->slice_count; slice++) {
        struct slice_placement *own = &placement->slices[slice];
        if (make_sets(image, placement, slice, membrane_value, &own->membrane))
            return -1;
        if (model_has_current(image->populations[image->slices[slice].population].model) &&
            make_sets(image, placement, slice, current_value, &own->current))
            return -1;
    }
    return 0;
}
