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
    "    parameter SPIKE_WORDS = 0, parameter OPERATIONS = 0, parameter PROGRAM_BITS = 0, parameter DSP = 0,"
    "    parameter DIVIDER = 24)"
    "    (input wire clk, input wire rst, input wire i_uart, output wire o_uart);\n"
    "    reg [23:0] ring_q; reg line_q; assign o_uart = line_q;\n"
    "    always @(posedge clk) begin\n"
    "        if (rst) ring_q <= LANES; else ring_q <= {ring_q[22:0], ring_q[23] ^ i_uart};\n"
    "        line_q <= ring_q[23] ^ ring_q[(DIVIDER - LANES) % 24];\n"
    "    end\n"
    "endmodule\n";

/* A project's folder with the small design; its path is valid until the next call. */
static const char *make_home(void)
{
    static char home[PATH_BYTES];
    char *output;

    snprintf(home, sizeof home, "%s", temporary_path("home"));
    cr_assert_eq(run_command(&output, "mkdir -p '%s/build' '%s/rtl/boards' '%s/tools' && cp -r rtl/boards/* "
                                      "'%s/rtl/boards' && cp rtl/loom_reset.v '%s/rtl'", home, home, home, home, home),
                 0);
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
    /* 24 + 1 of the design; 2 of what is ready, 10 of the counter and 1 of the reset in loom_reset. */
    cr_expect_eq(registers, 24 + 1 + 2 + 10 + 1, "%d registers", registers);
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

/* ---- the cache: counted by tools that write down each call and make what the flow looks for ---- */

static const char fake_yosys[] =
    "#!/bin/sh\n[ \"$1\" = -V ] && { echo 'Yosys 1'; exit 0; }\n"
    "echo yosys >> \"$CALLS\"; sleep ${SLOW:-0}\n"
    "file=$(sed -n 's/.*-json \"\\(.*\\)\"/\\1/p' \"$2\")\n"
    "echo '{\"modules\": {\"top\": {\"attributes\": {\"top\": \"1\"}, \"cells\": {\"a\": {\"type\": \"SB_LUT4\"}}}}}' > \"$file\"\n";
static const char fake_nextpnr[] =
    "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'nextpnr 1'; exit 0; }\n"
    "echo nextpnr >> \"$CALLS\"\n"
    "while [ $# -gt 0 ]; do case $1 in --report) r=$2 ;; --asc) a=$2 ;; --seed) s=$2 ;; esac; shift; done\n"
    "echo '{\"fmax\": {\"clk\": {\"achieved\": '$((s + 100)).5'}}, \"critical_paths\": [],"
    " \"utilization\": {\"ICESTORM_LC\": {\"used\": 7, \"available\": 5280}}}' > $r\necho routed $s > $a\n";
static const char fake_icetime[] = "#!/bin/sh\necho 'Total path delay: 10.00 ns (100.00 MHz)'\n";
static const char fake_icepack[] = "#!/bin/sh\necho icepack >> \"$CALLS\"\ncp \"$1\" \"$2\"\n";

static const char *make_fake_home(void)
{
    static char home[PATH_BYTES];

    snprintf(home, sizeof home, "%s", make_home());
    write_text(home, "tools/yosys", fake_yosys, 0755);
    write_text(home, "tools/nextpnr-ice40", fake_nextpnr, 0755);
    write_text(home, "tools/icetime", fake_icetime, 0755);
    write_text(home, "tools/icepack", fake_icepack, 0755);
    return home;
}

/* Builds in the home with its tools; the folder out/ and then what options say. stdout and stderr go to *said. */
static int fake_build(char **said, const char *home, const char *out, const char *options)
{
    return run_command(said, "CALLS='%s/calls' PATH='%s/tools':$PATH NIRLOOM_HOME='%s' '%s' build -o '%s/%s' %s 2>&1", home,
                       home, home, executable(), home, out, options);
}

static int count_calls(const char *home, const char *tool)
{
    char *output;

    run_command(&output, "grep -c '^%s$' '%s/calls'", tool, home);
    int count = atoi(output);
    free(output);
    return count;
}

/* Builds once more and checks whether the tools ran (times: how often yosys has by now). */
static void check_calls(const char *home, const char *options, int times, const char *why)
{
    char *said;

    cr_assert_eq(fake_build(&said, home, "again", options), 0, "%s: said %s", why, said);
    cr_expect_eq(count_calls(home, "yosys"), times, "%s: yosys ran %d times", why, count_calls(home, "yosys"));
    free(said);
}

Test(build, an_unchanged_board_is_taken_from_the_cache)
{
    const char *home = make_fake_home();
    char *first, *second;

    cr_assert_eq(fake_build(&first, home, "first", "--seeds 1,3,2 --json"), 0, "said %s", first);
    cr_expect(strstr(first, "\"cached\": false"), "said %s", first);
    cr_expect(strstr(first, "\"bitstream_seed\": 3"), "said %s", first);
    cr_assert_eq(fake_build(&second, home, "second", "--seeds 1,3,2 --json"), 0, "said %s", second);
    cr_expect(strstr(second, "icebreaker is unchanged: taken from"), "said %s", second);
    cr_expect(strstr(second, "\"cached\": true"), "said %s", second);
    cr_expect_eq(count_calls(home, "yosys"), 1);
    cr_expect_eq(count_calls(home, "nextpnr"), 3);
    /* All that the first left is there, and the figures are the same but for the path and how they were come by. */
    free(second);
    cr_expect_eq(run_command(&second, "cd '%s' && diff -r first second && cat second/icebreaker.bin", home), 0, "%s", second);
    cr_expect_str_eq(second, "routed 3\n");
    free(second);
    free(first);
}

Test(build, what_a_build_depends_on_makes_it_run_again)
{
    const char *home = make_fake_home();
    char *output;

    check_calls(home, "", 1, "the first");
    check_calls(home, "", 1, "nothing changed");
    check_calls(home, "--force", 2, "--force");
    check_calls(home, "", 2, "after --force");
    check_calls(home, "--seeds 2", 3, "other seeds");
    check_calls(home, "--board upduino3", 4, "another board");
    write_text(home, "rtl/loom_board.v", "// another\n", 0644);
    check_calls(home, "", 5, "another source");
    write_text(home, "rtl/loom_more.v", "// more\n", 0644);
    check_calls(home, "", 6, "one source more");
    write_text(home, "build/hardware.vh", "// another\n", 0644);
    check_calls(home, "", 7, "another header");
    write_text(home, "rtl/boards/icebreaker/icebreaker.pcf", "# another\n", 0644);
    check_calls(home, "", 8, "other pins");
    write_text(home, "tools/icepack", "#!/bin/sh\n# another\ncp \"$1\" \"$2\"\n", 0755);
    check_calls(home, "", 9, "another tool");
    /* A tool that calls another, whose version is new. */
    cr_assert_eq(run_command(&output, "sed -i \"s/'Yosys 1'/\\\"\\$VERSION\\\"/\" '%s/tools/yosys'", home), 0);
    free(output);
    setenv("VERSION", "1", 1);
    check_calls(home, "", 10, "a changed tool");
    setenv("VERSION", "2", 1);
    check_calls(home, "", 11, "the same tool of another version");
    setenv("VERSION", "1", 1);
    check_calls(home, "", 11, "the version before, still in the cache");
}

Test(build, a_damaged_cache_entry_is_built_anew)
{
    static const char *const damages[] = {
        "echo x >> $(ls */icebreaker.bin)",    "rm */seed-1.asc", "sed -i 's/100/999/; s/101/999/' */figures.json",
        "for f in */SUMS; do : > $f; done",    "rm */SUMS",       "sed -i '/icebreaker.bin/d' */SUMS",
    };
    const char *home = make_fake_home();
    char *output;
    int times = 1;

    check_calls(home, "", times, "the first");
    for (size_t index = 0; index < sizeof damages / sizeof damages[0]; index++) {
        cr_assert_eq(run_command(&output, "cd '%s/build/cache' && %s", home, damages[index]), 0);
        free(output);
        check_calls(home, "", ++times, damages[index]);
        check_calls(home, "", times, "the repaired entry");
        cr_assert_eq(run_command(&output, "cat '%s/again/icebreaker.bin'", home), 0);
        cr_expect_str_eq(output, "routed 1\n", "after %s", damages[index]);
        free(output);
    }
}

Test(build, a_failed_build_is_not_kept)
{
    const char *home = make_fake_home();
    char *output;

    write_text(home, "tools/icepack", "#!/bin/sh\n[ -e \"$CALLS.fail\" ] && exit 1\ncp \"$1\" \"$2\"\n", 0755);
    write_text(home, "calls.fail", "", 0644);
    cr_expect_eq(fake_build(&output, home, "again", ""), 3);
    free(output);
    cr_assert_eq(run_command(&output, "rm '%s/calls.fail'", home), 0);
    free(output);
    check_calls(home, "", 2, "after a failure");
}

Test(build, builds_at_the_same_time_build_once)
{
    const char *home = make_fake_home();
    char *output;
    int status = run_command(&output, "export CALLS='%s/calls' PATH='%s/tools':$PATH NIRLOOM_HOME='%s' SLOW=1; pids=; "
                                      "for out in a a b c; do '%s' build -o '%s/'$out 2>&1 & pids=\"$pids $!\"; done; "
                                      "for pid in $pids; do wait $pid || exit 9; done; cd '%s' && diff -r a b && diff -r a c",
                             home, home, home, executable(), home, home);

    cr_expect_eq(status, 0, "exit status %d, said %s", status, output);
    cr_expect_eq(count_calls(home, "yosys"), 1);
    free(output);
}
