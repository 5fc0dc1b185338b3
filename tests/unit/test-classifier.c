#include "formats/model-file.h"
#include "formula.h"
#include "leuko/answer.h"
#include "leuko/error.h"
#include "small-model.h"
#include <string.h>

enum { K = SMALL_MODEL_K, W = 90, H = 70, FILES = 5 };

static gchar *folder, *model_path, *image_path;
static LeukoClassifier *classifier; /* batch 2 */

static void assert_same(const LeukoAnswer *a, const LeukoAnswer *b)
{
    g_assert_true(a && b);
    g_assert_true(memcmp(a->probabilities, b->probabilities, K * sizeof(double)) == 0);
    g_assert_cmpint(a->decision, ==, b->decision);
}

/* A file, its bytes, its decoded image and its pixels with padded rows get the same answer. */
static void test_forms_of_input(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *bytes = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(image_path, &bytes, &n, NULL));
    g_autoptr(LeukoImage) image = leuko_image_load(image_path, &error);
    const gsize row = 3 * W + 11;
    g_autofree guint8 *padded = g_malloc(row * H);
    memset(padded, 0xee, row * H);
    for (guint y = 0; y < H; y++)
        memcpy(padded + y * row, image->pixels + y * image->row_bytes, 3 * W);
    g_autoptr(LeukoAnswer) file = leuko_classifier_classify_file(classifier, image_path, &error);
    g_autoptr(LeukoAnswer) encoded =
        leuko_classifier_classify_bytes(classifier, bytes, n, "monocyte/b.png", &error);
    g_autoptr(LeukoAnswer) decoded =
        leuko_classifier_classify_image(classifier, image, NULL, &error);
    g_autoptr(LeukoAnswer) pixels =
        leuko_classifier_classify_rgb8(classifier, padded, W, H, row, "pixels", &error);
    g_assert_no_error(error);
    assert_same(file, encoded);
    assert_same(file, decoded);
    assert_same(file, pixels);
    g_assert_cmpstr(encoded->file, ==, "monocyte/b.png");
    g_assert_cmpint(encoded->truth, ==, 2);
    g_assert_cmpstr(decoded->file, ==, "image");
    g_assert_cmpstr(leuko_answer_class(file), ==, file->classes[file->decision]);
}

/* What cannot be an image is refused with its documented code, and the classifier still answers. */
static void test_refuses(void)
{
    static const guint8 pixels[3 * W];
    const struct {
        guint width, height;
        gsize row_bytes;
    } bad[] = {{0, 1, 3 * W}, {W, 0, 3 * W}, {W, 1, 3 * W - 1}, {20001, 1, 60003}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_classifier_classify_rgb8(
            classifier, pixels, bad[i].width, bad[i].height, bad[i].row_bytes, NULL, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_classifier_classify_bytes(classifier, "no image", 8, "x", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_clear_error(&error);
    g_autoptr(LeukoAnswer) a = leuko_classifier_classify_file(classifier, image_path, &error);
    g_assert_nonnull(a);
}

typedef struct {
    const LeukoAnswer *want;
    guint n, n_unreadable, stop_at; /* stops before the answer of this number */
} Seen;

static gboolean see(const LeukoAnswer *a, gpointer user_data, GError **error)
{
    Seen *seen = user_data;
    if (seen->n == seen->stop_at) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "enough");
        return FALSE;
    }
    if (a->error)
        seen->n_unreadable++;
    else
        assert_same(a, seen->want);
    g_assert_cmpint(a->error != NULL, ==, seen->n % 2);
    seen->n++;
    return TRUE;
}

/* Of a list of files each is answered in order, unreadable ones too; none is an error; func
 * stops. */
static void test_files(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoAnswer) want = leuko_classifier_classify_file(classifier, image_path, &error);
    const char *const paths[FILES] = {image_path, "absent.png", image_path, "absent.png",
                                      image_path};
    Seen seen = {.want = want, .stop_at = FILES};
    g_assert_true(
        leuko_classifier_classify_files(classifier, paths, FILES, see, &seen, NULL, &error));
    g_assert_cmpuint(seen.n, ==, FILES);
    g_assert_cmpuint(seen.n_unreadable, ==, 2);
    g_assert_false(leuko_classifier_classify_files(classifier, paths, 0, see, &seen, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    seen = (Seen){.want = want, .stop_at = 1};
    g_assert_false(
        leuko_classifier_classify_files(classifier, paths, FILES, see, &seen, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
}

static gpointer answer_many(gpointer data)
{
    g_autoptr(GError) error = NULL;
    Seen seen = {.want = data, .stop_at = FILES};
    const char *const paths[FILES] = {image_path, "absent.png", image_path, "absent.png",
                                      image_path};
    gboolean ok =
        leuko_classifier_classify_files(classifier, paths, FILES, see, &seen, NULL, &error);
    return GUINT_TO_POINTER(ok && seen.n == FILES);
}

/* Several threads ask one classifier for lists of files, and each gets its answers in order. */
static void test_threads(void)
{
    enum { THREADS = 4 };
    GThread *threads[THREADS];
    g_autoptr(LeukoAnswer) want = leuko_classifier_classify_file(classifier, image_path, NULL);
    for (guint t = 0; t < THREADS; t++)
        threads[t] = g_thread_new("asks", answer_many, want);
    for (guint t = 0; t < THREADS; t++)
        g_assert_true(GPOINTER_TO_UINT(g_thread_join(threads[t])));
}

/* A threshold needs a positive class; the model has none. */
static void test_threshold(void)
{
    g_autoptr(GError) error = NULL;
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.threshold = 0.3;
    g_assert_null(leuko_classifier_open(model_path, &o, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GError) error = NULL;
    folder = g_dir_make_tmp("leuko-classifier-XXXXXX", NULL);
    model_path = g_build_filename(folder, "m.safetensors", NULL);
    image_path = g_build_filename(folder, "cell.png", NULL);
    g_autoptr(LeukoModel) m = small_model();
    g_assert_true(leuko_model_save(m, model_path, NULL));
    g_autoptr(LeukoImage) image = formula_image(W, H);
    g_assert_true(leuko_image_save(image, image_path, NULL));
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.precision = LEUKO_FP32;
    o.batch = 2;
    o.n_threads = 2;
    o.n_calls = 2;
    classifier = leuko_classifier_open(model_path, &o, &error);
    g_assert_no_error(error);
    g_test_add_func("/classifier/forms-of-input", test_forms_of_input);
    g_test_add_func("/classifier/refuses", test_refuses);
    g_test_add_func("/classifier/files", test_files);
    g_test_add_func("/classifier/threads", test_threads);
    g_test_add_func("/classifier/threshold", test_threshold);
    int status = g_test_run();
    leuko_classifier_free(classifier);
    g_autofree gchar *remove = g_strdup_printf("rm -r '%s'", folder);
    g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL);
    return status;
}
