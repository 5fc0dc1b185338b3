#include "answer/session.h"
#include "formats/model-file.h"
#include "image/views.h"
#include "leuko/error.h"
#include "network-reference.h"
#include "session-calls.h"
#include "small-model.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { S = SMALL_MODEL_SIDE, K = SMALL_MODEL_K, IMAGES = 7, THREADS = 6 };
enum { IMAGE_FLOATS = 3 * S * S };

static gchar *folder, *model_path;

static LeukoSession *open_session(guint batch, guint n_calls)
{
    g_autoptr(GError) error = NULL;
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.precision = LEUKO_FP32;
    o.batch = batch;
    o.n_calls = n_calls;
    o.n_threads = 1;
    LeukoSession *s = leuko_session_open(model_path, &o, &error);
    g_assert_no_error(error);
    return s;
}

/* More threads than states get the answers of one call alone: to the bit where each image runs by
 * itself, else but for the rounding of another number of images in a run. */
static void test_threads(void)
{
    for (guint batch = 1; batch <= 2; batch++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoSession) session = open_session(batch, 2), alone = open_session(batch, 1);
        g_autofree float *x = reference_images(IMAGES * IMAGE_FLOATS, 1);
        double want[IMAGES * K];
        g_assert_true(leuko_session_classify(alone, x, IMAGES, want, &error));
        g_assert_cmpfloat_with_epsilon(want[0] + want[1] + want[2], 1, 1e-12);
        g_assert_cmpuint(
            session_wrong_answers(session, x, want, IMAGES, THREADS, batch == 1 ? 0 : 1e-6), ==, 0);
        g_assert_cmpuint(leuko_session_n_states(session), ==, 2);
    }
}

/* With eight views, a turned or mirrored image gets the probabilities of the image itself; with one
 * view it does not. */
static void test_views(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *x = reference_images(IMAGE_FLOATS, 1), *turned = g_new(float, IMAGE_FLOATS);
    double p[K], q[K];
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.precision = LEUKO_FP32;
    leuko_view_make(x, S, 6, turned);
    for (o.n_views = 1; o.n_views <= 8; o.n_views += 7) {
        g_autoptr(LeukoSession) session = leuko_session_open(model_path, &o, &error);
        g_assert_no_error(error);
        g_assert_true(leuko_session_classify(session, x, 1, p, &error));
        g_assert_true(leuko_session_classify(session, turned, 1, q, &error));
        double largest = 0;
        for (guint k = 0; k < K; k++)
            largest = MAX(largest, fabs(p[k] - q[k]));
        if (o.n_views == 8)
            g_assert_cmpfloat(largest, <, 1e-6);
        else
            g_assert_cmpfloat(largest, >, 1e-5);
    }
    o.n_views = 3;
    g_assert_null(leuko_session_open(model_path, &o, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* IMAGES small images of one color each, in two of the model's classes. */
static LeukoDataset *make_dataset(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *root = g_build_filename(folder, "cells", NULL);
    for (guint i = 0; i < IMAGES; i++) {
        g_autofree gchar *dir = g_build_filename(root, i % 2 ? "blast" : "monocyte", NULL),
                         *file = g_strdup_printf("%s/%u.png", dir, i);
        g_mkdir_with_parents(dir, 0777);
        g_autoptr(LeukoImage) image = leuko_image_new(20 + i, 30, &error);
        memset(image->pixels, (int)(30 * i), image->row_bytes * image->height);
        g_assert_true(leuko_image_save(image, file, &error));
    }
    LeukoDataset *d = leuko_dataset_open_folder(root, NULL, &error);
    g_assert_no_error(error);
    return d;
}

static void count(const LeukoProgress *progress, gpointer user_data)
{
    g_assert_cmpstr(progress->phase, ==, "checking");
    *(guint *)user_data = (guint)progress->done;
}

/* Records of a data set are answered in the order asked for; NULL is all of them; a session around
 * a caller's program answers as one that opened the file. */
static void test_records(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoDataset) d = make_dataset();
    g_autoptr(LeukoSession) session = open_session(2, 1);
    const guint order[] = {4, 0, 6};
    double all[IMAGES * K], some[3 * K], again[3 * K];
    guint done = 0;
    const LeukoReporter reporter = {count, &done};
    const LeukoRecordsOptions whole = {.n_threads = 2, .phase = "checking"};
    const LeukoRecordsOptions three = {
        .records = order, .n = 3, .n_threads = 2, .phase = "checking"};
    g_assert_true(leuko_session_classify_records(session, d, &whole, all, NULL, reporter, &error));
    g_assert_cmpuint(done, ==, IMAGES);
    g_assert_true(leuko_session_classify_records(session, d, &three, some, NULL, reporter, &error));
    for (guint i = 0; i < 3; i++)
        g_assert_true(memcmp(some + i * K, all + order[i] * K, K * sizeof *some) == 0);
    LeukoRunnable *run = leuko_session_runnable(session);
    g_autoptr(LeukoSession) around =
        leuko_session_new_for_program(run->model, run->program, 2, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_session_classify_records(around, d, &three, again, NULL, reporter, &error));
    g_assert_true(memcmp(some, again, sizeof some) == 0);
}

/* No images, and options out of their ranges, are LEUKO_ERROR_ARGUMENT. */
static void test_refuses(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoSession) session = open_session(1, 1);
    const float x = 0;
    double p;
    g_assert_false(leuko_session_classify(session, &x, 0, &p, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    for (guint i = 0; i < 6; i++) {
        LeukoClassifierOptions o = leuko_classifier_options_default();
        o.batch = i == 0 ? 0 : i == 1 ? 257 : 1;
        o.n_threads = i == 2 ? 1025 : 0;
        o.n_calls = i == 3 ? 257 : 1;
        o.threshold = i == 4 ? 1 : 0.5;
        o.low_confidence = i == 5 ? -0.1 : 0.8;
        g_clear_error(&error);
        g_assert_null(leuko_session_open(model_path, &o, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-session-XXXXXX", NULL);
    model_path = g_build_filename(folder, "m.safetensors", NULL);
    g_autoptr(LeukoModel) m = small_model();
    g_assert_true(leuko_model_save(m, model_path, NULL));
    g_test_add_func("/session/threads-model", test_threads);
    g_test_add_func("/session/views", test_views);
    g_test_add_func("/session/records", test_records);
    g_test_add_func("/session/refuses", test_refuses);
    int status = g_test_run();
    g_autofree gchar *remove = g_strdup_printf("rm -r '%s'", folder);
    g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL);
    return status;
}
