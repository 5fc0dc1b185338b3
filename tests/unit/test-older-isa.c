#include "compile/older-isa.h"
#include "engine/processor.h"
#include "leuko/compile.h"
#include "leuko/error.h"
#include "small-model.h"
#include <math.h>
#include <string.h>

enum { N = 1000, K = 2 };

/* The stand-in for another process gives the expected answers, or all decisions inverted. */
typedef struct {
    const LeukoGate *gate;
    const double *reference; /* (N, K) */
    const char *wrong_on;    /* an instruction set, or NULL */
    gboolean fails;
    guint n_asked;
    gchar limits[LEUKO_MAX_OLDER_ISAS][16];
} StandIn;

static gboolean answer(const LeukoGraph *graph, const char *isa, const char *limit, guint n,
                       double *answers, gpointer user_data, GError **error)
{
    StandIn *s = user_data;
    g_assert_null(graph);
    g_assert_cmpuint(n, ==, LEUKO_OLDER_ISA_IMAGES);
    g_assert_cmpuint(s->n_asked, <, LEUKO_MAX_OLDER_ISAS);
    g_strlcpy(s->limits[s->n_asked++], limit, 16);
    if (s->fails) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_IO, "no process");
        return FALSE;
    }
    gboolean wrong = g_strcmp0(s->wrong_on, isa) == 0;
    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < K; k++)
            answers[i * K + k] = s->reference[s->gate->records[i] * K + (wrong ? 1 - k : k)];
    return TRUE;
}

static LeukoGate *make_gate(const LeukoModel *m, double *reference)
{
    LeukoGate *gate = small_gate(N);
    gate->model = m;
    for (guint i = 0; i < N; i++) {
        reference[i * K + 1] = (i % 3 == 0 ? 0.6 : 0.1) + 0.3 * i / N;
        reference[i * K] = 1 - reference[i * K + 1];
    }
    return gate;
}

static LeukoModel *make_model(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = K;
    return leuko_model_new(&spec);
}

/* The older instruction sets are compared newest first, never this processor's own or a newer one;
 * equal answers hold. */
static void test_order(void)
{
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference};
    const LeukoGateLimits limits = leuko_gate_limits_default();
    LeukoIsaFigures figures[LEUKO_MAX_OLDER_ISAS];
    guint n = 0;
    g_autoptr(GError) error = NULL;
    const char *own = leuko_processor_isa_name();
    guint want = strcmp(own, "SSE4.1") == 0 || strcmp(own, "generic") == 0 ? 0
                 : strcmp(own, "AVX2") == 0 || strcmp(own, "AVX") == 0     ? 1
                                                                           : 2;
    g_assert_true(
        leuko_older_isa_compare(NULL, gate, reference, &limits, answer, &s, figures, &n, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(n, ==, want);
    g_assert_cmpuint(s.n_asked, ==, want);
    if (want > 0) {
        g_assert_cmpstr(s.limits[want - 1], ==, "SSE41");
        g_assert_cmpstr(figures[want - 1].isa, ==, "SSE4.1");
        g_assert_cmpuint(figures[0].figures.n, ==, LEUKO_OLDER_ISA_IMAGES);
        g_assert_cmpuint(figures[0].figures.n_flips, ==, 0);
    }
    if (want == 2)
        g_assert_cmpstr(s.limits[0], ==, "AVX2");
    g_assert_true(leuko_older_isa_holds(figures, n));
}

/* Different answers on one instruction set fail the gate; the others are still measured. */
static void test_fails(void)
{
    const char *limit, *isa = leuko_processor_older_isa(0, &limit);
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference, .wrong_on = isa};
    const LeukoGateLimits limits = leuko_gate_limits_default();
    LeukoIsaFigures figures[LEUKO_MAX_OLDER_ISAS];
    guint n = 0;
    g_autoptr(GError) error = NULL;
    if (!isa) {
        g_test_skip("this processor has no older instruction set");
        return;
    }
    g_assert_true(
        leuko_older_isa_compare(NULL, gate, reference, &limits, answer, &s, figures, &n, &error));
    g_assert_no_error(error);
    g_assert_false(leuko_older_isa_holds(figures, n));
    g_assert_false(figures[0].figures.holds);
    for (guint i = 1; i < n; i++)
        g_assert_true(figures[i].figures.holds);
}

/* A process that cannot answer is an error, not a failed gate. */
static void test_error(void)
{
    const char *limit;
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference, .fails = TRUE};
    const LeukoGateLimits limits = leuko_gate_limits_default();
    LeukoIsaFigures figures[LEUKO_MAX_OLDER_ISAS];
    guint n = 0;
    g_autoptr(GError) error = NULL;
    if (!leuko_processor_older_isa(0, &limit)) {
        g_test_skip("this processor has no older instruction set");
        return;
    }
    g_assert_false(
        leuko_older_isa_compare(NULL, gate, reference, &limits, answer, &s, figures, &n, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_cmpuint(n, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/older-isa/order", test_order);
    g_test_add_func("/older-isa/fails", test_fails);
    g_test_add_func("/older-isa/error", test_error);
    return g_test_run();
}
