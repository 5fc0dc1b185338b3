#include "base/lock.h"
#include "base/stage.h"
#include "leuko/error.h"
#include "train/checkpoint.h"
#include "train/run-settings.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N = 700 };
static gchar *folder;

static LeukoCheckpoint make(guint64 step)
{
    return (LeukoCheckpoint){.settings = json_pack("{s:s, s:s}", "rate", "0.01", "seed", "4"),
                             .precision = LEUKO_BF16,
                             .precision_reason = g_strdup("asked for"),
                             .step = step,
                             .epoch = 3,
                             .position = 160};
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
    g_auto(LeukoCheckpoint) c = {0};
    leuko_checkpoint_read_tensors(tensors, 2, path, &error);
    g_assert_no_error(error);
    leuko_checkpoint_read(&c, path, &error);
    g_assert_no_error(error);
    fill(want_a, want_b, 0);
    g_assert_cmpint(memcmp(a, want_a, sizeof a), ==, 0);
    g_assert_cmpint(memcmp(b, want_b, sizeof b), ==, 0);
    g_assert_cmpuint(c.step, ==, 17);
    g_assert_cmpuint(c.epoch, ==, 3);
    g_assert_cmpuint(c.position, ==, 160);
    g_assert_cmpint(c.precision, ==, LEUKO_BF16);
    g_assert_cmpstr(c.precision_reason, ==, "asked for");
    g_assert_cmpstr(json_string_value(json_object_get(c.settings, "rate")), ==, "0.01");
    g_assert_cmpfloat(json_real_value(json_object_get(c.notes, "best")), ==, 0.1 + 0.2);
}

/* The tensors stay as they are. */
static void refuse(const char *path, const char *says)
{
    float a[N], b[N], before_a[N], before_b[N];
    LeukoTrainedTensor tensors[] = {{"w", N, a, TRUE, 1}, {"m/w", N, b, FALSE, 1}};
    g_autoptr(GError) error = NULL;
    fill(a, b, 7);
    fill(before_a, before_b, 7);
    g_assert_false(leuko_checkpoint_read_tensors(tensors, 2, path, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpint(memcmp(a, before_a, sizeof a), ==, 0);
    g_assert_cmpint(memcmp(b, before_b, sizeof b), ==, 0);
}

/* A checkpoint of Leuko 0.1, whose identity is text, gives the same settings. */
static void test_older_format(void)
{
    LeukoRecipe recipe;
    g_autoptr(GError) error = NULL;
    g_assert_true(leuko_recipe_load("scratch", &recipe, &error));
    g_autofree gchar *text = leuko_recipe_to_text(&recipe);
    const char *network = "inception_v3 x 0.0625 to Mixed_5b, 75 px, 2 classes with auxiliary "
                          "head; fp32, blocks of 8 channels on AVX2; from e63dad";
    g_autoptr(json_t) settings =
        leuko_run_settings_from_texts(network, "ad44", text, -1, "file", &error);
    g_assert_no_error(error);
    const char *const expected[][2] = {
        {"endpoint", "Mixed_5b"},       {"size", "75"},
        {"depth multiplier", "0.0625"}, {"number of classes", "2"},
        {"precision", "fp32"},          {"processor", "blocks of 8 channels on AVX2"},
        {"weights digest", "e63dad"},   {"training data", "ad44"},
        {"schedule", "cosine"},         {"seed", "18446744073709551615"}};
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(json_string_value(json_object_get(settings, expected[i][0])), ==,
                        expected[i][1]);
    g_assert_null(leuko_run_settings_from_texts("x", "ad44", text, 1, "file", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
}

/* Each setting that differs is found with both values, once; what follows from it is left out. */
static void test_differences(void)
{
    g_autoptr(json_t) before =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rate", "0.01", "seed", "4", "weights digest",
                  "aa", "training images", "9", "training data", "bb", "old", "1");
    g_autoptr(json_t) now =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rate", "0.02", "seed", "5", "weights digest",
                  "ab", "training images", "9", "training data", "bc", "new", "1");
    g_autoptr(GArray) found = leuko_run_settings_compare(before, now);
    const char *const expected[][3] = {
        {"rate", "0.01", "0.02"}, {"seed", "4", "5"}, {"training data", "bb", "bc"}};
    g_assert_cmpuint(found->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < found->len; i++) {
        const LeukoSettingDifference *d = &g_array_index(found, LeukoSettingDifference, i);
        g_assert_cmpstr(d->setting, ==, expected[i][0]);
        g_assert_cmpstr(d->before, ==, expected[i][1]);
        g_assert_cmpstr(d->now, ==, expected[i][2]);
    }
}

/* A folder has one holder; the second one is told who it is. A file that a killed process left
 * behind holds nothing. */
static void test_lock(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *file = g_build_filename(folder, "lock", NULL);
    g_assert_true(g_file_set_contents(file, "1 nowhere 2001-01-01 00:00:00\n", -1, NULL));
    g_autoptr(LeukoLock) first = leuko_lock_take(folder, &error);
    g_assert_no_error(error);
    g_assert_null(leuko_lock_take(folder, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_autofree gchar *who =
        g_strdup_printf("process %d on host %s since 2", (int)getpid(), g_get_host_name());
    g_assert_nonnull(strstr(error->message, who));
    g_clear_pointer(&first, leuko_lock_free);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    g_autoptr(LeukoLock) second = leuko_lock_take(folder, NULL);
    g_assert_nonnull(second);
}

/* A checkpoint that is cut anywhere or has a flipped bit in a tensor is refused. */
static void test_damaged(void)
{
    g_autofree gchar *path = save("damaged", 0), *bytes = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    for (gsize cut = 0; cut < n; cut += 97) {
        g_assert_true(g_file_set_contents(path, bytes, (gssize)cut, NULL));
        refuse(path, path);
    }
    for (gsize at = n - 2 * N * sizeof(float); at < n; at += 211) {
        bytes[at] ^= 1;
        g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
        bytes[at] ^= 1;
        refuse(path, "damaged");
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
    g_test_add_func("/checkpoint/older-format", test_older_format);
    g_test_add_func("/checkpoint/differences", test_differences);
    g_test_add_func("/checkpoint/lock", test_lock);
    g_test_add_func("/checkpoint/damaged", test_damaged);
    g_test_add_func("/checkpoint/full-disk", test_full_disk);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
