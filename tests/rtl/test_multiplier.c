/* The multipliers and gains, those of DSP blocks and those of adders, on edge values and on random ones. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(multiplier, both_forms_equal_wide_arithmetic, .timeout = 300)
{
    const char *program = temporary_path("multiplier_bench");
    char *output = NULL;
    int status = run_command(&output, "iverilog -g2005 -Wall -o '%s' tests/rtl/multiplier_bench.v rtl/loom_multiplier.v "
                                      "rtl/loom_gain.v 2>&1 && vvp -n '%s' 2>&1", program, program);

    cr_assert_eq(status, 0, "%s", output);
    cr_expect_str_eq(output, "396800 sums right\n", "%s", output);
    free(output);
}
