#include "leuko/error.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include <math.h>
#include <string.h>

enum { N = 5 };

static void start(float *p)
{
    for (int i = 0; i < N; i++)
        p[i] = (float)cos(i);
}

static void gradient_of(guint t, float *g)
{
    for (int i = 0; i < N; i++)
        g[i] = (float)(sin(0.9 * i + 0.5 * t) * (t + 1) * 0.3);
}

static void run(LeukoOptimizer *o, guint from, guint to)
{
    for (guint t = from; t < to; t++) {
        float g[N];
        const float *gradients[] = {g};
        g_autoptr(GError) error = NULL;
        gradient_of(t, g);
        g_assert_true(leuko_optimizer_step(o, 0.01, gradients, NULL, &error));
    }
}

/* Four steps give PyTorch's values. Values: torch 1.13, float64, torch.optim.Adam, AdamW and SGD
 * (lr=0.01, eps=1e-8, weight_decay=0.1, momentum=0.9) from p = cos(i) with gradients
 * sin(0.9 i + 0.5 t) (t + 1) 0.3. */
static void test_equals_torch(void)
{
    static const struct {
        LeukoOptimizerKind kind;
        double p[N];
    } cases[] = {{LEUKO_ADAM,
                  {0.9635362972340275, 0.5014434950524097, -0.4507580270016309, -0.9789713172587173,
                   -0.6157876099163054}},
                 {LEUKO_ADAMW,
                  {0.9720822659196231, 0.4996656419128075, -0.45007510319717414,
                   -0.9882040705072465, -0.6139391688886094}},
                 {LEUKO_SGD,
                  {0.9568287716284221, 0.4870804790368124, -0.4383482007615146, -0.9649832755281698,
                   -0.6018048490020288}}};
    for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
        float p[N];
        LeukoTrainedTensor tensor = {"w", N, p, TRUE, 1.0};
        LeukoOptimizerOptions options = leuko_optimizer_options_default();
        options.kind = cases[c].kind;
        options.weight_decay = 0.1;
        start(p);
        g_autoptr(LeukoOptimizer) o = leuko_optimizer_new(&tensor, 1, &options, NULL);
        run(o, 0, 4);
        for (int i = 0; i < N; i++)
            g_assert_cmpfloat_with_epsilon(p[i], cases[c].p[i], 5e-7); /* a few roundings */
    }
}

/* Weight decay does not change tensors without `decays`; rate_scale 0 leaves a tensor unchanged. */
static void test_slots_differ(void)
{
    float weights[N], biases[N], still[N], zero[N] = {0}, before[N];
    start(weights);
    start(biases);
    start(still);
    start(before);
    LeukoTrainedTensor tensors[] = {
        {"w", N, weights, TRUE, 1}, {"b", N, biases, FALSE, 1}, {"s", N, still, TRUE, 0}};
    LeukoOptimizerOptions options = leuko_optimizer_options_default();
    options.weight_decay = 0.5;
    g_autoptr(LeukoOptimizer) o = leuko_optimizer_new(tensors, 3, &options, NULL);
    const float *gradients[] = {zero, zero, zero};
    g_assert_true(leuko_optimizer_step(o, 0.1, gradients, NULL, NULL));
    for (int i = 0; i < N; i++) {
        g_assert_cmpfloat_with_epsilon(weights[i], 0.95 * (double)before[i], 1e-6);
        g_assert_cmpfloat(biases[i], ==, before[i]);
        g_assert_cmpfloat(still[i], ==, before[i]);
    }
}

/* A gradient of norm 10, clipped to 2, moves plain SGD by a fifth; the reported norm is 10. */
static void test_clip(void)
{
    float p[2] = {0, 0}, q[1] = {0}, g1[2] = {6, 0}, g2[1] = {8};
    LeukoTrainedTensor tensors[] = {{"p", 2, p, TRUE, 1}, {"q", 1, q, TRUE, 1}};
    LeukoOptimizerOptions options = leuko_optimizer_options_default();
    options.kind = LEUKO_SGD;
    options.clip_norm = 2;
    g_autoptr(LeukoOptimizer) o = leuko_optimizer_new(tensors, 2, &options, NULL);
    const float *gradients[] = {g1, g2};
    double norm = 0;
    g_assert_true(leuko_optimizer_step(o, 1.0, gradients, &norm, NULL));
    g_assert_cmpfloat_with_epsilon(norm, 10, 1e-9);
    g_assert_cmpfloat_with_epsilon(p[0], -1.2, 1e-6);
    g_assert_cmpfloat_with_epsilon(q[0], -1.6, 1e-6);
}

/* A gradient that is not finite is refused; the tensor is named, and nothing changes. */
static void test_not_finite(void)
{
    float p[N], before[N], g[N] = {0, 1, NAN, 0, 0};
    start(p);
    start(before);
    LeukoTrainedTensor tensor = {"Mixed_5b/w", N, p, TRUE, 1};
    LeukoOptimizerOptions options = leuko_optimizer_options_default();
    options.ema = 0.99;
    g_autoptr(LeukoOptimizer) o = leuko_optimizer_new(&tensor, 1, &options, NULL);
    const float *gradients[] = {g};
    g_autoptr(GError) error = NULL;
    g_assert_false(leuko_optimizer_step(o, 0.1, gradients, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "Mixed_5b/w"));
    g_assert_cmpint(memcmp(p, before, sizeof p), ==, 0);
}

/* A new optimizer with copied state continues bit for bit, with the average. */
static void test_state(void)
{
    float p[N], q[N];
    LeukoTrainedTensor tensor = {"w", N, p, TRUE, 1}, other = {"w", N, q, TRUE, 1};
    LeukoOptimizerOptions options = leuko_optimizer_options_default();
    options.ema = 0.9;
    start(p);
    g_autoptr(LeukoOptimizer) whole = leuko_optimizer_new(&tensor, 1, &options, NULL);
    run(whole, 0, 3);
    memcpy(q, p, sizeof p);
    g_autoptr(LeukoOptimizer) resumed = leuko_optimizer_new(&other, 1, &options, NULL);
    g_assert_cmpuint(leuko_optimizer_n_arrays(whole), ==, 3);
    for (guint i = 0; i < 3; i++) {
        const char *name, *other_name;
        gsize n;
        float *from, *to;
        leuko_optimizer_array(whole, i, &name, &n, &from);
        leuko_optimizer_array(resumed, i, &other_name, &n, &to);
        g_assert_cmpstr(name, ==, other_name);
        memcpy(to, from, n * sizeof *to);
    }
    leuko_optimizer_set_n_steps(resumed, 3);
    run(whole, 3, 9);
    run(resumed, 3, 9);
    g_assert_cmpint(memcmp(p, q, sizeof p), ==, 0);
    g_assert_cmpint(
        memcmp(leuko_optimizer_average(whole, 0), leuko_optimizer_average(resumed, 0), sizeof p),
        ==, 0);
    g_assert_cmpint(memcmp(leuko_optimizer_average(whole, 0), p, sizeof p), !=, 0);
}

/* One thread and three threads give the same bytes over many pieces, with clipping. */
static void test_same_bytes_any_threads(void)
{
    enum { BIG = 70001 };
    g_autofree float *g = g_new(float, BIG);
    for (int i = 0; i < BIG; i++)
        g[i] = (float)sin(i * 0.37);
    float *results[2];
    for (guint k = 0; k < 2; k++) {
        results[k] = g_new0(float, BIG);
        LeukoTrainedTensor tensor = {"w", BIG, results[k], TRUE, 1};
        LeukoOptimizerOptions options = leuko_optimizer_options_default();
        options.n_threads = k == 0 ? 1 : 3;
        options.clip_norm = 1;
        g_autoptr(LeukoOptimizer) o = leuko_optimizer_new(&tensor, 1, &options, NULL);
        const float *gradients[] = {g};
        for (guint t = 0; t < 3; t++)
            g_assert_true(leuko_optimizer_step(o, 0.01, gradients, NULL, NULL));
    }
    g_assert_cmpint(memcmp(results[0], results[1], BIG * sizeof(float)), ==, 0);
    g_free(results[0]);
    g_free(results[1]);
}

/* The schedules give the rates computed by hand. */
static void test_schedules(void)
{
    LeukoSchedule stairs = {LEUKO_STAIRCASE, 1e-4, 0.8, 0, 1000, 0, 100};
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&stairs, 99), 1e-4, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&stairs, 100), 0.8e-4, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&stairs, 250), 0.64e-4, 1e-12);
    LeukoSchedule wave = {LEUKO_COSINE, 1.0, 0, 0.1, 110, 10, 0};
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&wave, 0), 0.1, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&wave, 9), 1.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&wave, 60), 0.55, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&wave, 110), 0.1, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_schedule_rate(&wave, 500), 0.1, 1e-12);
}

/* Options out of range are refused, and named. */
static void test_refuses(void)
{
    float p[1] = {0};
    LeukoTrainedTensor tensor = {"w", 1, p, TRUE, 1};
    LeukoOptimizerOptions options = leuko_optimizer_options_default();
    options.beta2 = 1.0;
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_optimizer_new(&tensor, 1, &options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, "beta2"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/optimizer/equals-torch", test_equals_torch);
    g_test_add_func("/optimizer/tensors-differ", test_slots_differ);
    g_test_add_func("/optimizer/clip", test_clip);
    g_test_add_func("/optimizer/not-finite", test_not_finite);
    g_test_add_func("/optimizer/state", test_state);
    g_test_add_func("/optimizer/same-bytes-any-threads", test_same_bytes_any_threads);
    g_test_add_func("/optimizer/schedules", test_schedules);
    g_test_add_func("/optimizer/refuses", test_refuses);
    return g_test_run();
}
