/* The memory of all decoders together. */
#include "image/working-memory.h"
#include "leuko/error.h"
#include <string.h>
#include <sys/resource.h>

enum { N_THREADS = 12 };
#define OTHER_BYTES ((guint64)192 << 20) /* of the program, and pixels that were not freed yet */

static gchar *bomb_bytes(const char *file, gsize *n)
{
    gchar *bytes = NULL;
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "fuzz", "corpus", "image-bombs", file, NULL);
    g_assert_true(g_file_get_contents(path, &bytes, n, NULL));
    return bytes;
}

static gpointer decode(gpointer data)
{
    g_autoptr(GError) error = NULL;
    GBytes *bytes = data;
    gsize n;
    gconstpointer p = g_bytes_get_data(bytes, &n);
    g_autoptr(LeukoImage) image = leuko_image_decode(p, n, "bomb", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(image->width, ==, 4000);
    return NULL;
}

/* Twelve threads that decode images of 144 MB each (1.7 GB) wait for each other: the account and
 * the process stay within the limit. */
static void test_threads_share(void)
{
    gsize n;
    guint64 n_bytes, peak;
    gchar *raw = bomb_bytes("progressive.jpg", &n);
    g_autoptr(GBytes) bytes = g_bytes_new_take(raw, n);
    GThread *threads[N_THREADS];
    for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("decoder", decode, bytes);
    for (guint i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
    image_memory_measure(&n_bytes, &peak);
    struct rusage usage;
    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    g_test_message("peak: account %.0f MB, process %.0f MB", (double)peak / 1e6,
                   (double)usage.ru_maxrss * 1024 / 1e6);
    g_assert_cmpuint(n_bytes, ==, 0);
    g_assert_cmpuint(peak, >, LEUKO_IMAGE_WORKING_BYTES / 2);
    g_assert_cmpuint(peak, <=, LEUKO_IMAGE_WORKING_BYTES);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    g_assert_cmpuint((guint64)usage.ru_maxrss * 1024, <, LEUKO_IMAGE_WORKING_BYTES + OTHER_BYTES);
#endif
}

/* What alone exceeds the limit is refused by name, without waiting. */
static void test_too_much(void)
{
    g_autoptr(GError) error = NULL;
    ImageFile file = {.name = "big.avif", .format = "avif"};
    g_assert_false(image_memory_take(&file, 9000, 9000, LEUKO_IMAGE_WORKING_BYTES + 1, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
    g_assert_cmpstr(error->message, ==,
                    "big.avif: too large: decoding its 9000 x 9000 pixels takes 1024 MiB (limit of "
                    "all threads together: 1024 MiB); export it in a smaller size or as JPEG, PNG "
                    "or TIFF");
    g_assert_cmpuint(file.memory_bytes, ==, 0);
}

/* Memory that a file has is given back before it takes more: a file never waits for itself. */
static void test_take_again(void)
{
    guint64 n_bytes, peak;
    ImageFile file = {.name = "x", .format = "png"};
    for (guint i = 0; i < 3; i++)
        g_assert_true(image_memory_take(&file, 1, 1, LEUKO_IMAGE_WORKING_BYTES, NULL));
    image_memory_measure(&n_bytes, &peak);
    g_assert_cmpuint(n_bytes, ==, LEUKO_IMAGE_WORKING_BYTES);
    image_memory_give_back(&file);
    image_memory_give_back(&file);
    image_memory_measure(&n_bytes, &peak);
    g_assert_cmpuint(n_bytes, ==, 0);
}

/* Under a limit of the address space there is an error, not an abort. */
static void test_address_space(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    struct rlimit old, small;
    g_assert_cmpint(getrlimit(RLIMIT_AS, &old), ==, 0);
    small = (struct rlimit){MIN((rlim_t)512 << 20, old.rlim_max), old.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_AS, &small), ==, 0);
    g_autoptr(GError) error = NULL;
    ImageFile file = {.name = "big.png", .format = "png"};
    gboolean ok = image_memory_take(&file, 9000, 9000, (guint64)500 << 20, &error);
    g_assert_cmpint(setrlimit(RLIMIT_AS, &old), ==, 0);
    g_assert_false(ok);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY);
    g_assert_cmpstr(error->message, ==,
                    "big.png: no memory to decode its 9000 x 9000 pixels (500.0 MiB)");
#endif
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/working-memory/threads-share", test_threads_share); /* first: of the peak */
    g_test_add_func("/working-memory/too-much", test_too_much);
    g_test_add_func("/working-memory/take-again", test_take_again);
    g_test_add_func("/working-memory/address-space", test_address_space);
    return g_test_run();
}
