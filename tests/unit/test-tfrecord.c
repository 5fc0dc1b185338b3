#include "base/stage.h"
#include "data/example.h"
#include "data/tfrecord.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *folder;

static gchar *write_records(const char *name, guint n)
{
    g_autoptr(GError) error = NULL;
    gchar *path = g_build_filename(folder, name, NULL);
    g_autoptr(LeukoDurable) d = leuko_durable_new(path, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < n; i++) {
        g_autofree gchar *text = g_strnfill(i * 7, (gchar)('a' + i));
        g_assert_true(leuko_tfrecord_append(d, text, i * 7, &error));
    }
    g_assert_true(leuko_durable_commit(d, &error));
    return path;
}

/* What was appended is read back, in order and by position; an empty record too. */
static void test_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = write_records("ok", 5);
    g_autoptr(LeukoTfrecord) r = leuko_tfrecord_open(path, &error);
    LeukoTfrecordPosition places[5];
    GBytes *data = NULL;
    for (guint i = 0; i < 5; i++) {
        g_assert_true(leuko_tfrecord_next(r, &data, &places[i], &error));
        g_assert_cmpuint(g_bytes_get_size(data), ==, i * 7);
        g_bytes_unref(data);
    }
    g_assert_false(leuko_tfrecord_next(r, &data, NULL, &error));
    g_assert_no_error(error);
    g_autoptr(GBytes) third = leuko_tfrecord_read(r, &places[3], &error);
    g_autoptr(GBytes) expected = g_bytes_new_static("ddddddddddddddddddddd", 21);
    g_assert_true(g_bytes_equal(third, expected));
}

/* One flipped bit anywhere in the file is found, and the message names file, record and byte. */
static void test_every_bit(void)
{
    g_autofree gchar *path = write_records("flip", 3), *whole = NULL;
    gsize n = 0;
    g_assert_true(g_file_get_contents(path, &whole, &n, NULL));
    for (gsize bit = 0; bit < n * 8; bit++) {
        whole[bit / 8] ^= (gchar)(1 << (bit % 8));
        g_assert_true(g_file_set_contents(path, whole, (gssize)n, NULL));
        whole[bit / 8] ^= (gchar)(1 << (bit % 8));
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoTfrecord) r = leuko_tfrecord_open(path, &error);
        GBytes *data = NULL;
        while (leuko_tfrecord_next(r, &data, NULL, &error))
            g_clear_pointer(&data, g_bytes_unref);
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, path));
        g_assert_nonnull(strstr(error->message, "record "));
    }
}

/* Cut anywhere but between two records, the file is refused. */
static void test_truncated(void)
{
    g_autofree gchar *path = write_records("cut", 3), *whole = NULL;
    gsize n = 0;
    g_assert_true(g_file_get_contents(path, &whole, &n, NULL));
    for (gsize cut = 1; cut < n; cut++) {
        g_assert_true(g_file_set_contents(path, whole, (gssize)cut, NULL));
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoTfrecord) r = leuko_tfrecord_open(path, &error);
        GBytes *data = NULL;
        while (leuko_tfrecord_next(r, &data, NULL, &error))
            g_clear_pointer(&data, g_bytes_unref);
        if (cut == 16 || cut == 16 + 16 + 7)
            g_assert_no_error(error);
        else
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    }
}

/* An example keeps every field; one without an image or label is refused. */
static void test_example(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) image = g_bytes_new_static("\xff\xd8pixels", 8);
    LeukoExample e = {.encoded = image,
                      .format = (gchar *)"jpeg",
                      .label = 3,
                      .height = 17,
                      .width = 18,
                      .file = (gchar *)"a/b.jpg",
                      .group = (gchar *)"P1",
                      .source = (gchar *)"a/o.jpg"};
    g_autoptr(GBytes) packed = leuko_example_pack(&e);
    g_auto(LeukoExample) back = {0};
    g_assert_true(leuko_example_unpack(packed, &back, "t", &error));
    g_assert_true(g_bytes_equal(back.encoded, image));
    g_assert_cmpint(back.label, ==, 3);
    g_assert_cmpuint(back.height, ==, 17);
    g_assert_cmpuint(back.width, ==, 18);
    g_assert_cmpstr(back.file, ==, "a/b.jpg");
    g_assert_cmpstr(back.group, ==, "P1");
    g_assert_cmpstr(back.source, ==, "a/o.jpg");
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    g_auto(LeukoExample) none = {0};
    g_assert_false(leuko_example_unpack(empty, &none, "t", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
}

/* The file that TensorFlow itself wrote reads as four records of known lengths. */
static void test_tensorflow_wrote(void)
{
    const char *shared = g_getenv("LEUKO_SHARED");
    g_autofree gchar *path = g_build_filename(
        shared ? shared : "", "samples/tfrecord/pytorch_data_example.tfrecord", NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("LEUKO_SHARED is not there");
        return;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoTfrecord) r = leuko_tfrecord_open(path, &error);
    GBytes *data = NULL;
    guint n = 0;
    for (; leuko_tfrecord_next(r, &data, NULL, &error); n++) {
        g_assert_nonnull(
            memmem(g_bytes_get_data(data, NULL), g_bytes_get_size(data), "x_float", 7));
        g_clear_pointer(&data, g_bytes_unref);
    }
    g_assert_no_error(error);
    g_assert_cmpuint(n, ==, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-tfrecord-XXXXXX", NULL);
    g_test_add_func("/tfrecord/round-trip", test_round_trip);
    g_test_add_func("/tfrecord/every-bit", test_every_bit);
    g_test_add_func("/tfrecord/truncated", test_truncated);
    g_test_add_func("/tfrecord/example", test_example);
    g_test_add_func("/tfrecord/tensorflow-wrote", test_tensorflow_wrote);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
