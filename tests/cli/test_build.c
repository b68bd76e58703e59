/* nirloom build: a small design goes through the real tools, and tools that warn, fail or are missing fail the build.
 * The project's own RTL takes minutes; `make fpga` builds that. */
#include <criterion/criterion.h>

#include "support.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static const char *executable(void)
{
    const char *path = getenv("NIRLOOM");

    return path ? path : "build/nirloom";
}

static void write_text(const char *folder, const char *name, const char *text, mode_t mode)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
}

/* 24 registers in a ring and one in the way of the line out stand for the array; the board's own files are around. */
static const char small_design[] =
    "module loom_board #(parameter CORES = 0, parameter LANES = 16, parameter SLOTS = 0, parameter WORD_BITS = 0,"
    "    parameter WEIGHT_WORDS = 0, parameter STATE_ROWS = 0, parameter ACCUMULATOR_ROWS = 0,"
    "    parameter SPIKE_WORDS = 0, parameter DIVIDER = 24)"
    "    (input wire clk, input wire rst, input wire i_uart, output wire o_uart);\n"
    "    reg [23:0] ring_q; reg line_q; assign o_uart = line_q;\n"
    "    always @(posedge clk) begin\n"
    "        if (rst) ring_q <= LANES; else ring_q <= {ring_q[22:0], ring_q[23] ^ i_uart};\n"
    "        line_q <= ring_q[23] ^ ring_q[DIVIDER - 1 - LANES];\n"
    "    end\n"
    "endmodule\n";

/* A project's folder with the small design; its path is valid until the next call. */
static const char *make_home(void)
{
    static char home[PATH_BYTES];
    char *output;

    snprintf(home, sizeof home, "%s", temporary_path("home"));
    cr_assert_eq(run_command(&output, "mkdir -p '%s/build' '%s/rtl/boards' '%s/tools' && cp -r rtl/boards/icebreaker "
                                      "'%s/rtl/boards'", home, home, home, home), 0);
    free(output);
    write_text(home, "build/hardware.vh", "", 0644);
    write_text(home, "rtl/loom_board.v", small_design, 0644);
    return home;
}

static bool have_tools(void)
{
    char *output;
    bool all = run_command(&output, "command -v yosys && command -v nextpnr-ice40 && command -v icepack") == 0;

    free(output);
    return all;
}

Test(build, a_small_design_becomes_a_bitstream, .timeout = 120)
{
    static const char *const keys[] = {"board",     "part",      "target_mhz",    "seeds",     "clock_mhz",
                                       "resources", "available", "critical_path", "bitstream", "icetime_mhz"};
    struct json_object *value, *resources;
    struct stat status;
    char *output;

    if (!have_tools())
        cr_skip_test("yosys, nextpnr-ice40 and icepack are not on this machine");
    const char *home = make_home();
    int exit_status = run_command(&output, "NIRLOOM_HOME='%s' '%s' build -o '%s/out' --seeds 7,8,9 --json 2>&1 "
                                           ">'%s/figures.json'; s=$?; cat '%s/figures.json'; exit $s",
                                  home, executable(), home, home, home);
    cr_assert_eq(exit_status, 0, "said %s", output);
    struct json_object *object = json_tokener_parse(strchr(output, '{'));
    cr_assert(object, "%s", output);
    for (size_t index = 0; index < sizeof keys / sizeof keys[0]; index++)
        cr_expect(json_object_object_get_ex(object, keys[index], &value), "key %s is missing", keys[index]);
    json_object_object_get_ex(object, "clock_mhz", &value);
    cr_assert_eq(json_object_array_length(value), 3);
    cr_expect_gt(json_object_get_double(json_object_array_get_idx(value, 2)), 24);
    json_object_object_get_ex(object, "resources", &resources);
    int registers = 0;
    json_object_object_foreach(resources, name, count)
    {
        if (strncmp(name, "SB_DFF", 6) == 0)
            registers += json_object_get_int(count);
    }
    /* 24 + 1 of the design; 2 of the button, 9 of the counter and 1 of the reset in the board's top. */
    cr_expect_eq(registers, 24 + 1 + 2 + 9 + 1, "%d registers", registers);
    cr_assert(json_object_object_get_ex(resources, "ICESTORM_LC", &value));
    cr_expect_geq(json_object_get_int(value), registers);
    json_object_object_get_ex(object, "bitstream", &value);
    cr_expect_eq(stat(json_object_get_string(value), &status), 0);
    cr_expect_gt(status.st_size, 100000, "an UP5K's bitstream has 104 kB");
    json_object_put(object);
    free(output);
}

/* Runs a build whose yosys is the script; checks that it fails as a tool's fault and says so. */
static void check_tool(const char *script, const char *said)
{
    const char *home = make_home();
    char folder[PATH_BYTES], *output;

    snprintf(folder, sizeof folder, "%s/tools", home);
    write_text(folder, "yosys", script, 0755);
    int status = run_command(&output, "PATH='%s/tools':$PATH NIRLOOM_HOME='%s' '%s' build -o '%s/out' 2>&1", home, home,
                             executable(), home);
    cr_expect_eq(status, 3, "exit status %d for %s", status, script);
    cr_expect(strstr(output, said), "said\n%s", output);
    free(output);
}

Test(build, a_driver_conflict_fails_the_build)
{
    check_tool("#!/bin/sh\necho 'Warning: Driver-driver conflict for clk. Resolved using constant.'\n",
               "yosys warned, which fails the build");
}

Test(build, any_other_warning_fails_the_build)
{
    check_tool("#!/bin/sh\necho 'rtl/loom_core.v:7: Warning: Identifier is implicitly declared.'\n",
               "implicitly declared");
}

Test(build, a_tool_that_fails_fails_the_build)
{
    check_tool("#!/bin/sh\necho 'ERROR: No such module.'\nexit 1\n", "ERROR: No such module.");
}

Test(build, a_missing_tool_is_named)
{
    const char *home = make_home();
    char *output;
    int status = run_command(&output, "exe=$(realpath '%s'); PATH=/nowhere NIRLOOM_HOME='%s' $exe build -o '%s/out' "
                                      "2>&1", executable(), home, home);

    cr_expect_eq(status, 3);
    cr_expect(strstr(output, "yosys: cannot be run"), "said %s", output);
    free(output);
}

Test(build, a_folder_without_the_project_is_refused)
{
    char *output;
    int status = run_command(&output, "NIRLOOM_HOME=/nowhere '%s' build -o '%s' 2>&1", executable(),
                             temporary_path("nothing_built"));

    cr_expect_eq(status, 3);
    cr_expect(strstr(output, "set NIRLOOM_HOME to the project's folder"), "said %s", output);
    free(output);
}

Test(build, an_image_for_another_board_is_refused)
{
    char *output;
    const char *network = shared_data("own/micro/lif.nir"), *image = temporary_path("other.loom");

    if (!network)
        cr_skip_test("the shared data are not on this machine");
    cr_assert_eq(run_command(&output, "'%s' compile '%s' -o '%s' --board sim-small 2>/dev/null", executable(), network,
                             image), 0);
    free(output);
    int status = run_command(&output, "'%s' build '%s' -o '%s' 2>&1", executable(), image, temporary_path("refused"));
    cr_expect_eq(status, 1);
    cr_expect(strstr(output, "made for board sim-small, not for icebreaker"), "said %s", output);
    free(output);
}
