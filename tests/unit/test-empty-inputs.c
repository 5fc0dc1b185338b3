/* Public functions with inputs of length 0 return the error that their header documents. */
#include "answer/session.h"
#include "formats/model-file.h"
#include "leuko/answer.h"
#include "leuko/error.h"
#include "leuko/freeze.h"
#include "leuko/sort.h"
#include "leuko/verify.h"
#include "small-model.h"
#include <glib/gstdio.h>

static gchar *folder, *model_path;

static gboolean never(const LeukoAnswer *answer, gpointer user_data, GError **error)
{
    (void)answer, (void)user_data, (void)error;
    g_assert_not_reached();
}

/* A new folder with class folders but no images. */
static gchar *make_empty_classes(void)
{
    gchar *root = g_build_filename(folder, "empty", NULL);
    g_autofree gchar *a = g_build_filename(root, "a", NULL), *b = g_build_filename(root, "b", NULL);
    g_assert_cmpint(g_mkdir_with_parents(a, 0777), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(b, 0777), ==, 0);
    return root;
}

/* leuko/image.h: no bytes are no image; an image has at least one pixel. */
static void test_image(void)
{
    g_autoptr(GError) a = NULL, b = NULL, c = NULL, d = NULL, e = NULL;
    g_assert_null(leuko_image_decode("", 0, "empty.jpg", &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_null(leuko_image_new(0, 5, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_image_new(5, 0, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_image_sniff("", 0));
    g_assert_false(leuko_image_has_supported_name(""));
    guint8 pixels[3] = {0};
    const LeukoImage flat = {.width = 0, .height = 1, .row_bytes = 3, .pixels = pixels};
    g_assert_null(leuko_image_encode(&flat, "png", 0, &d));
    g_assert_error(d, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_image_encode(&flat, "jpeg", 90, &e));
    g_assert_error(e, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_autoptr(GError) f = NULL;
    g_assert_null(leuko_image_copy(&flat, &f));
    g_assert_error(f, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* leuko/answer.h: no bytes, no pixels, no files. */
static void test_classifier(void)
{
    g_autoptr(GError) error = NULL, a = NULL, b = NULL, c = NULL, d = NULL;
    g_autoptr(LeukoClassifier) classifier = leuko_classifier_open(model_path, NULL, &error);
    guint8 pixels[3] = {0};
    const LeukoImage flat = {.width = 1, .height = 0, .row_bytes = 3, .pixels = pixels};
    g_assert_no_error(error);
    g_assert_null(leuko_classifier_classify_bytes(classifier, "", 0, NULL, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_null(leuko_classifier_classify_rgb8(classifier, pixels, 0, 0, 0, NULL, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_classifier_classify_image(classifier, &flat, NULL, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_false(leuko_classifier_classify_files(classifier, NULL, 0, never, NULL, NULL, &d));
    g_assert_error(d, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* answer/session.h: no images, no records; the session can still be used. */
static void test_session(void)
{
    g_autoptr(GError) error = NULL, a = NULL;
    g_autoptr(LeukoSession) session = leuko_session_open(model_path, NULL, &error);
    g_autofree float *x = g_new0(float, 3 * SMALL_MODEL_SIDE * SMALL_MODEL_SIDE);
    double p[SMALL_MODEL_K];
    g_assert_no_error(error);
    g_assert_false(leuko_session_classify(session, x, 0, p, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_cmpstr(a->message, ==, "no images to classify");
    g_assert_true(leuko_session_classify(session, x, 1, p, &error));
}

/* leuko/dataset.h, sort.h, check.h: class folders without images. */
static void test_folder(void)
{
    g_autofree gchar *root = make_empty_classes(), *out = g_build_filename(folder, "out", NULL);
    g_autoptr(GError) a = NULL, b = NULL, c = NULL;
    LeukoSortOptions o = leuko_sort_options_default();
    LeukoSortResult result = {0};
    g_assert_null(leuko_dataset_open_folder(root, NULL, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_false(leuko_sort(root, out, &o, &result, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_DATA);
    o.n_shards = 0;
    g_assert_false(leuko_sort(root, out, &o, &result, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
}

/* leuko/options.h, verify.h: 0 where at least 1 is documented. */
static void test_options(void)
{
    g_autoptr(GError) a = NULL, b = NULL;
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.batch = 0;
    g_assert_null(leuko_classifier_open(model_path, &o, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    LeukoVerifyOptions v = leuko_verify_options_default();
    v.n_inputs = 0;
    const LeukoReporter silent = {0};
    g_assert_null(leuko_verify_run(model_path, model_path, &v, NULL, silent, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* Names of length 0: freeze.h, precision.h. */
static void test_names(void)
{
    g_autoptr(GError) a = NULL, b = NULL, c = NULL;
    LeukoPrecision precision = LEUKO_FP32;
    const LeukoFreezeOptions o = leuko_freeze_options_default();
    g_assert_false(leuko_freeze_check("", &o, NULL, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_false(leuko_precision_parse("", &precision, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_null(leuko_classifier_open("", NULL, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_IO);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-empty-XXXXXX", &error);
    g_assert_no_error(error);
    model_path = g_build_filename(folder, "m.safetensors", NULL);
    LeukoModel *model = small_model();
    g_assert_true(leuko_model_save(model, model_path, &error));
    leuko_model_free(model);
    g_test_add_func("/empty-inputs/image", test_image);
    g_test_add_func("/empty-inputs/classifier", test_classifier);
    g_test_add_func("/empty-inputs/session", test_session);
    g_test_add_func("/empty-inputs/folder", test_folder);
    g_test_add_func("/empty-inputs/options", test_options);
    g_test_add_func("/empty-inputs/names", test_names);
    return g_test_run();
}
