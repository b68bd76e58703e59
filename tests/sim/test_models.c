/* The simulated arrays are objects that are loaded: which are found where, and what is said of others. */
#include "device.h"
#include "hardware.h"
#include "model.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void shell(const char *command, const char *folder)
{
    char *output;

    cr_assert_eq(run_command(&output, command, folder, folder, folder, folder), 0, "%s", output);
    free(output);
}

/* A copy of the project's Verilog with a model: the model runs as long as names and contents are those it was made from. */
Test(models, model_of_other_sources_is_refused)
{
    const char *folder = temporary_path("sources");
    char error[MODEL_ERROR_BYTES] = "";

    shell("mkdir -p '%s/rtl' '%s/build/models' && cp rtl/loom_*.v '%s/rtl' && cp build/hardware.vh '%s/build' 2>&1", folder);
    shell("cp build/models/sim_small.so '%s/build/models' 2>&1", folder);
    setenv("NIRLOOM_HOME", folder, 1);
    cr_assert_not_null(sim_model_find("sim-small", error), "%s", error);
    shell("echo >> '%s/rtl/loom_lane.v'", folder);
    cr_assert_null(sim_model_find("sim-small", error));
    cr_expect(strstr(error, "build/models/sim_small.so was made from other Verilog") != NULL, "%s", error);
    cr_expect(strstr(error, "make model BOARD=sim-small") != NULL, "%s", error);
    shell("cp rtl/loom_lane.v '%s/rtl'", folder);
    cr_assert_not_null(sim_model_find("sim-small", error), "%s", error);
    shell("echo >> '%s/build/hardware.vh'", folder);
    cr_assert_null(sim_model_find("sim-small", error));
    shell("cp build/hardware.vh '%s/build'; mv '%s/rtl/loom_lane.v' '%s/rtl/loom_land.v'", folder);
    cr_assert_null(sim_model_find("sim-small", error));
    shell("rm '%s/rtl/loom_'*", folder); /* a model without sources beside it is taken as it is */
    cr_assert_not_null(sim_model_find("sim-small", error), "%s", error);
}

/* `make build/tests` alone does not make them, so they may be older than the Verilog. */
Test(models, those_of_the_tests_are_of_the_sources)
{
    static const char *const boards[] = { "icebreaker", "hx8k-b-evn", "sim-small", "sim-sixteen", "sim-wide", "sim-quad",
                                          "sim-large" };
    char error[MODEL_ERROR_BYTES] = "";

    setenv("NIRLOOM_HOME", ".", 1);
    for (size_t index = 0; index < sizeof boards / sizeof boards[0]; index++)
        cr_expect_not_null(sim_model_find(boards[index], error), "%s", error);
    cr_expect_not_null(sim_board_find("icebreaker", error), "%s", error);
}
