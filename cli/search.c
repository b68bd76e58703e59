/* The integers of a network do not depend on the board: each choice of widths is quantised and judged once, then placed
 * on every board. */
#include "search.h"

#include "calibrate.h"
#include "command.h"
#include "search_judge.h"
#include "search_place.h"
#include "search_widths.h"
#include "talk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a search works with. */
struct searching {
    struct search *search;
    const struct arguments *arguments;
    struct data data;
    struct judge judge;
    size_t jobs;
    bool more; /* samples are left in the file */
};

static int no_memory(void)
{
    talk_error("out of memory");
    return COMMAND_DEVICE;
}

/* Scales were chosen for spikes or for values by the first samples: those to judge by must be of that kind too. */
static int check_kinds(const struct image *image, const struct data *data, struct diagnostics *diagnostics)
{
    for (size_t index = 0; index < image->input_count; index++) {
        const struct data_series *series = data_find(data, image->inputs[index].name, NULL);
        bool graded = image->populations[image->inputs[index].population].graded;

        if (graded != (series->values != NULL))
            return diagnostics_error(diagnostics, image->inputs[index].name,
                                     "has %s in the first %d samples and %s in those behind; both must be of one kind",
                                     graded ? "values" : "spikes", CALIBRATION_SAMPLES, graded ? "spikes" : "values");
    }
    return 0;
}

/* The integers with these widths, where they are given, else with default_bits. data is what will judge them. */
static int make_image(const struct arguments *arguments, const struct data *data, struct image *image,
                      struct arena *arena, unsigned default_bits, const struct image *widths)
{
    struct compile_request request = {.path = arguments->network,
                                      .options = arguments->options,
                                      .board = arguments->board,
                                      .samples = arguments->calibrate,
                                      .widths_of = widths,
                                      .calibrate = true};
    struct diagnostics diagnostics, sample_diagnostics;

    request.options.weight_bits = default_bits;
    diagnostics_begin(&diagnostics, arguments->file);
    diagnostics_begin(&sample_diagnostics, request.samples);
    int status = compile_integers(image, arena, &request, &diagnostics, &sample_diagnostics);
    if (status == 0 && image->output_count == 0)
        status = diagnostics_error(&diagnostics, "", "no Output to judge by; add an Output node");
    if (status == 0)
        status = check_kinds(image, data, &sample_diagnostics);
    if (status != 0) {
        talk_messages(&diagnostics, false);
        talk_messages(&sample_diagnostics, false);
    }
    diagnostics_free(&sample_diagnostics);
    diagnostics_free(&diagnostics);
    return status == 0 ? COMMAND_DONE : COMMAND_INPUT;
}

/* Lists the projections, and lets float answer. */
static int prepare(struct searching *searching)
{
    struct search *search = searching->search;
    struct arena arena = {0};
    struct image usual, wide;
    int status =
        make_image(searching->arguments, &searching->data, &usual, &arena, WEIGHT_BITS_USUAL, NULL);

    bool given = searching->arguments->options.width_count > 0;
    if (status == COMMAND_DONE && given)
        status = make_image(searching->arguments, &searching->data, &wide, &arena, WEIGHT_BITS_MAX, NULL);
    if (status == COMMAND_DONE && search_list_projections(search, &usual, given ? &wide : NULL))
        status = no_memory();
    if (status == COMMAND_DONE)
        status = judge_open(&searching->judge, &searching->data, searching->jobs, &usual,
                            searching->arguments->network);
    if (status == COMMAND_DONE) {
        search->judge = searching->judge.kind;
        search->float_accuracy = judge_accuracy_of_float(&searching->judge);
    }
    arena_free(&arena);
    return status;
}

/* Quantises, judges and places the widths that come next. */
static int try_widths(struct searching *searching, struct search_widths *widths)
{
    struct search *search = searching->search;
    struct arena arena = {0};
    struct image image;
    const struct image *like = search_widths_image(search, widths->bits, &arena);
    int status = like ? make_image(searching->arguments, &searching->data, &image, &arena,
                                   search_default_bits(search, widths->bits), like)
                      : no_memory();

    if (status == COMMAND_DONE)
        status = judge_reference(&searching->judge, &image);
    if (status == COMMAND_DONE) {
        widths->accuracy = judge_accuracy(&searching->judge);
        widths->loss = 100 * (search->float_accuracy - widths->accuracy);
        status = search_place(search, &image, search->widths_count, &searching->data, searching->jobs);
        search->widths_count++;
    }
    arena_free(&arena);
    return status;
}

static int try_all(struct searching *searching)
{
    struct search *search = searching->search;
    struct search_plan plan;
    unsigned *bits = arena_allocate(&search->arena, search->projection_count, sizeof *bits);
    int status = COMMAND_DONE;

    if (!bits || search_plan_begin(&plan, search))
        return no_memory();
    while (status == COMMAND_DONE && search_plan_next(&plan, search, bits)) {
        struct search_widths *widths = &search->widths[search->widths_count];

        widths->bits = arena_allocate(&search->arena, search->projection_count, sizeof *bits);
        if (!widths->bits)
            return no_memory();
        memcpy(widths->bits, bits, search->projection_count * sizeof *bits);
        status = try_widths(searching, widths);
    }
    return status;
}

/* Of the widths that lose little enough those with the fewest bits; NULL if none do. */
static const struct search_widths *smallest_widths(const struct search *search)
{
    const struct search_widths *smallest = NULL;
    uint64_t least = UINT64_MAX;

    for (size_t index = 0; index < search->widths_count; index++) {
        uint64_t bits = 0;

        for (size_t projection = 0; projection < search->projection_count; projection++)
            bits += (uint64_t)search->widths[index].bits[projection] * search->projections[projection].weights;
        if (!search_meets(search, &search->widths[index]) || bits >= least)
            continue;
        smallest = &search->widths[index];
        least = bits;
    }
    return smallest;
}

/* The smallest array for simulation that holds widths within the bound, where those that can be built do not; *board is
 * NULL where there is none. */
static int find_simulated(const struct searching *searching, const struct board **board)
{
    struct search *search = searching->search;
    const struct search_widths *widths = smallest_widths(search);
    struct arena arena = {0};
    struct image image;

    *board = NULL;
    if (!widths || searching->arguments->boards != BOARD_AUTO)
        return COMMAND_DONE;
    const struct image *like = search_widths_image(search, widths->bits, &arena);
    int status = like ? make_image(searching->arguments, &searching->data, &image, &arena,
                                   search_default_bits(search, widths->bits), like)
                      : no_memory();
    if (status == COMMAND_DONE)
        *board = board_first_that_holds(&image, BOARD_SIMULATED);
    arena_free(&arena);
    return status;
}

static int conclude(const struct searching *searching)
{
    struct search *search = searching->search;
    const struct arguments *arguments = searching->arguments;
    const struct board *simulated;
    char advice[160] = "";
    bool fits = search_choose(search);

    if (fits && search->met)
        return COMMAND_DONE;
    int status = find_simulated(searching, &simulated);
    if (status != COMMAND_DONE)
        return status;
    if (simulated)
        snprintf(advice, sizeof advice, "; %s, an array for simulation alone, holds it: --board any", simulated->name);
    else if (!fits && arguments->boards == BOARD_NAMED)
        snprintf(advice, sizeof advice, "; --board auto tries all that can be built, --board any all");
    if (!fits) {
        talk_error("%s: fits none of the %zu combinations of widths and board that were tried%s", arguments->file,
                   search->count, advice);
        return COMMAND_INPUT;
    }
    const struct search_trial *best = &search->trials[search->chosen];
    double loss = search->widths[best->widths].loss;
    search_print(stderr, search);
    talk_error("%s: nothing loses at most %g points; the best, marked so, on %s, loses %.2f; --max-loss %.2f takes it%s",
               arguments->file, search->max_loss, best->board->name, loss, ceil(loss * 100) / 100, advice);
    return COMMAND_INPUT;
}

/* Reads the samples behind those that judged, as many. */
static int read_unseen(const struct search *search, const struct arguments *arguments, struct data *data)
{
    struct diagnostics diagnostics;

    diagnostics_begin(&diagnostics, arguments->calibrate);
    int status = data_read(data, arguments->calibrate, search->first + search->samples, search->samples, 1e-4,
                           &diagnostics);
    talk_messages(&diagnostics, false);
    diagnostics_free(&diagnostics);
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

/* What the choice makes of samples that it was not chosen by. */
static int judge_unseen(struct search *search, const struct arguments *arguments, size_t jobs)
{
    const unsigned *bits = search->widths[search->trials[search->chosen].widths].bits;
    struct arena arena = {0};
    struct data data = {0};
    struct judge judge = {0};
    struct image image;
    int status = read_unseen(search, arguments, &data);

    if (status == COMMAND_DONE) {
        const struct image *like = search_widths_image(search, bits, &arena);
        status = like ? make_image(arguments, &data, &image, &arena, search_default_bits(search, bits), like)
                      : no_memory();
        if (status == COMMAND_DONE)
            status = judge_open(&judge, &data, jobs, &image, arguments->network);
        if (status == COMMAND_DONE)
            status = judge_reference(&judge, &image);
        if (status == COMMAND_DONE)
            search->unseen = (struct search_unseen){.first = search->first + search->samples,
                                                    .samples = data.samples,
                                                    .accuracy = judge_accuracy(&judge),
                                                    .float_accuracy = judge_accuracy_of_float(&judge)};
    }
    judge_close(&judge);
    data_free(&data);
    arena_free(&arena);
    return status;
}

static int read_samples(struct search *search, const struct arguments *arguments, struct data *data, bool *more)
{
    struct diagnostics diagnostics;
    size_t limit = arguments->limit ? arguments->limit : SEARCH_SAMPLES;

    diagnostics_begin(&diagnostics, arguments->calibrate);
    /* one more tells whether there is one */
    int status = data_read(data, arguments->calibrate, CALIBRATION_SAMPLES, limit < SIZE_MAX ? limit + 1 : limit, 1e-4,
                           &diagnostics);
    if (status || data->samples == 0 || data->steps == 0)
        status = diagnostics_error(&diagnostics, "", "the first %d samples choose scales, those behind judge widths: "
                                   "--bits auto needs a file with more; --weight-bits does without",
                                   CALIBRATION_SAMPLES);
    talk_messages(&diagnostics, false);
    diagnostics_free(&diagnostics);
    *more = data->samples > limit;
    if (*more)
        data->samples = limit;
    search->samples = data->samples;
    search->first = CALIBRATION_SAMPLES;
    return status ? COMMAND_INPUT : COMMAND_DONE;
}

/* Room for all that will be tried, and the boards. */
static int make_room(struct search *search, const struct arguments *arguments)
{
    unsigned boards = 0;

    while (board_at(boards))
        boards++;
    search->boards = arena_allocate(&search->arena, boards, sizeof *search->boards);
    search->widths = arena_allocate(&search->arena, search->budget, sizeof *search->widths);
    if (!search->boards || !search->widths)
        return no_memory();
    for (unsigned index = 0; index < boards; index++) {
        if (arguments->boards == BOARD_NAMED ? board_at(index) == arguments->board
                                             : board_among(board_at(index), arguments->boards))
            search->boards[search->board_count++] = board_at(index);
    }
    search->trials = arena_allocate(&search->arena, search->budget * search->board_count, sizeof *search->trials);
    return search->trials ? COMMAND_DONE : no_memory();
}

int search_run(struct search *search, const struct arguments *arguments)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct searching searching = {
        .search = search,
        .arguments = arguments,
        .jobs = arguments->jobs ? arguments->jobs : processors > 0 ? (size_t)processors : 1,
    };

    *search = (struct search){.max_loss = arguments->max_loss,
                              .budget = arguments->trials ? arguments->trials : SEARCH_TRIALS};
    int status = read_samples(search, arguments, &searching.data, &searching.more);
    if (status == COMMAND_DONE)
        status = make_room(search, arguments);
    if (status == COMMAND_DONE)
        status = prepare(&searching);
    if (status == COMMAND_DONE)
        status = try_all(&searching);
    if (status == COMMAND_DONE)
        status = conclude(&searching);
    judge_close(&searching.judge);
    data_free(&searching.data);
    return status == COMMAND_DONE && searching.more ? judge_unseen(search, arguments, searching.jobs) : status;
}

void search_free(struct search *search)
{
    arena_free(&search->arena);
}
