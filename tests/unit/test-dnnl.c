#include "engine/dnnl-primitive.h"
#include "leuko/error.h"
#include <string.h>

/* Statuses become errors of the right code that name the call. */
static void test_errors(void)
{
    const struct {
        dnnl_status_t status;
        LeukoErrorCode code;
    } cases[] = {{dnnl_out_of_memory, LEUKO_ERROR_MEMORY},
                 {dnnl_unimplemented, LEUKO_ERROR_UNSUPPORTED},
                 {dnnl_invalid_arguments, LEUKO_ERROR_ARGUMENT}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(leuko_dnnl_ok(cases[i].status, &error, "layer %s", "abc"));
        g_assert_error(error, LEUKO_ERROR, (gint)cases[i].code);
        g_assert_nonnull(strstr(error->message, "layer abc"));
    }
    g_assert_true(leuko_dnnl_ok(dnnl_success, NULL, "nothing"));
}

/* Memory is aligned and zero, small and large; a size beyond all memory is an error. */
static void test_alloc(void)
{
    const gsize sizes[] = {0, 1, 63, 4096, (3u << 20) + 5};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        guint8 *data = leuko_dnnl_alloc(sizes[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint((guintptr)data % 64, ==, 0);
        for (gsize k = 0; k < sizes[i]; k++)
            g_assert_cmpuint(data[k], ==, 0);
        leuko_dnnl_free(data);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_dnnl_alloc(G_MAXSIZE - 100, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY);
    leuko_dnnl_free(NULL);
}

/* Planar to this processor's blocked layout and back changes no bit, also with channels that fill
 * no whole block. */
static void test_convert(void)
{
    enum { C = 21, H = 3, W = 5 };
    g_autoptr(GError) error = NULL;
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(&error);
    g_assert_no_error(error);
    const dnnl_dim_t dims[] = {1, C, H, W};
    LeukoMemoryDesc plain = leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_nchw);
    LeukoMemoryDesc blocked = leuko_dnnl_desc(4, dims, dnnl_f32, leuko_dnnl_blocked_tag());
    float x[C * H * W], y[C * H * W] = {0};
    for (int i = 0; i < C * H * W; i++)
        x[i] = (float)(i * i % 97) - 40.5f;
    void *middle = leuko_dnnl_alloc(dnnl_memory_desc_get_size(blocked), &error);
    g_assert_no_error(error);
    g_assert_true(leuko_dnnl_convert(stream, plain, x, blocked, middle, &error));
    g_assert_cmpfloat(((float *)middle)[1], ==, x[H * W]); /* channel 1 lies beside channel 0 */
    g_assert_true(leuko_dnnl_convert(stream, blocked, middle, plain, y, &error));
    g_assert_no_error(error);
    g_assert_true(memcmp(x, y, sizeof x) == 0);
    leuko_dnnl_free(middle);
}

/* Equal shapes share a descriptor; another dimension, type or layout has another one. */
static void test_descriptors(void)
{
    const dnnl_dim_t dims[] = {1, 16, 3, 5}, other[] = {1, 16, 5, 3};
    LeukoMemoryDesc md = leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nhwc);
    g_assert_true(leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nhwc) == md);
    g_assert_true(leuko_dnnl_desc(4, other, dnnl_u8, dnnl_nhwc) != md);
    g_assert_true(leuko_dnnl_desc(4, dims, dnnl_s8, dnnl_nhwc) != md);
    g_assert_true(leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nchw) != md);
    g_assert_true(leuko_dnnl_desc(3, dims, dnnl_u8, dnnl_abc) != md);
    g_assert_cmpint(leuko_dnnl_desc_type(md), ==, dnnl_u8);
    g_assert_cmpuint(dnnl_memory_desc_get_size(md), ==, 16 * 3 * 5);
}

/* The thread count is set and given back. */
static void test_threads(void)
{
    int before = leuko_dnnl_set_threads(1);
    g_assert_cmpint(leuko_dnnl_set_threads(0), ==, 1);
    g_assert_cmpint(leuko_dnnl_set_threads(before), ==, 1);
    g_assert_cmpint(leuko_dnnl_set_threads(0), ==, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dnnl/errors", test_errors);
    g_test_add_func("/dnnl/alloc", test_alloc);
    g_test_add_func("/dnnl/convert", test_convert);
    g_test_add_func("/dnnl/descriptors", test_descriptors);
    g_test_add_func("/dnnl/threads", test_threads);
    return g_test_run();
}
