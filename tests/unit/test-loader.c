#include "base/stage.h"
#include "data/loader.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

enum { S = 75, N_FILES = 23 };
static gchar *folder;

/* N_FILES little images in two classes, each of one color of its own. */
static LeukoDataset *make_dataset(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *root = g_build_filename(folder, name, NULL);
    for (guint i = 0; i < N_FILES; i++) {
        g_autofree gchar *class_folder = g_build_filename(root, i % 3 ? "b" : "a", NULL);
        g_autofree gchar *file = g_strdup_printf("%s/P%u_%02u.png", class_folder, i % 4, i);
        g_mkdir_with_parents(class_folder, 0777);
        g_autoptr(LeukoImage) image = leuko_image_new(9, 7, &error);
        memset(image->pixels, (int)(i * 10), image->row_bytes * image->height);
        g_assert_true(leuko_image_save(image, file, &error));
    }
    LeukoDataset *d = leuko_dataset_open_folder(root, "(P[0-9])_", &error);
    g_assert_no_error(error);
    return d;
}

/* Classes, files in byte order, groups by the expression. */
static void test_folder(void)
{
    g_autoptr(LeukoDataset) d = make_dataset("folder");
    g_assert_cmpuint(leuko_dataset_n_records(d), ==, N_FILES);
    g_assert_cmpuint(leuko_dataset_n_classes(d), ==, 2);
    g_assert_cmpstr(leuko_dataset_classes(d)[1], ==, "b");
    g_assert_cmpstr(leuko_dataset_record(d, 0)->file, ==, "a/P0_00.png");
    g_assert_cmpstr(leuko_dataset_record(d, 0)->group, ==, "P0");
    g_assert_cmpint(leuko_dataset_record(d, N_FILES - 1)->label, ==, 1);
}

/* One worker and many deliver the same images in the same order, each once, the last batch
 * short. */
static void test_order(void)
{
    g_autoptr(LeukoDataset) d = make_dataset("order");
    LeukoPreprocess p = leuko_preprocess_default(S);
    for (guint threads = 1; threads <= 5; threads += 2) {
        g_autoptr(GError) error = NULL;
        LeukoLoaderOptions o = {.batch = 4, .n_threads = threads};
        g_autoptr(LeukoLoader) l = leuko_loader_new(d, NULL, 0, &p, &o, NULL, &error);
        LeukoBatch b;
        guint seen = 0;
        while (leuko_loader_next(l, &b, &error)) {
            g_assert_cmpuint(b.n, ==, MIN(4, N_FILES - seen));
            for (guint i = 0; i < b.n; i++, seen++) {
                const LeukoRecord *r = leuko_dataset_record(d, b.indices[i]);
                guint number = (guint)g_ascii_strtoull(strchr(r->file, '_') + 1, NULL, 10);
                g_assert_cmpuint(b.indices[i], ==, seen);
                g_assert_cmpint(b.labels[i], ==, r->label);
                g_assert_cmpfloat_with_epsilon(b.x_nchw[i * 3 * S * S + S],
                                               (number * 10) / 127.5 - 1, 1e-5);
            }
        }
        g_assert_no_error(error);
        g_assert_cmpuint(seen, ==, N_FILES);
    }
}

/* Left in the middle, the loader stops its workers and returns. */
static void test_left_early(void)
{
    g_autoptr(LeukoDataset) d = make_dataset("early");
    LeukoPreprocess p = leuko_preprocess_default(S);
    LeukoLoaderOptions o = {.batch = 2, .n_threads = 3, .ahead = 1};
    LeukoLoader *l = leuko_loader_new(d, NULL, 0, &p, &o, NULL, NULL);
    LeukoBatch b;
    g_assert_true(leuko_loader_next(l, &b, NULL));
    leuko_loader_free(l);
    leuko_loader_free(leuko_loader_new(d, NULL, 0, &p, &o, NULL, NULL));
}

/* A broken image fails the batch that holds it, and the message names the file. */
static void test_broken(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoDataset) d = make_dataset("broken");
    g_autofree gchar *path = g_build_filename(leuko_dataset_path(d), "b/P1_01.png", NULL);
    g_assert_true(g_file_set_contents(path, "no image", -1, NULL));
    LeukoPreprocess p = leuko_preprocess_default(S);
    LeukoLoaderOptions o = {.batch = N_FILES, .n_threads = 2};
    g_autoptr(LeukoLoader) l = leuko_loader_new(d, NULL, 0, &p, &o, NULL, &error);
    LeukoBatch b;
    g_assert_false(leuko_loader_next(l, &b, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "b/P1_01.png"));
}

/* Canceled, it ends with an error instead of decoding the rest. */
static void test_canceled(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoDataset) d = make_dataset("cancel");
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    LeukoPreprocess p = leuko_preprocess_default(S);
    LeukoLoaderOptions o = {.batch = 2, .n_threads = 2, .ahead = 1};
    g_autoptr(LeukoLoader) l = leuko_loader_new(d, NULL, 0, &p, &o, cancellable, &error);
    g_cancellable_cancel(cancellable);
    LeukoBatch b;
    while (leuko_loader_next(l, &b, &error))
        ;
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED);
}

/* An empty folder and one without class folders say what a data set is. */
static void test_no_dataset(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *empty = g_build_filename(folder, "empty", NULL);
    g_mkdir(empty, 0777);
    g_assert_null(leuko_dataset_open_folder(empty, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "one folder of images per class"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-loader-XXXXXX", NULL);
    g_test_add_func("/dataset/folder", test_folder);
    g_test_add_func("/dataset/no-dataset", test_no_dataset);
    g_test_add_func("/loader/order", test_order);
    g_test_add_func("/loader/left-early", test_left_early);
    g_test_add_func("/loader/broken", test_broken);
    g_test_add_func("/loader/canceled", test_canceled);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
