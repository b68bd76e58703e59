/* The model with traces (trace.h): one more target of the Makefile. */
#include "trace.h"

#include "command.h"
#include "flow_command.h"
#include "model.h"
#include "process.h"
#include "talk.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs make; its output is told where it fails. */
static int build(const char *home, const char *board)
{
    char variable[160], log[] = "/tmp/nirloom-make-XXXXXX";
    int file = mkstemp(log);
    int status = COMMAND_DEVICE;

    if (file < 0) {
        talk_error("%s: no temporary file can be made there", log);
        return COMMAND_DEVICE;
    }
    close(file);
    snprintf(variable, sizeof variable, "BOARD=%.150s", board);
    fprintf(stderr, "nirloom: building the model of %s with traces (make traced-model %s)\n", board, variable);
    pid_t process = process_start((const char *const[]){"make", "-C", home, "traced-model", variable, NULL}, log);
    if (process >= 0 && process_wait(process)) {
        status = COMMAND_DONE;
    } else if (process >= 0) {
        char *text = process_log(log);
        talk_error("make traced-model %s in %s failed:\n%s", variable, home, text ? text : "");
        free(text);
    }
    unlink(log);
    return status;
}

/* A child looks: an object that is loaded once, and is not current, could not be replaced in the same process. */
static bool is_there(const char *board)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        char error[MODEL_ERROR_BYTES];

        _exit(sim_model_find_traced(board, error) ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int trace_prepare(const char *board)
{
    if (is_there(board))
        return COMMAND_DONE;
    char *home = flow_home();
    int status = home ? build(home, board) : COMMAND_DEVICE;
    free(home);
    return status;
}
