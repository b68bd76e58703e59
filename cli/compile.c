/* nirloom compile: from a NIR file to an image, with a summary of what it needs. */
#include "compile.h"

#include "arguments.h"
#include "calibrate.h"
#include "command.h"
#include "explain.h"
#include "search.h"
#include "summary.h"
#include "talk.h"
#include "transposed.h"

#include <stdio.h>

static const struct command_form form = {
    .name = "compile",
    .bit = COMMAND_BIT_COMPILE,
    .help =
        "nirloom compile NET.nir -o NET.loom [options]\n"
        "\n"
        "Compiles a NIR graph into an image for an array.\n"
        "  -o, --output NET.loom         written whole or not at all\n"
        "      --board B                 icebreaker (default), upduino3, hx8k-b-evn, sim-small and others: docs/boards.md;\n"
        "                                auto: the smallest that can be built and holds it; any: of those for simulation too\n"
        "      --weight-bits N|NODE=N    width of weights, 1 to 8 or 16 (8), of all or of a node's; repeatable\n"
        "      --bits auto               width of each projection and the cheapest array, by ref on samples behind the 100th;\n"
        "                                --max-loss X (1 point), --board auto|any, --trials, --limit, --jobs N: docs/search.md\n"
        "      --calibrate DATA.h5       first 100 samples set scales and say which Inputs carry values\n"
        "      --dt DT                   step in seconds (the file's, the data's, 1e-4); --time-unit s|ms|step: of the file's times\n"
        "      --profile NAME            the options below as snntorch, norse, spyx, sinabs, rockpool, nengo, lava\n"
        "                                or lava-dl has them; those given beside it win\n"
        "      --integrator euler|exp    dt/tau, or 1 - exp(-dt/tau) (euler)\n"
        "      --reset value|zero|subtract  to v_reset of the file, to 0, or by the threshold (value)\n"
        "      --compare gt|ge           a neuron fires where v > threshold, or >= (gt)\n"
        "      --recurrent-bias now|next bias of a recurrent Affine from the first step, or the second (now)\n"
        "      --cuba-order new|old      the current that a membrane sees: of this step, or the last (new)\n"
        "      --scales, --pipeline, --spikes, --latency, --input-gain, --v-leak, --membrane-floor, more words: docs/profiles.md\n"
        "      --transpose-weights       the file stores weights of Linear and Affine as (inputs, outputs)\n"
        "      --json, -v, --verbose     one object on standard output (docs/json.md); the compiler's notes too\n"
        "\n"
        "Example: nirloom compile net.nir -o net.loom --calibrate train.h5\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage.\n",
    .file = "NET.nir",
    .file_required = true,
    .output = "-o NET.loom",
};

static struct json_object *describe(const struct arguments *arguments, struct image_origin *origin,
                                    const struct search *search, const struct explanation *explanation,
                                    const struct diagnostics *diagnostics,
                                    const struct diagnostics *sample_diagnostics)
{
    struct json_object *object = json_object_new_object();
    struct json_object *messages = json_object_new_array();

    json_object_object_add(object, "image", json_object_new_string(arguments->output));
    summary_json(object, origin);
    explain_json(object, origin->image, explanation);
    if (arguments->bits_auto)
        search_json(object, search);
    talk_json_messages(messages, diagnostics);
    talk_json_messages(messages, sample_diagnostics);
    json_object_object_add(object, "messages", messages);
    return object;
}

/* The board and the widths that a search chose; widths live as long as search. */
static int take_choice(struct arguments *arguments, const struct image **widths, struct search *search)
{
    const struct search_trial *chosen = &search->trials[search->chosen];
    const unsigned *bits = search->widths[chosen->widths].bits;

    arguments->board = chosen->board;
    arguments->boards = BOARD_NAMED;
    arguments->options.weight_bits = search_default_bits(search, bits);
    *widths = search_widths_image(search, bits, &search->arena);
    if (*widths)
        return COMMAND_DONE;
    talk_error("out of memory");
    return COMMAND_DEVICE;
}

/* Places the integers on the smallest board of the choice that holds them. */
static int place_on_choice(struct image *image, enum board_choice choice, struct diagnostics *diagnostics)
{
    const struct board *board = board_first_that_holds(image, choice);

    if (board)
        return image_place(image, board, diagnostics);
    board = choice == BOARD_AUTO ? board_first_that_holds(image, BOARD_SIMULATED) : NULL;
    if (board)
        return diagnostics_error(diagnostics, "",
                                 "no board that a bitstream can be made for holds it; %s, an array for simulation "
                                 "alone, does: --board any", board->name);
    for (const struct board *next = board_next(NULL, choice); next; next = board_next(next, choice))
        board = next;
    return image_place(image, board, diagnostics); /* which says what is short on the largest */
}

static int make_image(struct image *image, struct arena *arena, const struct compile_request *request,
                      enum board_choice choice, struct diagnostics *diagnostics, struct diagnostics *sample_diagnostics)
{
    if (choice == BOARD_NAMED)
        return compile_network(image, arena, request, diagnostics, sample_diagnostics);
    if (compile_integers(image, arena, request, diagnostics, sample_diagnostics))
        return -1;
    return place_on_choice(image, choice, diagnostics);
}

int command_compile(int argc, char **argv)
{
    struct arguments arguments;
    struct diagnostics diagnostics, sample_diagnostics;
    struct arena arena = {0};
    struct image image;
    struct image_origin origin;
    struct explanation explanation = {0};
    struct search search = {0};
    const struct image *widths = NULL;
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if ((status = transposed_take(&arguments)) != COMMAND_DONE)
        return status;
    if (arguments.bits_auto) {
        if ((status = search_run(&search, &arguments)) != COMMAND_DONE ||
            (status = take_choice(&arguments, &widths, &search)) != COMMAND_DONE) {
            search_free(&search);
            return status;
        }
    }
    struct compile_request request = {
        .path = arguments.network,
        .options = arguments.options,
        .board = arguments.board,
        .samples = arguments.calibrate,
        .widths_of = widths,
        .calibrate = arguments.calibrate != NULL,
    };
    diagnostics_begin(&diagnostics, arguments.file);
    diagnostics_begin(&sample_diagnostics, request.samples);
    if (make_image(&image, &arena, &request, arguments.boards, &diagnostics, &sample_diagnostics) ||
        image_save(&image, arguments.output, request.path, &diagnostics) ||
        image_origin_open(&origin, &image, arguments.output, &diagnostics))
        status = COMMAND_INPUT;
    else
        status = COMMAND_DONE;
    talk_messages(&diagnostics, arguments.verbose);
    talk_messages(&sample_diagnostics, arguments.verbose);
    if (status == COMMAND_DONE)
        status = explain_image(&explanation, &image, arguments.output, arguments.calibrate);
    if (status == COMMAND_DONE && arguments.json)
        status = talk_json(describe(&arguments, &origin, &search, &explanation, &diagnostics, &sample_diagnostics));
    if (status == COMMAND_DONE) {
        fprintf(stderr, "nirloom: %s\n", arguments.output);
        if (arguments.bits_auto)
            search_print(stderr, &search);
        summary_print(stderr, &origin);
        explain_print(stderr, &image, &explanation);
    }
    diagnostics_free(&sample_diagnostics);
    diagnostics_free(&diagnostics);
    explain_free(&explanation);
    arena_free(&arena);
    search_free(&search);
    return status;
}
