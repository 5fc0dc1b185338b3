#include "base/stage.h"
#include "leuko/error.h"
#include "train/checkpoint.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

enum { N = 700 };
static gchar *folder;

static LeukoCheckpoint make(guint64 step)
{
    return (LeukoCheckpoint){g_strdup("inception_v3 Mixed_5d"),
                             g_strdup("abc"),
                             g_strdup("[training]\n"),
                             18446744073709551615u,
                             LEUKO_BF16,
                             g_strdup("asked for"),
                             step,
                             3,
                             160,
                             NULL};
}

static void fill(float *a, float *b, float by)
{
    for (int i = 0; i < N; i++) {
        a[i] = (float)sin(i) + by;
        b[i] = (float)cos(i) - by;
    }
    a[5] = -0.0f;
    b[9] = 1e-42f; /* a denormal number is kept */
}

static gchar *save(const char *name, float by)
{
    float a[N], b[N];
    LeukoTrainedTensor tensors[] = {{"w", N, a, TRUE, 1}, {"m/w", N, b, FALSE, 1}};
    g_autoptr(GError) error = NULL;
    gchar *path = g_build_filename(folder, name, NULL);
    fill(a, b, by);
    g_auto(LeukoCheckpoint) c = make(17);
    c.notes = json_pack("{s:f}", "best", 0.1 + 0.2);
    leuko_checkpoint_save(&c, tensors, 2, path, &error);
    g_assert_no_error(error);
    return path;
}

/* Tensors and state are read back bit for bit. */
static void test_round_trip(void)
{
    float a[N], b[N], want_a[N], want_b[N];
    LeukoTrainedTensor tensors[] = {{"m/w", N, b, FALSE, 1},
                                    {"w", N, a, TRUE, 1}}; /* in any order */
    g_autofree gchar *path = save("round", 0);
    g_autoptr(GError) error = NULL;
    g_auto(LeukoCheckpoint) c = make(0);
    leuko_checkpoint_load(&c, tensors, 2, path, &error);
    g_assert_no_error(error);
    fill(want_a, want_b, 0);
    g_assert_cmpint(memcmp(a, want_a, sizeof a), ==, 0);
    g_assert_cmpint(memcmp(b, want_b, sizeof b), ==, 0);
    g_assert_cmpuint(c.step, ==, 17);
    g_assert_cmpuint(c.epoch, ==, 3);
    g_assert_cmpuint(c.position, ==, 160);
    g_assert_cmpfloat(json_real_value(json_object_get(c.notes, "best")), ==, 0.1 + 0.2);
}

static void refuse(LeukoCheckpoint *c, const char *path, gint code, const char *says)
{
    float a[N], b[N], before_a[N], before_b[N];
    LeukoTrainedTensor tensors[] = {{"w", N, a, TRUE, 1}, {"m/w", N, b, FALSE, 1}};
    g_autoptr(GError) error = NULL;
    fill(a, b, 7);
    fill(before_a, before_b, 7);
    g_assert_false(leuko_checkpoint_load(c, tensors, 2, path, &error));
    g_assert_error(error, LEUKO_ERROR, code);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpint(memcmp(a, before_a, sizeof a), ==, 0);
    g_assert_cmpint(memcmp(b, before_b, sizeof b), ==, 0);
    leuko_checkpoint_clear(c);
}

/* The precision and its reason are read without the tensors. */
static void test_precision(void)
{
    g_autofree gchar *path = save("precision", 0), *reason = NULL;
    g_autoptr(GError) error = NULL;
    LeukoPrecision precision = LEUKO_FP32;
    g_assert_true(leuko_checkpoint_read_precision(path, &precision, &reason, &error));
    g_assert_no_error(error);
    g_assert_cmpint(precision, ==, LEUKO_BF16);
    g_assert_cmpstr(reason, ==, "asked for");
}

/* Another network, data set, recipe, precision or seed is refused and named; no tensor changes. */
static void test_of_another(void)
{
    g_autofree gchar *path = save("another", 0);
    LeukoCheckpoint c = make(0);
    c.network[0] = 'x';
    refuse(&c, path, LEUKO_ERROR_DATA, "another network");
    c = make(0);
    c.dataset[0] = 'x';
    refuse(&c, path, LEUKO_ERROR_DATA, "data set");
    c = make(0);
    c.recipe[0] = 'x';
    refuse(&c, path, LEUKO_ERROR_DATA, "recipe");
    c = make(0);
    c.precision = LEUKO_FP32;
    refuse(&c, path, LEUKO_ERROR_DATA, "another precision (bf16, this run is in fp32)");
    c = make(0);
    c.seed = 4;
    refuse(&c, path, LEUKO_ERROR_DATA, "seed");
}

/* A checkpoint that is cut anywhere or has a flipped bit in a tensor is refused. */
static void test_damaged(void)
{
    g_autofree gchar *path = save("damaged", 0), *bytes = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    for (gsize cut = 0; cut < n; cut += 97) {
        g_assert_true(g_file_set_contents(path, bytes, (gssize)cut, NULL));
        LeukoCheckpoint c = make(0);
        refuse(&c, path, LEUKO_ERROR_FORMAT, path);
    }
    for (gsize at = n - 2 * N * sizeof(float); at < n; at += 211) {
        bytes[at] ^= 1;
        g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
        bytes[at] ^= 1;
        LeukoCheckpoint c = make(0);
        refuse(&c, path, LEUKO_ERROR_FORMAT, "damaged");
    }
}

/* On a full disk the earlier checkpoint remains. */
static void test_full_disk(void)
{
    g_autofree gchar *path = save("full", 0), *before = NULL, *after = NULL;
    gsize n_before, n_after;
    g_assert_true(g_file_get_contents(path, &before, &n_before, NULL));
    struct rlimit old, small = {1000, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    float a[N], b[N];
    LeukoTrainedTensor tensors[] = {{"w", N, a, TRUE, 1}, {"m/w", N, b, FALSE, 1}};
    g_autoptr(GError) error = NULL;
    fill(a, b, 3);
    g_auto(LeukoCheckpoint) c = make(99);
    setrlimit(RLIMIT_FSIZE, &small);
    gboolean saved = leuko_checkpoint_save(&c, tensors, 2, path, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    g_assert_false(saved);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_true(g_file_get_contents(path, &after, &n_after, NULL));
    g_assert_cmpuint(n_before, ==, n_after);
    g_assert_cmpint(memcmp(before, after, n_before), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-checkpoint-XXXXXX", NULL);
    g_test_add_func("/checkpoint/round-trip", test_round_trip);
    g_test_add_func("/checkpoint/precision", test_precision);
    g_test_add_func("/checkpoint/of-another", test_of_another);
    g_test_add_func("/checkpoint/damaged", test_damaged);
    g_test_add_func("/checkpoint/full-disk", test_full_disk);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
