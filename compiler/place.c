/* Places a network on a board: the passes, one after the other, and what to say if it does not fit. */
#include "place.h"
#include "predict.h"

enum { NAMED_MAX = 1 << HW_WORD_BITS }; /* places that a field of a word can tell apart */

enum { NEURON_LIMIT = (1 << 16) - 1, WORDS_A_STEP_MAX = UINT16_MAX };

/* Tried one after the other until the weights fit: how much slower than the fastest way they may be walked for the
 * sake of memory, and into how many more tiles populations are cut. Small tiles cost scans and updates, but leave out
 * more of a map whose targets are far apart. */
static const struct attempt {
    double tolerance;
    unsigned tile_divisor;
} attempts[] = { { 1, 1 }, { 1.25, 1 }, { 2, 1 }, { 1e9, 1 }, { 1e9, 4 }, { 1e9, 16 } };

enum {
    WHOLE_TILES = 3, /* attempt that needs the least memory with tiles as large as they can be */
    HOPELESS = 16    /* no attempt saves as many times the memory */
};

/* Ways to cut populations over several cores. Which is the fastest is found out by predicting a few steps of each that
 * fits. */
static const struct cut {
    bool balanced;
    bool row_parts;
} cuts[] = { { false, false }, { true, false }, { false, true }, { true, true } };

enum { PREDICTED_STEPS = 4, PREDICTED_OPERATIONS = 100000000 };

struct shortage {
    const char *what;
    uint64_t needed;
    uint64_t available;
    unsigned core;
};

static void keep_worst(struct shortage *worst, const char *what, uint64_t needed, uint64_t available, unsigned core)
{
    if (needed <= available)
        return;
    if (!worst->what || (double)needed * (double)worst->available > (double)worst->needed * (double)available)
        *worst = (struct shortage){ what, needed, available, core };
}

static struct shortage find_shortage(const struct image *image, const struct placement *placement)
{
    const struct board *board = placement->board;
    struct shortage worst = { 0 };
    uint64_t sent = 0;

    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_slice *slice = &image->slices[index];
        if (placement->slices[index].sent)
            sent += image_words(&image->populations[slice->population], slice->neurons);
    }
    keep_worst(&worst, "words sent between cores in a step", sent, WORDS_A_STEP_MAX, 0);
    keep_worst(&worst, "words of spike memory", placement->spike_words_needed, board->spike_words, 0);
    for (unsigned core = 0; core < board->cores; core++) {
        const struct core_use *use = &placement->cores[core];
        keep_worst(&worst, "words of weight memory", use->weight_words, board->weight_words, core);
        keep_worst(&worst, "units of weight memory, behind which tables name no weights", use->table_units, NAMED_MAX,
                   core);
        if (use->external_words)
            keep_worst(&worst, "words of weight memory, behind which operations name no states", use->weight_words,
                       NAMED_MAX, core);
        keep_worst(&worst, "operations of program memory", (uint64_t)placement->clear_operations + use->operations,
                   board->operations, core);
        keep_worst(&worst, "rows of state memory", use->state_rows, board->state_rows, core);
        keep_worst(&worst, "rows of accumulators", use->accumulator_rows, board->accumulator_rows, core);
    }
    return worst;
}

/* Memory words that the fullest core needs for each that it has. */
static double weight_load(const struct placement *placement)
{
    uint64_t most = 0;

    for (unsigned core = 0; core < placement->board->cores; core++) {
        if (placement->cores[core].weight_words > most)
            most = placement->cores[core].weight_words;
    }
    return (double)most / placement->board->weight_words;
}

static struct placement placement_of(const struct board *board, const struct attempt *attempt, const struct cut *cut)
{
    return (struct placement){
        .board = board,
        .tolerance = attempt->tolerance,
        .tile_divisor = attempt->tile_divisor,
        .balanced = cut->balanced,
        .row_parts = cut->row_parts,
    };
}

/* What comes behind place_slices(). */
static int place_in_slices(struct image *image, struct placement *placement)
{
    return place_parameters(image, placement) || place_tables(image, placement) || place_addresses(image, placement)
               ? -1
               : 0;
}

static int place_with(struct image *image, const struct board *board, const struct attempt *attempt,
                      struct placement *placement)
{
    *placement = placement_of(board, attempt, &cuts[0]);
    return place_slices(image, placement) || place_in_slices(image, placement) ? -1 : 0;
}

/* If nothing fits, what is left is the smallest with whole tiles. The placement's arena is the caller's to free, on
 * failure too. */
static int place_on(struct image *image, const struct board *board, struct placement *placement)
{
    for (size_t index = 0; index < sizeof attempts / sizeof *attempts; index++) {
        if (index)
            arena_free(&placement->arena);
        if (place_with(image, board, &attempts[index], placement))
            return -1;
        double load = weight_load(placement);
        if (load <= 1 || (index == 0 && load > HOPELESS))
            return 0;
    }
    arena_free(&placement->arena);
    return place_with(image, board, &attempts[WHOLE_TILES], placement);
}

/* The first other board on which the network fits, or NULL. */
static const struct board *find_larger(struct image *image, const struct board *than)
{
    for (unsigned index = 0; board_at(index); index++) {
        struct placement placement;
        if (board_at(index) == than)
            continue;
        bool fits = !place_on(image, board_at(index), &placement) && !find_shortage(image, &placement).what;
        arena_free(&placement.arena);
        if (fits)
            return board_at(index);
    }
    return NULL;
}

/* Refuses what no board could hold, or what an address could not name. */
static int check_sizes(const struct image *image, const struct board *board, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < image->population_count; index++) {
        const struct image_population *population = &image->populations[index];
        size_t delay;
        if (population->size > NEURON_LIMIT)
            return diagnostics_error(diagnostics, population->name,
                                     "%zu neurons are more than a population may have (%d)", population->size,
                                     NEURON_LIMIT);
        place_longest_delay(image, index, &delay);
        size_t most = ((size_t)1 << HW_RING_LOG2_MAX) - (population->model == MODEL_INPUT ? 2 : 1);
        if (delay > most)
            return diagnostics_error(diagnostics, population->name,
                                     "its output is delayed by %zu steps; the array keeps it for at most %zu", delay,
                                     most);
    }
    for (size_t index = 0; index < image->slice_count; index++) {
        const struct image_population *population = &image->populations[image->slices[index].population];
        if (image_order_size(&image->orders[image->slices[index].population]) > NEURON_LIMIT)
            return diagnostics_error(diagnostics, population->name,
                                     "%zu neurons, with rows filled up to whole lanes of %s, are more than a "
                                     "population may have (%d)",
                                     image_order_size(&image->orders[image->slices[index].population]), board->name,
                                     NEURON_LIMIT);
    }
    return 0;
}

static void note_populations(const struct image *image, const struct placement *placement,
                             struct diagnostics *diagnostics)
{
    for (size_t population = 0; population < image->population_count; population++) {
        size_t tiles = 0, external = 0, entries = 0, words = 0;
        for (size_t slice = 0; slice < image->slice_count; slice++) {
            if (image->slices[slice].population != population)
                continue;
            tiles++;
            external += placement->slices[slice].external;
        }
        for (size_t index = 0; index < placement->set_count; index++) {
            const struct weight_set *set = &placement->sets[index];
            if (image->projections[set->projection].target != population)
                continue;
            entries += set->entries;
            words += place_divide_up(set->units, set->layout.units_per_word);
        }
        if (tiles)
            diagnostics_note(diagnostics, image->populations[population].name,
                             "%zu slice%s%s, %zu words of weights, %zu table entries", tiles, tiles > 1 ? "s" : "",
                             external ? ", states in the weight memory" : "", words, entries);
    }
}

static int refuse(struct image *image, const struct board *board, const struct shortage *shortage,
                  struct diagnostics *diagnostics)
{
    const struct board *larger = find_larger(image, board);

    return diagnostics_error(
        diagnostics, "", "does not fit %s: core %u needs %llu %s and has %llu, %llu too many; %s%s%s%s", board->name,
        shortage->core, (unsigned long long)shortage->needed, shortage->what, (unsigned long long)shortage->available,
        (unsigned long long)(shortage->needed - shortage->available),
        larger ? "it fits --board " : "no known board holds it", larger ? larger->name : "",
        larger && !larger->part[0] ? ", an array for simulation alone" : "",
        image->options.weight_bits > 8   ? "; --weight-bits 8 halves the weights"
        : image->options.weight_bits > 4 ? "; --weight-bits 4 halves the weights"
                                         : "");
}

/* Cycles of a few steps with some of the inputs active, once all populations are at work; 0 if memory is short. */
static uint64_t predict_steps(const struct image *image)
{
    struct prediction prediction;
    size_t steps = 2 * (PREDICTED_STEPS + image->stage_count);
    int status = predict_density(&prediction, image, place_assumed_activity, steps, PREDICTED_OPERATIONS);
    bool late = prediction.steps > steps / 2;
    uint64_t cycles = status ? 0 : 1 + (late ? prediction.late_cycles / (prediction.steps - steps / 2)
                                             : prediction.cycles / (prediction.steps + 1));

    predict_free(&prediction);
    return cycles;
}

static bool same_slices(const struct image *one, const struct image *other)
{
    if (one->slice_count != other->slice_count)
        return false;
    for (size_t index = 0; index < one->slice_count; index++) {
        const struct image_slice *left = &one->slices[index], *right = &other->slices[index];
        if (left->population != right->population || left->first_neuron != right->first_neuron ||
            left->neurons != right->neurons || left->core != right->core ||
            one->orders[left->population].rows != other->orders[left->population].rows)
            return false;
    }
    return true;
}

/* Cuts image otherwise, unless that comes to the same, or does not fit, or is no faster than *cycles: then image and
 * placement are what they were. 0, or -1 with an error. */
static int try_cut(struct image *image, const struct cut *cut, struct placement *placement, uint64_t *cycles,
                   struct diagnostics *diagnostics)
{
    struct image other = *image;
    struct attempt attempt = { placement->tolerance, placement->tile_divisor };
    struct placement placed = placement_of(placement->board, &attempt, cut);
    uint64_t own = 0;
    int status = place_slices(&other, &placed);
    bool same = status == 0 && same_slices(image, &other);

    if (status == 0 && !same)
        status = place_in_slices(&other, &placed);
    if (status == 0 && !same && !find_shortage(&other, &placed).what) {
        if (pack(&other, &placed, diagnostics) == 0)
            own = predict_steps(&other);
        status = own ? 0 : -1;
    }
    if (own && own < *cycles) {
        struct placement slower = *placement;
        *placement = placed;
        placed = slower;
        *image = other;
        *cycles = own;
    }
    arena_free(&placed.arena);
    return status ? diagnostics_error(diagnostics, "", "not enough memory to place the network") : 0;
}

/* The fastest cut. image is packed. */
static int choose_cut(struct image *image, struct placement *placement, struct diagnostics *diagnostics)
{
    uint64_t cycles = predict_steps(image);

    if (cycles == 0)
        return diagnostics_error(diagnostics, "", "not enough memory to place the network");
    for (size_t index = 1; index < sizeof cuts / sizeof *cuts; index++)
        if (try_cut(image, &cuts[index], placement, &cycles, diagnostics))
            return -1;
    return 0;
}

static void note_cores(const struct placement *placement, struct diagnostics *diagnostics)
{
    const struct board *board = placement->board;

    for (unsigned core = 0; core < board->cores; core++)
        diagnostics_note(diagnostics, "",
                         "core %u: %llu of %u weight words, %llu of %u state rows, %u of %u accumulator rows", core,
                         (unsigned long long)placement->cores[core].weight_words, board->weight_words,
                         (unsigned long long)placement->cores[core].state_rows, board->state_rows,
                         placement->cores[core].accumulator_rows, board->accumulator_rows);
}

int image_place(struct image *image, const struct board *board, struct diagnostics *diagnostics)
{
    struct placement placement = { 0 };
    int status;

    image->slice_count = 0;
    image->buffers = NULL;
    if (check_sizes(image, board, diagnostics))
        return -1;
    image->board = arena_copy(image->arena, board->name);
    if (!image->board || place_on(image, board, &placement)) {
        arena_free(&placement.arena);
        return diagnostics_error(diagnostics, "", "not enough memory to place the network");
    }
    struct shortage shortage = find_shortage(image, &placement);
    if (check_sizes(image, board, diagnostics)) {
        status = -1;
    } else if (shortage.what) {
        status = refuse(image, board, &shortage, diagnostics);
    } else {
        status = pack(image, &placement, diagnostics);
        if (status == 0 && board->cores > 1)
            status = choose_cut(image, &placement, diagnostics);
        note_populations(image, &placement, diagnostics);
        note_cores(&placement, diagnostics);
    }
    arena_free(&placement.arena);
    return status;
}
