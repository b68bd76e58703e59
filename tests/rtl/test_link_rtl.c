/* loom_link against runtime/link.c, cycle by cycle (link_bench.cpp), and the lint that it must pass. */
#include <criterion/criterion.h>

#include "support.h"

#include <stdlib.h>
#include <string.h>

#define BUILD "build/link-bench"

static void must_run(const char *command)
{
    char *output;
    int status = run_command(&output, "%s", command);
    cr_assert_eq(status, 0, "%s\n%s", command, output);
    free(output);
}

Test(link_rtl, host_and_array_understand_each_other, .timeout = 300)
{
    char *output;
    must_run("mkdir -p " BUILD);
    must_run("for name in runtime/frame runtime/packet runtime/link runtime/link_frames tests/support; do "
             "gcc -std=gnu11 -D_GNU_SOURCE -O1 -Icompiler -Iruntime -Irtl -Itests -c $name.c "
             "-o " BUILD "/$(basename $name).o || exit 1; done");
    must_run("verilator --cc --exe --build -O3 -Wall -Ibuild -Irtl -Itests/rtl --Mdir " BUILD "/model "
             "-CFLAGS \"-O1 -I$PWD/runtime -I$PWD/rtl -I$PWD/compiler -I$PWD/tests\" --top-module link_bench "
             "tests/rtl/link_bench.v \"$PWD\"/tests/rtl/link_bench.cpp \"$PWD\"/" BUILD "/frame.o \"$PWD\"/" BUILD
             "/packet.o \"$PWD\"/" BUILD "/link.o \"$PWD\"/" BUILD "/link_frames.o \"$PWD\"/" BUILD "/support.o -LDFLAGS -lz -o bench");
    for (int seed = 1; seed <= 3; seed++) {
        int status = run_command(&output, "LINK_SEED=%d " BUILD "/model/bench", seed);
        cr_assert_eq(status, 0, "seed %d: %s", seed, output);
        cr_assert(strstr(output, "bad line: "), "%s", output);
        free(output);
    }
}

Test(link_rtl, no_tool_has_a_warning, .timeout = 120)
{
    static const char *const modules[] = { "loom_link", "loom_uart_receiver", "loom_uart_transmitter" };
    for (size_t index = 0; index < sizeof modules / sizeof modules[0]; index++) {
        char *output;
        int status = run_command(&output, "verilator --lint-only -Wall -Ibuild -Irtl rtl/%s.v 2>&1", modules[index]);
        cr_assert(status == 0 && output[0] == '\0', "%s", output);
        free(output);
        status = run_command(&output, "iverilog -g2005 -Wall -Ibuild -y rtl -o /dev/null rtl/%s.v 2>&1",
                             modules[index]);
        cr_assert(status == 0 && output[0] == '\0', "%s", output);
        free(output);
    }
}
