/* Any bytes are read as records, the same on a second reading. Each record is an example that is
 * the same after packing and unpacking, or is refused; or an error of our domain whose message is
 * one line is reported. */
#include "data/example.h"
#include "data/tfrecord.h"
#include "fuzz.h"

static void check_same(const LeukoExample *a, const LeukoExample *b)
{
    g_assert_true(g_bytes_equal(a->encoded, b->encoded));
    g_assert_cmpint(a->label, ==, b->label);
    g_assert_cmpuint(a->height, ==, b->height);
    g_assert_cmpuint(a->width, ==, b->width);
    g_assert_cmpstr(a->format, ==, b->format);
    g_assert_cmpstr(a->file, ==, b->file);
    g_assert_cmpstr(a->group, ==, b->group);
    g_assert_cmpstr(a->source, ==, b->source);
}

static void unpack(GBytes *data)
{
    g_autoptr(GError) error = NULL;
    g_auto(LeukoExample) e = {0}, again = {0};
    if (!leuko_example_unpack(data, &e, "fuzz", &error)) {
        fuzz_check_error(error);
        return;
    }
    g_assert_no_error(error);
    g_assert_true(g_utf8_validate(e.file, -1, NULL) && g_utf8_validate(e.group, -1, NULL));
    g_autoptr(GBytes) packed = leuko_example_pack(&e);
    g_assert_true(leuko_example_unpack(packed, &again, "again", &error));
    check_same(&e, &again);
}

static void read_all(LeukoTfrecord *reader)
{
    for (;;) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) data = NULL;
        LeukoTfrecordPosition position;
        if (!leuko_tfrecord_next(reader, &data, &position, &error)) {
            if (error)
                fuzz_check_error(error);
            return;
        }
        g_autoptr(GBytes) again = leuko_tfrecord_read(reader, &position, &error);
        g_assert_no_error(error);
        g_assert_true(g_bytes_equal(data, again));
        unpack(data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = fuzz_file(data, size, &fd);
    g_autoptr(LeukoTfrecord) reader = leuko_tfrecord_open(path, &error);
    g_assert_no_error(error);
    read_all(reader);
    close(fd);
    /* a fuzzer cannot guess a CRC-32C: the bytes are also tried as the data of one record */
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    unpack(bytes);
    return 0;
}
