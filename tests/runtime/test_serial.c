/* A board on a serial port: `nirloom board --virtual` behind a pseudo terminal, its real UART in simulated bits. */
#include "device.h"
#include "lockstep.h"
#include "subject.h"
#include "support.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

/* Starts the board; path (size bytes) is where its pseudo terminal is. */
static pid_t start_board(char *path, int size)
{
    int pipes[2], keep[2];

    cr_assert_eq(pipe(pipes), 0);
    cr_assert_eq(pipe(keep), 0); /* the board runs while its input is open */
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        dup2(keep[0], STDIN_FILENO);
        dup2(pipes[1], STDOUT_FILENO);
        close(keep[1]);
        execl(executable(), executable(), "board", "--virtual", "--board", "icebreaker", (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    close(keep[0]);
    FILE *output = fdopen(pipes[0], "r");
    cr_assert_neq(fgets(path, size, output), NULL, "the board printed no path");
    path[strcspn(path, "\n")] = '\0';
    return child;
}

static void stop_board(pid_t child)
{
    int status;

    kill(child, SIGTERM);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the board ended with status %d", status);
}

Test(serial, board_behind_a_pseudo_terminal_equals_ref, .timeout = 300)
{
    static struct subject subject;
    char path[256], report[LOCKSTEP_REPORT_BYTES] = "";
    size_t activity = 0;

    if (!shared_data("own/micro/lif.nir"))
        cr_skip_test("the shared data sets are not here");
    pid_t child = start_board(path, sizeof path);
    subject_open(&subject, shared_data("own/micro/lif.nir"), shared_data("own/micro/lif.h5"), "icebreaker", 8, 1);
    struct lockstep run = { .image = &subject.image,
                            .left = device_ref_open,
                            .right = device_serial_open,
                            .right_argument = path,
                            .samples = 1,
                            .steps = subject.data.steps,
                            .source = subject_step,
                            .self = &subject };
    int status = lockstep(&run, report, &activity);
    stop_board(child);
    cr_assert_eq(status, 0, "%s", report);
    cr_assert_gt(activity, 0);
    subject_close(&subject);
}

Test(serial, array_of_another_shape_is_refused, .timeout = 120)
{
    static struct subject subject;
    char path[256], error[DEVICE_ERROR_BYTES] = "";
    struct device *device;

    if (!shared_data("own/micro/lif.nir"))
        cr_skip_test("the shared data sets are not here");
    pid_t child = start_board(path, sizeof path);
    subject_open(&subject, shared_data("own/micro/lif.nir"), shared_data("own/micro/lif.h5"), "sim-wide", 8, 1);
    enum loom_status status = device_serial_open(&device, &subject.image, path, error);
    stop_board(child);
    cr_assert_eq(status, LOOM_VERSION, "%s", error);
    cr_assert_null(device);
    cr_assert_neq(strstr(error, "number of lanes"), NULL, "%s", error);
    subject_close(&subject);
}

Test(serial, missing_port_is_an_error)
{
    struct image image = { .board = "icebreaker" };
    struct device *device;
    char error[DEVICE_ERROR_BYTES] = "";

    cr_assert_eq(device_serial_open(&device, &image, "/dev/no-such-port", error), LOOM_IO);
    cr_assert_neq(strstr(error, "/dev/no-such-port"), NULL, "%s", error);
}
