/* What the quantiser refuses, and what it warns of. */
#include "quantize_pair.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(quantize, refusals_name_the_node)
{
    static const struct {
        double weight, leak, threshold;
    } bad[] = {{NAN, 0.5, 1}, {1, 1.5, 1}, {1, -0.1, 1}, {1e-9, 0, 1}, {1, 0.5, INFINITY}};

    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        struct pair pair;

        begin_pair(&pair, MODEL_LIF, 1, 1, &bad[index].weight);
        pair.populations[1].leak[0] = bad[index].leak;
        pair.populations[1].threshold[0] = bad[index].threshold;
        cr_expect_eq(quantize_pair(&pair, NULL), -1, "case %zu", index);
        cr_assert(pair.diagnostics.failed);
        cr_expect_not_null(strstr(pair.diagnostics.messages[pair.diagnostics.count - 1].text, "/out"));
        end_pair(&pair);
    }
}

Test(quantize, lost_weight_bits_are_a_warning)
{
    double weight[] = {0.00013, 0.000071};
    struct pair pair;

    begin_pair(&pair, MODEL_IF, 2, 1, weight);
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect(warns_of(&pair, "loses"));
    end_pair(&pair);
}

Test(quantize, weights_that_say_nothing_are_a_warning)
{
    double zero[] = {0, 0, 0}, outlier[12] = {1e9};
    struct pair pair;

    for (size_t index = 1; index < 12; index++)
        outlier[index] = 1;
    begin_pair(&pair, MODEL_IF, 3, 1, zero);
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect(warns_of(&pair, "all weights from /in are 0: it hears nothing of it"));
    end_pair(&pair);
    begin_pair(&pair, MODEL_LI, 12, 1, outlier);
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect(warns_of(&pair, "11 of 12 weights from /in vanish beside the largest, 1e+09: 8 bits cannot hold both"));
    end_pair(&pair);
    begin_pair(&pair, MODEL_LI, 11, 1, outlier + 1);
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect_not(warns_of(&pair, "vanish"));
    end_pair(&pair);
}

/* Sums of 1 a step and a leak of a half: v stays below 2. */
Test(quantize, thresholds_out_of_reach_are_a_warning)
{
    double weight[] = {1};
    struct pair pair;

    begin_pair(&pair, MODEL_LIF, 1, 1, weight);
    pair.populations[1].leak[0] = 0.5;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect_not(warns_of(&pair, "never fire"));
    end_pair(&pair);
    begin_pair(&pair, MODEL_LIF, 1, 1, weight);
    pair.populations[1].leak[0] = 0.5;
    pair.populations[1].threshold[0] = 1e6;
    cr_assert_eq(quantize_pair(&pair, NULL), 0);
    cr_expect(warns_of(&pair, "1 of its neurons never fire: the threshold of neuron 0 is 1e+06"));
    end_pair(&pair);
}
