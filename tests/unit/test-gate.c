#include "compile/gate.h"
#include "formats/model.h"
#include "leuko/error.h"
#include "small-model.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { N = 1000, K = 2 };

/* Figures of a case that is small enough to compute by hand: 1 of 4 decisions flips, |dp| of the
 * predicted class is 0.2, 0, 0, 0.1; each limit alone can fail the gate. */
static void test_figures(void)
{
    const gint labels[] = {0, 0, 1, 1};
    const double before[] = {0.6, 0.4, 0.9, 0.1, 0.2, 0.8, 0.3, 0.7};
    const double after[] = {0.4, 0.6, 0.9, 0.1, 0.2, 0.8, 0.4, 0.6};
    LeukoGateFigures f;
    LeukoGateLimits limits = {0.25, 0.076, 0.2};
    leuko_gate_compare(4, 2, labels, -1, (double)NAN, before, after, &limits, &f);
    g_assert_cmpuint(f.n_flips, ==, 1);
    g_assert_cmpfloat_with_epsilon(f.mean_dp, 0.3 / 4, 1e-12);
    g_assert_cmpfloat_with_epsilon(f.auc_reference, 1, 1e-12);
    g_assert_cmpfloat_with_epsilon(f.auc, 0.875, 1e-12); /* one pair of four ties */
    g_assert_true(f.holds);
    for (guint k = 0; k < 3; k++) {
        LeukoGateLimits tight = limits;
        *(k == 0 ? &tight.flips : k == 1 ? &tight.mean_dp : &tight.auc) = 0.07;
        leuko_gate_compare(4, 2, labels, -1, (double)NAN, before, after, &tight, &f);
        g_assert_false(f.holds);
    }
}

/* Without images of one class there is no AUC, and the AUC is not judged. */
static void test_one_class(void)
{
    const gint labels[] = {1, 1};
    const double p[] = {0.2, 0.8, 0.3, 0.7};
    const LeukoGateLimits limits = {0, 0, 0};
    LeukoGateFigures f;
    leuko_gate_compare(2, 2, labels, 1, 0.5, p, p, &limits, &f);
    g_assert_true(isnan(f.auc_reference));
    g_assert_true(f.holds);
}

/* A thinned gate keeps evenly spread images, each with its own label. */
static void test_thin(void)
{
    g_autoptr(LeukoGate) gate = small_gate(N);
    leuko_gate_thin(gate, N + 1);
    g_assert_cmpuint(gate->n, ==, N);
    leuko_gate_thin(gate, 7);
    g_assert_cmpuint(gate->n, ==, 7);
    for (guint i = 0; i < 7; i++) {
        g_assert_cmpuint(gate->records[i], ==, i * N / 7);
        g_assert_cmpint(gate->labels[i], ==, (gint)(gate->records[i] % 3 == 0));
    }
}

/* A folder without a validation split is refused by name. */
static void test_no_validation(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    g_autofree gchar *folder = g_dir_make_tmp("leuko-gate-XXXXXX", NULL);
    g_assert_null(leuko_gate_open(folder, m, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, folder));
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gate/figures", test_figures);
    g_test_add_func("/gate/one-class", test_one_class);
    g_test_add_func("/gate/thin", test_thin);
    g_test_add_func("/gate/no-validation", test_no_validation);
    return g_test_run();
}
