/* Programs of the flow, run as children with their output kept in a file. */
#include "process.h"

#include "file.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* posix_spawnp() takes char *const * and promises not to write; the copy keeps that promise checkable. */
static int spawn(pid_t *process, const char *const *arguments, const posix_spawn_file_actions_t *actions)
{
    enum { ARGUMENTS_MAX = 64 };
    char *copies[ARGUMENTS_MAX + 1] = {NULL};
    int status = 0;
    size_t count = 0;

    for (; arguments[count] && status == 0; count++) {
        copies[count] = count < ARGUMENTS_MAX ? strdup(arguments[count]) : NULL;
        if (!copies[count])
            status = ENOMEM;
    }
    if (status == 0)
        status = posix_spawnp(process, copies[0], actions, NULL, copies, environ);
    for (size_t index = 0; index < count && index < ARGUMENTS_MAX; index++)
        free(copies[index]);
    return status;
}

pid_t process_start(const char *const *arguments, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    int status = posix_spawn_file_actions_init(&actions);

    if (status == 0) {
        status = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (status == 0)
            status = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (status == 0)
            status = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
        if (status == 0)
            status = spawn(&process, arguments, &actions);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (status == 0)
        return process;
    talk_error("%s: cannot be run (%s); install it, or put it into PATH", arguments[0], strerror(status));
    return -1;
}

bool process_wait(pid_t process)
{
    int status;

    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

char *process_log(const char *path)
{
    char *text = file_text(path);

    if (!text)
        talk_error("%s: cannot be read (%s)", path, strerror(errno));
    return text;
}
