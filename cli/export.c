/* nirloom export: the network that an image computes, as a NIR file. */
#include "export.h"

#include "arguments.h"
#include "command.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>

static const struct command_form form = {
    .name = "export",
    .bit = COMMAND_BIT_EXPORT,
    .help =
        "nirloom export NET.loom -o NETQ.nir\n"
        "\n"
        "Writes the network that the array really computes as a NIR file: names, nesting and shapes of the network that\n"
        "was compiled, with its weights, thresholds and time constants as they are after rounding. Compiled again with\n"
        "the same options it gives the same integers; that is tried before the file gets its name.\n"
        "\n"
        "  -o, --output NETQ.nir         written whole or not at all\n"
        "      --json                    one object on standard output (docs/json.md)\n"
        "\n"
        "Example: nirloom export net.loom -o netq.nir\n"
        "Exit status: 0 done, 1 the input is at fault, 2 wrong usage.\n",
    .file = "NET.loom",
    .file_required = true,
    .output = "-o NETQ.nir",
};

static struct json_object *describe(const struct arguments *arguments, bool ranges,
                                    const struct diagnostics *diagnostics)
{
    struct json_object *object = json_object_new_object();
    struct json_object *messages = json_object_new_array();

    json_object_object_add(object, "network", json_object_new_string(arguments->output));
    json_object_object_add(object, "ranges", json_object_new_boolean(ranges));
    talk_json_messages(messages, diagnostics);
    json_object_object_add(object, "messages", messages);
    return object;
}

int command_export(int argc, char **argv)
{
    struct arguments arguments;
    struct diagnostics diagnostics;
    struct arena arena = {0};
    struct image image = {.arena = &arena};
    bool ranges = false;
    int status;

    if (!arguments_parse(&arguments, argc, argv, &form, &status))
        return status;
    if (strcmp(arguments.file, arguments.output) == 0) {
        talk_error("export: --output %s: is the image itself; give another name", arguments.output);
        return COMMAND_USAGE;
    }
    diagnostics_begin(&diagnostics, arguments.file);
    status = image_load(&image, arguments.file, &diagnostics) ||
                     network_export(&image, arguments.file, arguments.output, &ranges, &diagnostics)
                 ? COMMAND_INPUT
                 : COMMAND_DONE;
    talk_messages(&diagnostics, false);
    if (status == COMMAND_DONE && arguments.json)
        status = talk_json(describe(&arguments, ranges, &diagnostics));
    if (status == COMMAND_DONE)
        fprintf(stderr, "nirloom: %s\n", arguments.output);
    diagnostics_free(&diagnostics);
    arena_free(&arena);
    return status;
}
