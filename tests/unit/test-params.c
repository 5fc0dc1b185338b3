#include "leuko/error.h"
#include "net/params.h"
#include <math.h>
#include <string.h>

static LeukoNet *build(const char *endpoint, guint n_classes, gboolean aux)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    g_strlcpy(spec.endpoint, endpoint, sizeof spec.endpoint);
    spec.n_classes = n_classes;
    spec.aux_head = aux;
    LeukoNet *net = leuko_net_new(&spec, &error);
    g_assert_no_error(error);
    return net;
}

static LeukoParams *random_params(const LeukoNet *net, guint64 seed)
{
    g_autoptr(GError) error = NULL;
    LeukoParams *params = leuko_params_new_random(net, seed, &error);
    g_assert_no_error(error);
    return params;
}

static gsize n_values(const LeukoParams *params)
{
    gsize n = 0;
    for (guint i = 0; i < leuko_params_n_tensors(params); i++)
        n += leuko_params_nth(params, i)->n_values;
    return n;
}

/* Random parameters are slim's set: 378 variables (306 cut at Mixed_7a, 388 with the auxiliary
 * head), as many values as published, and they pass their own network's check. */
static void test_totals(void)
{
    const struct {
        const char *endpoint;
        gboolean aux;
        guint variables;
        gsize values;
    } published[] = {{"Mixed_7c", FALSE, 378, 21806882},
                     {"Mixed_7c", TRUE, 388, 24367012},
                     {"Mixed_7a", FALSE, 306, 0}};
    for (guint i = 0; i < G_N_ELEMENTS(published); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoNet) net = build(published[i].endpoint, 2, published[i].aux);
        g_autoptr(LeukoParams) params = random_params(net, 1);
        g_assert_cmpuint(leuko_params_n_tensors(params), ==, published[i].variables);
        if (published[i].values)
            g_assert_cmpuint(n_values(params), ==, published[i].values);
        g_assert_true(leuko_params_check(params, net, "random", &error));
        g_assert_no_error(error);
    }
}

/* Weights follow slim's truncated normal: sd 0.8796 of the parent's sqrt(2.6 / fan-in) after the
 * cut at 2 sd, mean 0, nothing beyond the cut; the rest are 0, 0 and 1. */
static void test_distribution(void)
{
    g_autoptr(LeukoNet) net = build("Conv2d_4a_3x3", 0, FALSE);
    g_autoptr(LeukoParams) params = random_params(net, 7);
    const LeukoTensor *w = leuko_params_find(params, "InceptionV3/Conv2d_4a_3x3/weights");
    double sd = sqrt(2.6 / (9 * 80)), sum = 0, squares = 0, largest = 0;
    for (gsize i = 0; i < w->n_values; i++) {
        sum += w->data[i];
        squares += (double)w->data[i] * w->data[i];
        largest = MAX(largest, fabs((double)w->data[i]));
    }
    double n = (double)w->n_values; /* 138240: the mean's own sd is 0.0027 of sd */
    g_assert_cmpfloat(fabs(sum / n), <, 0.012 * sd);
    g_assert_cmpfloat_with_epsilon(sqrt(squares / n) / sd, 0.8796, 0.008);
    g_assert_cmpfloat(largest, <=, 2.0001 * sd);
    g_assert_cmpfloat(largest, >, 1.9 * sd);
    const struct {
        const char *variable;
        float value;
    } constants[] = {{"beta", 0}, {"moving_mean", 0}, {"moving_variance", 1}};
    for (guint i = 0; i < G_N_ELEMENTS(constants); i++) {
        g_autofree gchar *name =
            g_strconcat("InceptionV3/Conv2d_4a_3x3/BatchNorm/", constants[i].variable, NULL);
        const LeukoTensor *t = leuko_params_find(params, name);
        for (gsize c = 0; c < t->n_values; c++)
            g_assert_cmpfloat(t->data[c], ==, constants[i].value);
    }
}

/* The same seed gives the same digest, another seed another; a cut network draws the whole one's
 * values. */
static void test_seed(void)
{
    g_autoptr(LeukoNet) net = build("Mixed_5b", 2, FALSE);
    g_autoptr(LeukoNet) cut = build("Conv2d_2b_3x3", 0, FALSE);
    g_autoptr(LeukoParams) a = random_params(net, 1), b = random_params(net, 1),
                           c = random_params(net, 2), d = random_params(cut, 1);
    g_autofree gchar *da = leuko_params_digest(a), *db = leuko_params_digest(b),
                     *dc = leuko_params_digest(c);
    g_assert_cmpuint(strlen(da), ==, 64);
    g_assert_cmpstr(da, ==, db);
    g_assert_cmpstr(da, !=, dc);
    for (guint i = 0; i < leuko_params_n_tensors(d); i++) {
        const LeukoTensor *t = leuko_params_nth(d, i), *u = leuko_params_find(a, t->name);
        g_assert_cmpuint(t->n_values, ==, u->n_values);
        g_assert_true(memcmp(t->data, u->data, t->n_values * sizeof(float)) == 0);
    }
}

/* The digest depends on names, shapes and values, not on the order of adding. */
static void test_digest(void)
{
    g_autofree gchar *first = NULL;
    for (int variant = 0; variant < 5; variant++) {
        g_autoptr(LeukoParams) params = leuko_params_new();
        float *x;
        const char *names[2] = {"a", variant == 2 ? "c" : "b"};
        for (int k = 0; k < 2; k++) {
            int which = variant == 1 ? 1 - k : k;
            gsize dims[2] = {variant == 3 && which ? 1 : 2, variant == 3 && which ? 6 : 3};
            g_assert_true(leuko_params_add(params, names[which], 2, dims, &x, NULL));
            x[5] = variant == 4 && which ? 2.0f : 1.0f;
        }
        g_autofree gchar *digest = leuko_params_digest(params);
        if (variant == 0)
            first = g_strdup(digest);
        else if (variant == 1)
            g_assert_cmpstr(digest, ==, first);
        else
            g_assert_cmpstr(digest, !=, first);
    }
}

/* Missing tensors are counted and the first four named; a wrong shape shows both shapes. */
static void test_check(void)
{
    g_autoptr(LeukoNet) net = build("Mixed_5b", 2, FALSE);
    g_autoptr(LeukoParams) params = random_params(net, 1);
    g_autoptr(GError) error = NULL;
    g_assert_true(leuko_params_remove(params, LEUKO_HEAD_BIASES));
    g_assert_false(leuko_params_remove(params, LEUKO_HEAD_BIASES));
    g_assert_false(leuko_params_check(params, net, "x.safetensors", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_cmpstr(error->message, ==,
                    "x.safetensors: 1 tensor is missing: InceptionV3/Logits/Conv2d_1c_1x1/biases");
    g_clear_error(&error);

    float *x;
    g_assert_true(leuko_params_add(params, "InceptionV3/Conv2d_2a_3x3/BatchNorm/gamma", 1,
                                   (gsize[]){31}, &x, NULL));
    g_assert_false(leuko_params_check(params, net, "x", &error));
    g_assert_nonnull(strstr(error->message, "gamma has shape (31), the network needs (32)"));
    g_clear_error(&error);

    g_autoptr(LeukoParams) empty = leuko_params_new();
    g_assert_false(leuko_params_check(empty, net, "x", &error));
    g_assert_nonnull(strstr(error->message, "50 tensors are missing"));
    g_assert_nonnull(strstr(error->message, "InceptionV3/Conv2d_1a_3x3/weights"));
}

/* NaN and both infinities in any variable, and a negative variance, are found and named; the shapes
 * alone are checked without them. */
static void test_values(void)
{
    const struct {
        const char *variable;
        float value;
        const char *said; /* NULL: a good value */
    } cases[] = {{"weights", NAN, "not finite"},
                 {"weights", -INFINITY, "not finite"},
                 {"BatchNorm/beta", INFINITY, "not finite"},
                 {"BatchNorm/moving_mean", NAN, "not finite"},
                 {"BatchNorm/moving_variance", -1e-3f, "negative variance"},
                 {"BatchNorm/moving_variance", 0, NULL},
                 {"weights", -3e38f, NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoNet) net = build("Conv2d_2b_3x3", 0, FALSE);
        g_autoptr(LeukoParams) params = random_params(net, 1);
        g_autofree gchar *name = g_strconcat("InceptionV3/Conv2d_2a_3x3/", cases[i].variable, NULL);
        LeukoTensor t = *leuko_params_find(params, name);
        g_autofree float *kept = g_memdup2(t.data, t.n_values * sizeof *kept);
        float *out;
        g_assert_true(leuko_params_add(params, name, t.n_dims, t.dims, &out, NULL));
        memcpy(out, kept, t.n_values * sizeof *kept);
        out[t.n_values - 1] = cases[i].value;
        g_assert_true(leuko_params_check_shapes(params, net, "FILE", NULL));
        g_assert_true(leuko_params_check(params, net, "FILE", &error) == (cases[i].said == NULL));
        if (!cases[i].said)
            continue;
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, cases[i].said));
        g_assert_nonnull(strstr(error->message, name));
    }
}

/* Folded batch norm is recognized, and one channel of one layer that is not undoes it. */
static void test_folded(void)
{
    g_autoptr(LeukoNet) net = build("Conv2d_2b_3x3", 0, FALSE);
    g_autoptr(LeukoParams) params = random_params(net, 1);
    g_assert_false(leuko_params_batch_norm_is_folded(params));
    float *last = NULL;
    const char *layers[] = {"Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"};
    for (guint i = 0; i < 3; i++) {
        g_autofree gchar *name =
            g_strdup_printf("InceptionV3/%s/BatchNorm/moving_variance", layers[i]);
        gsize n = leuko_params_find(params, name)->n_values;
        g_assert_true(leuko_params_add(params, name, 1, &n, &last, NULL));
        for (gsize c = 0; c < n; c++)
            last[c] = 0.999f;
    }
    g_assert_true(leuko_params_batch_norm_is_folded(params));
    last[5] = 1.0f;
    g_assert_false(leuko_params_batch_norm_is_folded(params));
}

/* A borrowed tensor keeps its owner's memory alive, replacing keeps the order, and shapes that
 * overflow are refused. */
static void test_store(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autoptr(LeukoParams) again = leuko_params_ref(params);
    float *x;
    g_assert_true(leuko_params_add(params, "a", 0, NULL, &x, NULL));
    g_assert_true(leuko_params_add(params, "b", 1, (gsize[]){3}, &x, NULL));
    float *data = g_new(float, 2);
    data[0] = 1;
    data[1] = 2;
    GBytes *owner = g_bytes_new_take(data, 2 * sizeof(float));
    g_assert_true(leuko_params_add_borrowed(params, "a", 1, (gsize[]){2}, data, owner, NULL));
    g_bytes_unref(owner);
    g_assert_cmpuint(leuko_params_n_tensors(params), ==, 2);
    g_assert_cmpstr(leuko_params_nth(params, 0)->name, ==, "a");
    g_assert_cmpfloat(leuko_params_find(params, "a")->data[1], ==, 2);
    g_assert_false(leuko_params_add(params, "c", 3, (gsize[]){G_MAXSIZE / 2, 3, 1}, &x, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_params_find(params, "c"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/params/totals", test_totals);
    g_test_add_func("/params/distribution", test_distribution);
    g_test_add_func("/params/seed", test_seed);
    g_test_add_func("/params/digest", test_digest);
    g_test_add_func("/params/check", test_check);
    g_test_add_func("/params/values", test_values);
    g_test_add_func("/params/folded", test_folded);
    g_test_add_func("/params/store", test_store);
    return g_test_run();
}
