/* The simulated arrays are objects that are loaded: which are found where, and what is said of others. */
#include "device.h"
#include "hardware.h"
#include "model.h"
#include "support.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Test(models, home_is_looked_in)
{
    char error[MODEL_ERROR_BYTES] = "";

    setenv("NIRLOOM_HOME", ".", 1);
    const struct model_operations *operations = sim_model_find("sim-small", error);
    cr_assert_not_null(operations, "%s", error);
    cr_expect_str_eq(operations->board, "sim-small");
    cr_expect_eq(operations, sim_model_find("sim-small", error), "loaded twice");
    cr_expect_neq(operations, sim_model_find("sim-wide", error), "one object for two boards");
}

Test(models, missing_one_names_the_command)
{
    struct image image = { .board = "sim-large" };
    struct device *device;
    char error[DEVICE_ERROR_BYTES] = "";

    setenv("NIRLOOM_HOME", "/nowhere", 1);
    cr_assert_eq(device_sim_open(&device, &image, NULL, error), LOOM_BAD_ARGUMENT);
    cr_assert_null(device);
    cr_expect(strstr(error, "/nowhere/build/models/sim_large.so") != NULL, "%s", error);
    cr_expect(strstr(error, "make model BOARD=sim-large") != NULL, "%s", error);
}

Test(models, model_of_another_board_is_refused)
{
    const char *folder = temporary_path("home");
    char error[MODEL_ERROR_BYTES] = "";
    char *output;

    cr_assert_eq(run_command(&output, "mkdir -p '%s/build/models' && cp build/models/sim_small.so "
                                      "'%s/build/models/sim_wide.so'", folder, folder), 0);
    free(output);
    setenv("NIRLOOM_HOME", folder, 1);
    cr_assert_null(sim_model_find("sim-wide", error));
    cr_expect(strstr(error, "is of board sim-small") != NULL, "%s", error);
}

Test(models, damaged_one_is_an_error)
{
    const char *folder = temporary_path("damaged");
    char error[MODEL_ERROR_BYTES] = "";
    char *output;

    cr_assert_eq(run_command(&output, "mkdir -p '%s/build/models' && echo nothing > '%s/build/models/sim_wide.so'",
                             folder, folder), 0);
    free(output);
    setenv("NIRLOOM_HOME", folder, 1);
    cr_assert_null(sim_model_find("sim-wide", error));
    cr_expect(strstr(error, "make model BOARD=sim-wide") != NULL, "%s", error);
}

Test(models, unknown_board_is_an_error)
{
    char error[MODEL_ERROR_BYTES] = "";

    cr_assert_null(sim_model_find("no-such", error));
    cr_expect(strstr(error, "no-such") != NULL, "%s", error);
}

/* What tests link with `make build/tests` alone may be older than the RTL: no test would tell otherwise. */
Test(models, those_of_the_tests_are_newer_than_the_rtl)
{
    static const char *const objects[] = { "icebreaker", "sim_small", "sim_sixteen", "sim_wide", "sim_quad", "sim_large",
                                           "icebreaker_board" };
    glob_t sources;

    cr_assert_eq(glob("rtl/loom_*.v", 0, NULL, &sources), 0);
    for (size_t index = 0; index < sizeof objects / sizeof objects[0]; index++) {
        char path[64];
        struct stat object, source;

        snprintf(path, sizeof path, "build/models/%s.so", objects[index]);
        cr_assert_eq(stat(path, &object), 0, "%s is missing; `make models`", path);
        for (size_t at = 0; at < sources.gl_pathc; at++) {
            cr_assert_eq(stat(sources.gl_pathv[at], &source), 0);
            cr_expect(source.st_mtime <= object.st_mtime, "%s is older than %s; `make models`", path,
                      sources.gl_pathv[at]);
        }
    }
    globfree(&sources);
}
