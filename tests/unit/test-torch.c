/* Covers src/formats/torch-*.c: what torch.save() wrote reads to its known values; everything else
 * is refused in one line. Files of the real PyTorch lie in the shared samples. */
#include "formats/torch/torch.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *sample(const char *folder, const char *name)
{
    const char *shared = g_getenv("LEUKO_SHARED");
    g_autofree gchar *path =
        shared ? g_build_filename(shared, "samples", folder, name, NULL) : NULL;
    return path && g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

static gboolean near(double a, double b) { return ABS(a - b) <= 1e-6 * MAX(1, ABS(b)); }

/* Every sample of PyTorch reads to the tensors, shapes and values that torch.load() gives, or is
 * refused as documented. */
static void test_samples(void)
{
    const struct {
        const char *file;
        guint n_tensors; /* 0: refused, holds integers only */
        const char *tensor;
        guint n_dims;
        gsize dims[4];
        double mean, first[3];
    } known[] = {
        {"batch_norm2d.pt", 4, "norm1.running_mean", 1, {5}, 0.05, {0.05, 0.05, 0.05}},
        {"bfloat16.pt", 1, "tensor", 1, {3}, 2.5 / 3, {1.5, -2.5, 3.5}},
        {"float16.pt", 1, "tensor", 1, {3}, 2.375 / 3, {1.5, -2.25, 3.125}},
        {"candle_fortran_tensor_3d.pth", 0, NULL, 0, {0}, 0, {0}},
        {"checkpoint.pt",
         4,
         "fc1.weight",
         2,
         {10, 5},
         -0.09203311502933502,
         {1.0414010, -0.39973062, -2.2933345}},
        {"checkpoint.pt",
         4,
         "fc2.bias",
         1,
         {3},
         0.4988888204097748,
         {1.4371334, -0.44006174, 0.49959479}},
        {"conv2d.pt",
         3,
         "conv2.weight",
         4,
         {2, 2, 2, 2},
         0.024225955829,
         {0.30906459, 0.11002233, -0.13166548}},
        {"legacy_shared_storage.pt",
         3,
         "view2",
         1,
         {20},
         -0.0003766492,
         {0.53036242, 1.2033721, 0.56969368}},
        {"legacy_shared_storage.pt",
         3,
         "view3",
         1,
         {10},
         0.033018628713,
         {0.15385364, 1.8221241, 0.62226575}},
        {"legacy_uncloned_views.pt", 2, "tensor2", 1, {10}, 54.5, {50, 51, 52}},
        {"legacy_with_offsets.pt", 3, "tensor3", 1, {5}, 3.2, {3, 3.1, 3.2}},
        {"simple_legacy.pt",
         3,
         "weight",
         2,
         {2, 3},
         -0.32042332490285236,
         {-1.8129550, 1.1972813, -1.2593960}},
        {"state_dict.pt",
         4,
         "weight",
         2,
         {3, 4},
         -0.13785562043388686,
         {0.46790305, -0.20493191, -0.74090713}},
        {"mnist.pt",
         18,
         "norm2.running_var",
         1,
         {10},
         70.81247406005859,
         {86.590087890625, 47.1004524, 90.1556396}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = sample("torch", known[i].file);
        if (!path) {
            g_test_skip("the shared samples are absent");
            return;
        }
        g_autoptr(LeukoParams) params = leuko_torch_tensors(path, &error);
        g_test_message("%s %s", known[i].file, error ? error->message : "");
        if (known[i].n_tensors == 0) {
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
            g_assert_nonnull(strstr(error->message, "no floating-point tensor (1 integer tensor)"));
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpuint(leuko_params_n_tensors(params), ==, known[i].n_tensors);
        const LeukoTensor *t = leuko_params_find(params, known[i].tensor);
        g_assert_nonnull(t);
        g_assert_cmpuint(t->n_dims, ==, known[i].n_dims);
        g_assert_true(memcmp(t->dims, known[i].dims, t->n_dims * sizeof *t->dims) == 0);
        double sum = 0;
        for (gsize k = 0; k < t->n_values; k++)
            sum += t->data[k];
        g_assert_true(near(sum / (double)t->n_values, known[i].mean));
        for (gsize k = 0; k < 3; k++)
            g_assert_true(near(t->data[k], known[i].first[k]));
    }
}

/* mnist.pt and mnist.safetensors are two trainings of one network: the same names and shapes, and
 * the values that the safetensors' own bytes give (computed with NumPy). */
static void test_two_readers_agree(void)
{
    const struct {
        const char *name;
        double first[3];
    } known[] = {{"conv1.weight", {0.16581726, -0.22399443, -0.18135776}},
                 {"fc2.weight", {-0.00524046, -0.03076063, -0.03376688}},
                 {"norm2.running_var", {54.639168, 27.290674, 57.592537}}};
    g_autoptr(GError) error = NULL;
    g_autofree gchar *pt = sample("torch", "mnist.pt"),
                     *st = sample("safetensors", "mnist.safetensors");
    if (!pt || !st) {
        g_test_skip("the shared samples are absent");
        return;
    }
    g_autoptr(LeukoParams) a = leuko_torch_tensors(pt, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoParams) b = leuko_foreign_tensors(st, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_params_n_tensors(a), ==, leuko_params_n_tensors(b));
    for (guint i = 0; i < leuko_params_n_tensors(a); i++) {
        const LeukoTensor *x = leuko_params_nth(a, i), *y = leuko_params_find(b, x->name);
        g_assert_nonnull(y);
        g_assert_cmpuint(x->n_dims, ==, y->n_dims);
        g_assert_true(memcmp(x->dims, y->dims, x->n_dims * sizeof *x->dims) == 0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        for (gsize k = 0; k < 3; k++)
            g_assert_true(near(leuko_params_find(b, known[i].name)->data[k], known[i].first[k]));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/torch/samples", test_samples);
    g_test_add_func("/torch/two-readers-agree", test_two_readers_agree);
    return g_test_run();
}
