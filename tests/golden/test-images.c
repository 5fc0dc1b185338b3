/* Images of every sample type, compared with independent readers (make-image-samples.py). */
#include "base/json.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

static json_t *load_record(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "image-samples.json", NULL);
    json_t *record = leuko_json_load(path, &error);
    g_assert_no_error(error);
    return record;
}

static LeukoImage *decode(const char *file, LeukoImageNotes *notes, GError **error)
{
    g_autofree gchar *bytes = NULL, *path = g_build_filename(g_getenv("LEUKO_TEST_DATA"), "fuzz",
                                                             "corpus", "image", file, NULL);
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    return leuko_image_decode_noted(bytes, n, file, notes, error);
}

static const char *text_of(const json_t *expected, const char *key)
{
    const char *text = json_string_value(json_object_get(expected, key));
    return text ? text : "";
}

/* Every value is within 1 gray level of the independent reader's. */
static void compare(const LeukoImage *image, const json_t *record, const json_t *expected)
{
    gsize n = 0;
    gsize index = (gsize)json_integer_value(json_object_get(expected, "rgb"));
    const char *text = json_string_value(json_array_get(json_object_get(record, "images"), index));
    g_autofree guchar *rgb = g_base64_decode(text, &n);
    g_assert_cmpint(image->width, ==, json_integer_value(json_object_get(record, "width")));
    g_assert_cmpint(image->height, ==, json_integer_value(json_object_get(record, "height")));
    g_assert_cmpuint(n, ==, image->row_bytes * image->height);
    for (gsize i = 0; i < n; i++)
        if (ABS(image->pixels[i] - rgb[i]) > 1)
            g_error("byte %zu is %u, expected %u", i, image->pixels[i], rgb[i]);
}

/* Every sample type of the record is read right and noted, or refused with its message. */
static void test_sample_types(void)
{
    json_t *record = load_record(), *expected;
    const char *file;
    guint n_read = 0, n_refused = 0;
    json_object_foreach(json_object_get(record, "files"), file, expected)
    {
        g_autoptr(GError) error = NULL;
        LeukoImageNotes notes;
        g_test_message("%s", file);
        g_autoptr(LeukoImage) image = decode(file, &notes, &error);
        const char *message = json_string_value(json_object_get(expected, "message"));
        if (message) {
            g_assert_null(image);
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
            if (!g_pattern_match_simple(message, error->message))
                g_error("\"%s\", expected \"%s\"", error->message, message);
            g_assert_null(strchr(error->message, '\n'));
            n_refused++;
            continue;
        }
        g_assert_no_error(error);
        compare(image, record, expected);
        g_assert_cmpstr(notes.samples, ==, text_of(expected, "samples"));
        g_assert_cmpstr(notes.pages, ==, text_of(expected, "pages"));
        n_read++;
    }
    g_assert_cmpuint(n_read, >=, 200);
    g_assert_cmpuint(n_refused, >=, 25);
    json_decref(record);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/images/sample-types", test_sample_types);
    return g_test_run();
}
