/* What a build depends on, as a text: equal texts, equal results. */
#include "flow_inputs.h"

#include "flow_command.h"
#include "sha256.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Raised when a build's results change though its inputs are the same: when the flow leaves other files. */
enum { INPUTS_VERSION = 1 };

/* The path of a program as execvp() finds it; the caller's to free, NULL if there is none. */
static char *find_program(const char *name)
{
    const char *folders = getenv("PATH");
    char *copy = strdup(folders ? folders : ""), *rest = NULL, *found = NULL;

    for (char *folder = copy ? strtok_r(copy, ":", &rest) : NULL; folder && !found; folder = strtok_r(NULL, ":", &rest)) {
        found = flow_text("%s/%s", folder, name);
        if (found && access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(copy);
    return found;
}

static bool add_file(FILE *out, const char *path, const char *name)
{
    char hex[SHA256_HEX_BYTES];

    if (!path || !sha256_file(path, hex))
        return false;
    fprintf(out, "%s  %s\n", hex, name);
    return true;
}

/* The sum of the program, and what it prints as its version: a wrapper stays the same when what it calls does not. */
static bool add_tool(FILE *out, const char *name, const char *version_command)
{
    char *path = find_program(name), line[256];
    bool good = add_file(out, path, name);
    FILE *version = good && version_command ? popen(version_command, "r") : NULL;

    while (version && fgets(line, sizeof line, version))
        fprintf(out, "  %s", line);
    if (version)
        pclose(version);
    free(path);
    return good;
}

static bool add_home_file(FILE *out, const char *home, const char *name)
{
    char *path = flow_text("%s/%s", home, name);
    bool good = add_file(out, path, name);

    free(path);
    return good;
}

static bool add_sources(FILE *out, const struct board *board, const char *home)
{
    char *top = flow_text("rtl/boards/%s/top.v", board->id), *pins = flow_text("rtl/boards/%s/%s.pcf", board->id, board->id);
    glob_t found = {0};
    bool good = top && pins && add_home_file(out, home, "build/hardware.vh") && add_home_file(out, home, top) &&
                add_home_file(out, home, pins) && flow_sources(&found, home);

    for (size_t index = 0; good && index < found.gl_pathc; index++)
        good = add_file(out, found.gl_pathv[index], found.gl_pathv[index] + strlen(home) + 1);
    globfree(&found);
    free(top);
    free(pins);
    return good;
}

static bool add_commands(FILE *out, const struct board *board, const char *home, const unsigned *seeds, size_t seed_count)
{
    char *script = flow_script(board, home, "HOME", "FOLDER");
    bool good = script != NULL;

    if (good)
        fputs(script, out);
    for (size_t seed = 0; good && seed < seed_count; seed++) {
        char **arguments = flow_route_command(board, "HOME", "FOLDER", seeds[seed]);

        good = arguments != NULL;
        for (size_t index = 0; good && arguments[index]; index++)
            fprintf(out, "%s%s", index ? " " : "", arguments[index]);
        fputc('\n', out);
        flow_free_command(arguments);
    }
    return good;
}

char *flow_inputs(const struct board *board, const char *home, const unsigned *seeds, size_t seed_count)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    fprintf(out, "nirloom build %d, %s, %s\n", INPUTS_VERSION, board->name, board->part);
    bool good = add_sources(out, board, home) && add_commands(out, board, home, seeds, seed_count) &&
                add_tool(out, "yosys", "yosys -V 2>&1") && add_tool(out, "nextpnr-ice40", "nextpnr-ice40 --version 2>&1") &&
                add_tool(out, "icetime", NULL) && add_tool(out, "icepack", NULL);
    if (fclose(out) == 0 && good)
        return text;
    free(text);
    return NULL;
}
