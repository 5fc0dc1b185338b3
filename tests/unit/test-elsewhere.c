#include "compile/elsewhere.h"
#include "engine/processor.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { N = 1000, K = 2 };

/* What the stand-in for another process answers: expected, or all decisions turned round. */
typedef struct {
    const LeukoGate *gate;
    const double *reference; /* (N, K) */
    const char *wrong_on;    /* an instruction set, or NULL */
    gboolean fails;
    guint n_asked;
    gchar limits[LEUKO_MAX_ELSEWHERE][16];
} StandIn;

static gboolean answer(const LeukoGraph *graph, const char *isa, const char *limit, guint n,
                       double *answers, gpointer user_data, GError **error)
{
    StandIn *s = user_data;
    g_assert_null(graph);
    g_assert_cmpuint(n, ==, LEUKO_ELSEWHERE_IMAGES);
    g_assert_cmpuint(s->n_asked, <, LEUKO_MAX_ELSEWHERE);
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
    LeukoGate *gate = g_new0(LeukoGate, 1);
    gate->model = m;
    gate->n = N;
    gate->records = g_new(guint, N);
    gate->labels = g_new(gint, N);
    for (guint i = 0; i < N; i++) {
        gate->records[i] = i;
        gate->labels[i] = (gint)(i % 3 == 0);
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

/* A thinned gate keeps images evenly spread over all, each with its own label. */
static void test_thin(void)
{
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    leuko_gate_thin(gate, N + 1);
    g_assert_cmpuint(gate->n, ==, N);
    leuko_gate_thin(gate, 7);
    g_assert_cmpuint(gate->n, ==, 7);
    for (guint i = 0; i < 7; i++) {
        g_assert_cmpuint(gate->records[i], ==, i * N / 7);
        g_assert_cmpint(gate->labels[i], ==, (gint)(gate->records[i] % 3 == 0));
    }
}

/* Older instruction sets are asked in order of strength, never this processor's own or a newer one;
 * equal answers hold. */
static void test_order(void)
{
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference};
    LeukoCompileOptions o = leuko_compile_options_default();
    g_auto(LeukoCompileReport) report = {0};
    g_autoptr(GError) error = NULL;
    const char *own = leuko_processor_isa_name();
    guint want = strcmp(own, "SSE4.1") == 0 || strcmp(own, "generic") == 0 ? 0
                 : strcmp(own, "AVX2") == 0 || strcmp(own, "AVX") == 0     ? 1
                                                                           : 2;
    o.elsewhere = answer;
    o.elsewhere_data = &s;
    g_assert_true(leuko_elsewhere_judge(NULL, gate, reference, &o, &report, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(report.n_elsewhere, ==, want);
    g_assert_cmpuint(s.n_asked, ==, want);
    if (want > 0) {
        g_assert_cmpstr(s.limits[want - 1], ==, "SSE41");
        g_assert_cmpstr(report.elsewhere[want - 1].isa, ==, "SSE4.1");
        g_assert_cmpuint(report.elsewhere[0].figures.n, ==, LEUKO_ELSEWHERE_IMAGES);
        g_assert_cmpuint(report.elsewhere[0].figures.n_flips, ==, 0);
    }
    if (want == 2)
        g_assert_cmpstr(s.limits[0], ==, "AVX2");
    g_assert_true(leuko_elsewhere_holds(&report));
}

/* One instruction set that answers otherwise fails the gate, and the others are still measured. */
static void test_fails(void)
{
    const char *limit, *isa = leuko_processor_older_isa(0, &limit);
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference, .wrong_on = isa};
    LeukoCompileOptions o = leuko_compile_options_default();
    g_auto(LeukoCompileReport) report = {0};
    g_autoptr(GError) error = NULL;
    if (!isa) {
        g_test_skip("this processor has no older instruction set");
        return;
    }
    o.elsewhere = answer;
    o.elsewhere_data = &s;
    g_assert_true(leuko_elsewhere_judge(NULL, gate, reference, &o, &report, &error));
    g_assert_no_error(error);
    g_assert_false(leuko_elsewhere_holds(&report));
    g_assert_false(report.elsewhere[0].figures.holds);
    for (guint i = 1; i < report.n_elsewhere; i++)
        g_assert_true(report.elsewhere[i].figures.holds);
}

/* A process that cannot answer is an error, not a gate. */
static void test_error(void)
{
    const char *limit;
    g_autofree double *reference = g_new(double, N *K);
    g_autoptr(LeukoModel) m = make_model();
    g_autoptr(LeukoGate) gate = make_gate(m, reference);
    StandIn s = {.gate = gate, .reference = reference, .fails = TRUE};
    LeukoCompileOptions o = leuko_compile_options_default();
    g_auto(LeukoCompileReport) report = {0};
    g_autoptr(GError) error = NULL;
    o.elsewhere = answer;
    o.elsewhere_data = &s;
    if (!leuko_processor_older_isa(0, &limit)) {
        g_test_skip("this processor has no older instruction set");
        return;
    }
    g_assert_false(leuko_elsewhere_judge(NULL, gate, reference, &o, &report, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_cmpuint(report.n_elsewhere, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elsewhere/thin", test_thin);
    g_test_add_func("/elsewhere/order", test_order);
    g_test_add_func("/elsewhere/fails", test_fails);
    g_test_add_func("/elsewhere/error", test_error);
    return g_test_run();
}
