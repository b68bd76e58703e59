/* The proofs of the queue, the link, the ring and the core's streams hold, with yosys-smtbmc, and each notices a design
 * that is broken where it looks. */
#include <criterion/criterion.h>

#include "support.h"

#include <stdlib.h>
#include <string.h>

static void run_proofs(const char *what, const char *good)
{
    char *output;
    int status = run_command(&output, "sh tests/formal/run.sh %s 2>&1", what);
    size_t lines = 0;
    size_t by_smtbmc = 0;
    for (const char *line = output; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, good, strlen(good))) {
            const char *end = line + strcspn(line, "\n");
            const char *prover = strstr(line, "(smtbmc, z3, ");
            lines++;
            by_smtbmc += prover && prover < end;
        }
        if (*line == '\0')
            break;
    }
    cr_assert_eq(status, 0, "%s", output);
    cr_assert(!strstr(output, "FAILED"), "%s", output);
    cr_assert_geq(lines, 25u, "%s", output);
    cr_assert_eq(by_smtbmc, lines, "%s", output);
    free(output);
}

Test(formal, all_proofs_hold, .timeout = 2400)
{
    run_proofs("proofs", "proved: ");
}

Test(formal, every_proof_notices_a_mutation, .timeout = 2400)
{
    run_proofs("mutations", "noticed: ");
}
