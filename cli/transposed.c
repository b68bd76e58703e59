/* The transposed copy of a network: a file in the temporary folder for as long as the command runs. */
#include "transposed.h"

#include "command.h"
#include "talk.h"
#include "transpose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char copy_path[4096]; /* "" if there is none */

static void remove_copy(void)
{
    if (*copy_path)
        unlink(copy_path);
}

int transposed_take(struct arguments *arguments)
{
    const char *place = getenv("TMPDIR");
    struct diagnostics diagnostics;

    if (!arguments->transpose_weights)
        return COMMAND_DONE;
    int length = snprintf(copy_path, sizeof copy_path, "%s/nirloom-XXXXXX.nir", place && *place ? place : "/tmp");
    int file = length < (int)sizeof copy_path ? mkstemps(copy_path, (int)strlen(".nir")) : -1;
    if (file < 0) {
        talk_error("%s: no temporary file can be made here; set TMPDIR to a folder that can be written", copy_path);
        *copy_path = '\0';
        return COMMAND_DEVICE;
    }
    close(file);
    atexit(remove_copy);
    diagnostics_begin(&diagnostics, arguments->file);
    if (transpose_weights(arguments->file, copy_path, &diagnostics) == 0)
        arguments->network = copy_path;
    diagnostics_free(&diagnostics);
    return COMMAND_DONE;
}
