/* run --trace: a file that another program reads, with the signals of the very cycles that eval counts. */
#include <criterion/criterion.h>

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char network[] = "tests/micro/if_exact_tie.nir", samples[] = "tests/micro/if_exact_tie.h5";

static char *shell(int status, const char *command)
{
    char *output;
    int got = run_command(&output, "%s", command);

    cr_assert_eq(got, status, "%s: exit status %d, said\n%s", command, got, output);
    return output;
}

/* The number behind text. */
static unsigned long number_after(const char *output, const char *text)
{
    const char *found = strstr(output, text);

    cr_assert(found, "no %s in\n%s", text, output);
    return strtoul(found + strlen(text), NULL, 10);
}

Test(trace, has_every_cycle_of_a_run, .timeout = 600)
{
    const char *nirloom = getenv("NIRLOOM") ? getenv("NIRLOOM") : "build/nirloom";
    char command[4096], wave[256], reader[256], output[256];
    unsigned long rises, low, high, rest;

    snprintf(wave, sizeof wave, "%s", temporary_path("wave.fst"));
    snprintf(reader, sizeof reader, "%s", temporary_path("read-fst"));
    snprintf(output, sizeof output, "%s", temporary_path("out.h5"));
    snprintf(command, sizeof command, "fst=$(verilator --getenv VERILATOR_ROOT)/include/gtkwave; gcc -w -O1 -I$fst "
             "'-DFST_CONFIG_INCLUDE=\"fst_config.h\"' -o '%s' tests/rtl/read_fst.c $fst/fstapi.c $fst/fastlz.c $fst/lz4.c -lz 2>&1",
             reader);
    free(shell(0, command));
    free(shell(0, "make -s traced-model BOARD=icebreaker 2>&1")); /* one of an older array would do for `run` */
    snprintf(command, sizeof command, "'%s' run %s -i %s -o '%s' --limit 1 --trace '%s' 2>&1", nirloom, network,
             samples, output, wave);
    free(shell(0, command));
    snprintf(command, sizeof command, "'%s' '%s' clk cycles_low_q cycles_high_q", reader, wave);
    char *said = shell(0, command);
    snprintf(command, sizeof command, "'%s' eval %s -i %s --limit 1 --json 2>/dev/null", nirloom, network, samples);
    char *evaluated = shell(0, command);

    unsigned long end = number_after(said, "end ");
    cr_assert_eq(sscanf(strstr(said, "clk "), "clk %lu %lu", &rises, &rest), 2);
    cr_assert_eq(sscanf(strstr(said, "cycles_low_q "), "cycles_low_q %lu %lu", &rest, &low), 2);
    cr_assert_eq(sscanf(strstr(said, "cycles_high_q "), "cycles_high_q %lu %lu", &rest, &high), 2);
    cr_expect_eq(rises, (end + 1) / 2, "the clock rises in every second of %lu time units, %lu times", end, rises);
    cr_expect_eq(high << 16 | low, number_after(evaluated, "\"cycles\": "), "the array's own counter at the end");
    free(said);
    free(evaluated);
}

Test(trace, a_place_that_cannot_be_written_is_told, .timeout = 600)
{
    const char *nirloom = getenv("NIRLOOM") ? getenv("NIRLOOM") : "build/nirloom";
    char command[1024];

    snprintf(command, sizeof command, "'%s' run %s -i %s -o '%s' --limit 1 --trace /no/such/folder/wave.fst 2>&1",
             nirloom, network, samples, temporary_path("out.h5"));
    char *said = shell(3, command);
    cr_expect(strstr(said, "/no/such/folder/wave.fst: the trace cannot be written there"), "said\n%s", said);
    free(said);
}
