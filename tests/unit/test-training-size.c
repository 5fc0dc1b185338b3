#include "compile/compile-job.h"
#include "formats/model-file.h"
#include "formats/training-list.h"
#include "leuko/freeze.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

enum { N_IMAGES = 20000, BYTES = LEUKO_FINGERPRINT_BYTES };

static gchar *folder;

static gchar *place(const char *name) { return g_build_filename(folder, name, NULL); }

static void fill(guint8 *bytes, gsize n)
{
    guint64 state = 5;
    for (gsize i = 0; i < n; i++) {
        state = state * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407u;
        bytes[i] = (guint8)(state >> 56);
    }
}

static LeukoTrainingList *make_list(void)
{
    static const guint8 salt[LEUKO_SALT_BYTES] = "sixteen bytes..";
    g_autofree LeukoFingerprint *images = g_new(LeukoFingerprint, N_IMAGES);
    g_autofree const char **groups = g_new(const char *, N_IMAGES);
    fill(images[0].bytes, (gsize)N_IMAGES * BYTES);
    for (guint i = 0; i < N_IMAGES; i++)
        groups[i] = "";
    LeukoTrainingList *l =
        leuko_training_list_new(LEUKO_PART_HEAD, salt, images, groups, N_IMAGES, 1, NULL);
    g_assert_nonnull(l);
    g_assert_cmpuint(l->n_images, ==, N_IMAGES);
    return l;
}

/* A small model in WITH.safetensors, which remembers N_IMAGES images, and in WITHOUT.safetensors,
 * which remembers none. */
static void write_models(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = {.side_px = 75, .depth_multiplier = 0.0625, .n_classes = 2};
    g_strlcpy(spec.endpoint, "Mixed_5b", sizeof spec.endpoint);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, NULL);
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->params = leuko_params_new_random(net, 5, NULL);
    m->classes = g_strsplit("a,b", ",", -1);
    g_autofree gchar *with = place("with.safetensors"), *without = place("without.safetensors");
    leuko_model_save(m, without, &error);
    g_assert_no_error(error);
    g_ptr_array_add(m->training, make_list());
    leuko_model_save(m, with, &error);
    g_assert_no_error(error);
}

static void write_form(const char *model, const char *out)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *in = place(model);
    if (g_str_has_suffix(out, ".graph")) {
        g_autoptr(LeukoModel) m = leuko_model_load(in, &error);
        LeukoCompileOptions options = leuko_compile_options_default();
        options.precision = LEUKO_FP32;
        g_autoptr(LeukoCompileReport) report = leuko_compile_report_new(&options);
        g_autoptr(LeukoGraph) g =
            leuko_compile_model(m, &options, NULL, NULL, report, NULL, (LeukoReporter){0}, &error);
        g_assert_no_error(error);
        leuko_graph_save(g, out, &error);
    } else {
        leuko_freeze(in, out, NULL, NULL, &error);
    }
    g_assert_no_error(error);
}

/* The size of all files whose name begins with `prefix`, which are removed. */
static goffset take_size(const char *prefix)
{
    goffset size = 0;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree gchar *path = place(name);
        struct stat st;
        if (!g_str_has_prefix(name, prefix))
            continue;
        g_assert_cmpint(stat(path, &st), ==, 0);
        size += st.st_size;
        g_unlink(path);
    }
    return size;
}

static GPtrArray *load_lists(const char *path)
{
    g_autoptr(GError) error = NULL;
    if (g_str_has_suffix(path, ".graph")) {
        g_autoptr(LeukoGraph) g = leuko_graph_load(path, &error);
        g_assert_no_error(error);
        return g_ptr_array_ref(g->model->training);
    }
    g_autoptr(LeukoModel) m = leuko_model_load(path, &error);
    g_assert_no_error(error);
    return g_ptr_array_ref(m->training);
}

/* All files that a form of a model consists of grow by at most 64 bytes for each training image,
 * and one thousand bytes, and the list comes back whole. */
static void test_bytes(void)
{
    static const char *const forms[] = {"f.safetensors", "f.graph", "f.onnx", "f.pb", "f.ckpt"};
    g_autoptr(LeukoTrainingList) expected = make_list();
    write_models();
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree gchar *out = place(forms[i]);
        write_form("without.safetensors", out);
        goffset before = take_size("f.");
        write_form("with.safetensors", out);
        g_autoptr(GPtrArray) lists = load_lists(out);
        g_assert_cmpuint(lists->len, ==, 1);
        g_assert_true(leuko_training_list_equal(lists->pdata[0], expected));
        goffset more = take_size("f.") - before;
        g_test_message("%s: %.3f bytes for each training image", forms[i], (double)more / N_IMAGES);
        g_assert_cmpint(more, >=, (goffset)N_IMAGES * BYTES);
        g_assert_cmpint(more, <=, (goffset)N_IMAGES * 64 + 1000);
    }
    take_size("with");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-training-size-XXXXXX", NULL);
    g_test_add_func("/training-size/bytes", test_bytes);
    int failures = g_test_run();
    g_rmdir(folder);
    g_free(folder);
    return failures;
}
