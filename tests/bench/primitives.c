/* Prints the README's table of NIR primitives: each form of tests/sim/primitives.c, measured anew. */
#include "primitives.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rounded up to two digits, so that the table promises nothing that was not measured. */
static double rounded_up(double share)
{
    double percent = 100 * share;

    if (percent < 1e-6)
        return 0;
    double unit = pow(10, floor(log10(percent)) - 1);
    return ceil(percent / unit - 1e-9) * unit;
}

static void print_fidelity(const struct fidelity *fidelity)
{
    if (fidelity_exact(fidelity)) {
        printf("exact");
        return;
    }
    if (fidelity->spikes)
        printf("spikes %g %%", rounded_up(fidelity->spikes_different));
    if (fidelity->spikes && fidelity->state_error > 0)
        printf(", v %g %%", rounded_up(fidelity->state_error));
    if (fidelity->values)
        printf("values %g %%, rms %g %%", rounded_up(fidelity->value_error), rounded_up(fidelity->value_rms));
}

static int print_form(const struct primitive_form *form, bool repeated)
{
    static const char *const verdicts[] = {"exact", "approximate", "refused"};
    char error[FIDELITY_ERROR_BYTES];

    printf("| %s | %s | %s |", repeated ? "" : form->primitive, form->form, verdicts[form->verdict]);
    for (unsigned bits = 8; bits >= 4; bits -= 4) {
        struct fidelity fidelity;
        int status = primitive_measure(&fidelity, form, bits, error);

        if ((status != 0) != (form->verdict == FORM_REFUSED)) {
            fprintf(stderr, "%s/%s.nir: %s\n", primitive_folder(form), form->network, status ? error : "not refused");
            return -1;
        }
        printf(" ");
        if (status == 0)
            print_fidelity(&fidelity);
        printf(" |");
    }
    printf(" [%s](%s/%s.nir) |\n", form->network, primitive_folder(form), form->network);
    return 0;
}

int main(void)
{
    printf("| primitive | form | on the array | off by at most, 8-bit weights | 4-bit weights | network |\n"
           "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t index = 0; index < primitive_form_count; index++) {
        const struct primitive_form *form = &primitive_forms[index];
        if (print_form(form, index > 0 && strcmp(form->primitive, form[-1].primitive) == 0) != 0)
            return 1;
    }
    return 0;
}
