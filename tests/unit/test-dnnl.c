#include "engine/dnnl-primitive.h"
#include "leuko/error.h"
#include <math.h>
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

enum { MAX_ARGS = 8 };

static void add_arg(dnnl_exec_arg_t *args, int *n, int name, LeukoMemoryDesc md, void *data)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(*n, <, MAX_ARGS);
    args[(*n)++] = (dnnl_exec_arg_t){name, leuko_dnnl_memory_new(md, data, &error)};
    g_assert_no_error(error);
}

/* Run a primitive: data (n) are the memories of the arguments names (n), which `queries` describe;
 * its constants and its scratchpad are added. */
static void run(dnnl_primitive_desc_t desc, const LeukoDnnlExtra *extra, int n, const int *names,
                const dnnl_query_t *queries, const int *indices, void *const *data)
{
    g_autoptr(GError) error = NULL;
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(&error);
    g_auto(dnnl_primitive_t) primitive = NULL;
    LeukoDnnlConstant constants[LEUKO_DNNL_MAX_CONSTANTS];
    LeukoMemoryDesc scratch_md = leuko_dnnl_query(desc, dnnl_query_scratchpad_md, 0);
    void *scratch = leuko_dnnl_alloc(dnnl_memory_desc_get_size(scratch_md), &error);
    dnnl_exec_arg_t args[MAX_ARGS];
    int n_args = 0;
    for (int i = 0; i < n; i++)
        add_arg(args, &n_args, names[i], leuko_dnnl_query(desc, queries[i], indices[i]), data[i]);
    guint n_constants = leuko_dnnl_constants(desc, extra, constants);
    for (guint i = 0; i < n_constants; i++)
        add_arg(args, &n_args, constants[i].arg,
                leuko_dnnl_desc(1, &constants[i].n, constants[i].type, dnnl_a),
                (void *)constants[i].data);
    add_arg(args, &n_args, DNNL_ARG_SCRATCHPAD, scratch_md, scratch);
    g_assert_true(
        leuko_dnnl_ok(dnnl_primitive_create(&primitive, desc), &error, "create") &&
        leuko_dnnl_ok(dnnl_primitive_execute(primitive, stream, n_args, args), &error, "run") &&
        leuko_dnnl_ok(dnnl_stream_wait(stream), &error, "wait"));
    for (int i = 0; i < n_args; i++)
        dnnl_memory_destroy(args[i].memory);
    leuko_dnnl_free(scratch);
}

/* A reorder multiplies by the scale of each channel or of all, adds the zero point, rounds and
 * saturates. All products are exact in float32, so every version must give the same bytes. */
static void test_scaled_reorder(void)
{
    enum { C = 16, PIXELS = 9 };
    static const int names[] = {DNNL_ARG_FROM, DNNL_ARG_TO}, zeros[] = {0, 0};
    static const dnnl_query_t queries[] = {dnnl_query_src_md, dnnl_query_dst_md};
    const dnnl_dim_t dims[] = {1, C, 3, 3};
    float x[C * PIXELS], scales[C];
    for (int i = 0; i < C * PIXELS; i++)
        x[i] = (float)(i * 37 % 101) / 4 - 3;
    for (int c = 0; c < C; c++)
        scales[c] = (float)(c + 1) / 2;
    for (int per_channel = 0; per_channel < 2; per_channel++) {
        const LeukoDnnlExtra extra = {
            .scales = scales, .n_scales = per_channel ? C : 1, .zero = per_channel ? 0 : 5};
        g_autoptr(GError) error = NULL;
        g_auto(dnnl_primitive_desc_t) desc = NULL;
        guint8 y[C * PIXELS];
        g_assert_true(
            leuko_dnnl_reorder(&desc, "test", leuko_dnnl_desc(4, dims, dnnl_f32, dnnl_nchw),
                               leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nhwc), &extra, &error));
        run(desc, &extra, 2, names, queries, zeros, (void *const[]){x, y});
        for (int c = 0; c < C; c++)
            for (int p = 0; p < PIXELS; p++) {
                float value = x[c * PIXELS + p] * scales[per_channel ? c : 0] + (float)extra.zero;
                g_assert_cmpint(y[p * C + c], ==, (int)rintf(CLAMP(value, 0, 255)));
            }
    }
}

/* An int8 convolution gives relu(scale (sum + bias)) per channel, rounded and saturated; the bias
 * is written in the unit that leuko_dnnl_bias_factor() asks for. Scales are powers of two, so every
 * version must give the same bytes. */
static void test_scaled_convolution(void)
{
    enum { C = 16, PIXELS = 9 };
    static const int names[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST},
                     indices[] = {0, 0, 1, 0};
    static const dnnl_query_t queries[] = {dnnl_query_src_md, dnnl_query_weights_md,
                                           dnnl_query_weights_md, dnnl_query_dst_md};
    const dnnl_dim_t dims[] = {1, C, 3, 3}, w_dims[] = {C, C, 1, 1}, b_dims[] = {C};
    g_autoptr(GError) error = NULL;
    g_auto(dnnl_primitive_desc_t) desc = NULL;
    g_auto(dnnl_stream_t) stream = leuko_dnnl_stream_new(&error);
    float scales[C], bias[C];
    guint8 x[PIXELS * C], y[PIXELS * C];
    gint8 w[C * C]; /* (oc, ic) */
    for (int c = 0; c < C; c++) {
        scales[c] = ldexpf(1, -(c % 4) - 2);
        bias[c] = (float)(c * 50 - 300) * leuko_dnnl_bias_factor(scales[c]);
    }
    for (int i = 0; i < PIXELS * C; i++)
        x[i] = (guint8)(i * 29 % 200);
    for (int i = 0; i < C * C; i++)
        w[i] = (gint8)(i * 17 % 11 - 5);
    const LeukoDnnlExtra extra = {.scales = scales, .n_scales = C, .relu = TRUE};
    const LeukoDnnlConv conv = {.name = "test",
                                .source = leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nhwc),
                                .weights = leuko_dnnl_desc(4, w_dims, dnnl_s8, dnnl_format_tag_any),
                                .bias = leuko_dnnl_desc(1, b_dims, dnnl_f32, dnnl_a),
                                .target = leuko_dnnl_desc(4, dims, dnnl_u8, dnnl_nhwc),
                                .strides = {1, 1}};
    g_assert_true(leuko_dnnl_conv(&desc, dnnl_forward_inference, &conv, &extra, &error));
    LeukoMemoryDesc w_md = leuko_dnnl_query(desc, dnnl_query_weights_md, 0);
    void *weights = leuko_dnnl_alloc(dnnl_memory_desc_get_size(w_md), &error);
    g_assert_true(leuko_dnnl_convert(stream, leuko_dnnl_desc(4, w_dims, dnnl_s8, dnnl_oihw), w,
                                     w_md, weights, &error));
    run(desc, &extra, 4, names, queries, indices, (void *const[]){x, weights, bias, y});
    for (int p = 0; p < PIXELS; p++)
        for (int o = 0; o < C; o++) {
            int sum = o * 50 - 300;
            for (int i = 0; i < C; i++)
                sum += x[p * C + i] * w[o * C + i];
            g_assert_cmpint(y[p * C + o], ==, (int)CLAMP(rintf((float)sum * scales[o]), 0, 255));
        }
    leuko_dnnl_free(weights);
}

/* Winograd either has a kernel of its own or is refused as unsupported, with any version. */
static void test_winograd(void)
{
    const dnnl_dim_t dims[] = {1, 64, 35, 35}, w_dims[] = {64, 64, 3, 3};
    g_autoptr(GError) error = NULL;
    g_auto(dnnl_primitive_desc_t) desc = NULL;
    LeukoMemoryDesc x = leuko_dnnl_desc(4, dims, dnnl_f32, leuko_dnnl_blocked_tag());
    LeukoMemoryDesc w = leuko_dnnl_desc(4, w_dims, dnnl_f32, dnnl_format_tag_any);
    const LeukoDnnlConv conv = {.name = "test",
                                .winograd = TRUE,
                                .source = x,
                                .weights = w,
                                .target = x,
                                .strides = {1, 1},
                                .pads = {1, 1}};
    if (leuko_dnnl_conv(&desc, dnnl_forward_inference, &conv, NULL, &error))
        g_assert_false(leuko_dnnl_kernel_is_reference(leuko_dnnl_kernel(desc)));
    else
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
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
    g_test_add_func("/dnnl/scaled-reorder", test_scaled_reorder);
    g_test_add_func("/dnnl/scaled-convolution", test_scaled_convolution);
    g_test_add_func("/dnnl/winograd", test_winograd);
    g_test_add_func("/dnnl/threads", test_threads);
    return g_test_run();
}
