#include "answer/runnable.h"
#include "answer/session.h"
#include "compile/compile-job.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "formats/model-file.h"
#include "formats/safetensors.h"
#include "leuko/error.h"
#include "network-reference.h"
#include "session-calls.h"
#include "small-model.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { SIDE = SMALL_MODEL_SIDE, K = SMALL_MODEL_K, IMAGES = 4, THREADS = 4 };

static gchar *folder;

static gchar *place(const char *name) { return g_build_filename(folder, name, NULL); }

static void save(const LeukoGraph *g, const char *path)
{
    g_autoptr(GError) error = NULL;
    leuko_graph_save(g, path, &error);
    g_assert_no_error(error);
}

static void save_real(LeukoPrecision precision, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    LeukoCompileOptions options = leuko_compile_options_default();
    options.precision = precision;
    g_autoptr(LeukoCompileReport) report = leuko_compile_report_new(&options);
    g_autoptr(LeukoGraph) g =
        leuko_compile_model(m, &options, NULL, NULL, report, NULL, (LeukoReporter){0}, &error);
    g_assert_no_error(error);
    save(g, path);
}

/* int8, one convolution raised; the program it was made for answers into logits (IMAGES, K),
 * unless NULL. */
static void save_int8(gboolean vnni, const char *path, float *logits)
{
    g_autoptr(GError) error = NULL;
    LeukoModel *m = small_model();
    g_autoptr(LeukoNet) net = leuko_net_new(&m->spec, &error);
    g_autofree float *x = reference_images(IMAGES * 3 * SIDE * SIDE, 1);
    g_autoptr(LeukoCalibration) c = leuko_calibration_new(net, m->params, 0, &error);
    g_assert_true(leuko_calibration_add(c, IMAGES, x, &error));
    const char *raise[] = {"Mixed_5b/Branch_2/Conv2d_0b_3x3", NULL};
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    how.vnni = vnni;
    how.raise = raise;
    g_autoptr(LeukoQuantized) q = leuko_quantize(net, m->params, c, &how, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoGraph) g = leuko_graph_new(m, LEUKO_INT8);
    g->vnni = vnni;
    g->n_convs = leuko_quantized_n_convs(q);
    g->convs = g_new0(LeukoQuantizedConv, g->n_convs);
    for (guint i = 0; i < g->n_convs; i++)
        leuko_quantized_conv(q, i, &g->convs[i]);
    save(g, path);
    if (!logits)
        return;
    const LeukoProgramOptions options = {LEUKO_INT8, IMAGES, 0};
    g_autoptr(LeukoState) state = leuko_state_take(
        leuko_program_new_quantized(net, q, m->params, &options, &error), NULL, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_state_run(state, IMAGES, x, &error));
    memcpy(logits, leuko_state_logits(state), IMAGES * K * sizeof(float));
}

static LeukoRunnable *open_file(const char *path, LeukoPrecision precision)
{
    g_autoptr(GError) error = NULL;
    const LeukoProgramOptions options = {precision, IMAGES, 0};
    LeukoRunnable *r = leuko_runnable_open(path, &options, &error);
    g_assert_no_error(error);
    return r;
}

static void run(LeukoRunnable *r, float *logits)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *x = reference_images(IMAGES * 3 * SIDE * SIDE, 1);
    g_autoptr(LeukoState) state = leuko_state_new(r->program, NULL, &error);
    g_assert_true(state && leuko_state_run(state, IMAGES, x, &error));
    g_assert_no_error(error);
    memcpy(logits, leuko_state_logits(state), IMAGES * K * sizeof(float));
}

static double distance(const float *a, const float *b)
{
    double difference = 0, norm = 0;
    for (guint i = 0; i < IMAGES * K; i++) {
        difference += pow((double)(a[i] - b[i]), 2);
        norm += pow((double)b[i], 2);
    }
    return sqrt(difference / norm);
}

/* An fp32 graph answers as the model within a float's rounding (its folding is rounded once); a
 * bf16 one within what bf16 costs, or in fp32 with a note where the processor has none. Classes
 * and temperature are kept. */
static void test_real(void)
{
    g_autofree gchar *model = place("m.safetensors"), *fp32 = place("fp32.graph"),
                     *bf16 = place("bf16.graph");
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    g_assert_true(leuko_model_save(m, model, &error));
    save_real(LEUKO_FP32, fp32);
    save_real(LEUKO_BF16, bf16);
    g_autoptr(LeukoRunnable) a = open_file(model, LEUKO_FP32), b = open_file(fp32, LEUKO_FP32),
                             c = open_file(bf16, LEUKO_FP32);
    float want[IMAGES * K], have[IMAGES * K], narrow[IMAGES * K];
    run(a, want);
    run(b, have);
    run(c, narrow);
    g_assert_cmpfloat(distance(have, want), <, 1e-5);
    g_assert_cmpfloat(distance(narrow, want), <, 5e-2);
    g_assert_cmpint(c->precision, ==, leuko_processor_has_bf16() ? LEUKO_BF16 : LEUKO_FP32);
    g_assert_true((c->note != NULL) == !leuko_processor_has_bf16());
    g_assert_true(
        g_strv_equal((const gchar *const *)b->model->classes, (const gchar *const *)m->classes));
    g_assert_cmpfloat(b->model->temperature, ==, 1.5);
    g_assert_null(b->note);
}

/* An int8 graph read back gives the very bytes that the quantized network gave, a raised
 * convolution among them. */
static void test_int8(void)
{
    g_autofree gchar *path = place("int8.graph");
    float want[IMAGES * K], have[IMAGES * K];
    save_int8(FALSE, path, want);
    g_autoptr(LeukoRunnable) r = open_file(path, LEUKO_FP32);
    g_assert_cmpint(r->precision, ==, LEUKO_INT8);
    g_assert_true((r->note != NULL) == !leuko_processor_has_vnni()); /* slower: that is said */
    run(r, have);
    g_assert_true(memcmp(have, want, sizeof want) == 0);
}

/* A graph for VNNI runs as it is on VNNI; elsewhere in fp32 with a note, its weights being the same
 * numbers: both near fp32. */
static void test_vnni(void)
{
    g_autofree gchar *path = place("vnni.graph"), *model = place("m8.safetensors");
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    g_assert_true(leuko_model_save(m, model, &error));
    save_int8(TRUE, path, NULL);
    g_autoptr(LeukoRunnable) r = open_file(path, LEUKO_FP32), whole = open_file(model, LEUKO_FP32);
    float want[IMAGES * K], have[IMAGES * K];
    run(whole, want);
    run(r, have);
    g_assert_cmpint(r->precision, ==, leuko_processor_has_vnni() ? LEUKO_INT8 : LEUKO_FP32);
    g_assert_true((r->note != NULL) == !leuko_processor_has_vnni());
    g_assert_cmpfloat(distance(have, want), <, 0.1);
}

/* --- refusals -------------------------------------------------------------------------------- */

typedef struct {
    const char *what, *from,
        *to; /* a text of the header and what is put in its place, same length */
} Tampered;

static void expect_refusal(const guint8 *data, gsize n, const char *what)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(data, n);
    g_autoptr(LeukoGraph) g = leuko_graph_parse(bytes, "x.graph", &error);
    g_test_message("%s: %s", what, error ? error->message : "taken");
    g_assert_null(g);
    g_assert_true(error->domain == LEUKO_ERROR);
    g_assert_true(g_str_has_prefix(error->message, "x.graph") && !strchr(error->message, '\n'));
}

/* Each tampered header, each cut, and a weight of -128 are refused by one line. */
static void test_refuses(void)
{
    static const Tampered tampered[] = {
        {"precision", "\\\"precision\\\":\\\"int8\\\",\\\"isa",
         "\\\"precision\\\":\\\"int9\\\",\\\"isa"},
        {"precision of a layer", "\\\"precision\\\":\\\"int8\\\"}",
         "\\\"precision\\\":\\\"bf16\\\"}"},
        {"isa", "\\\"isa\\\":\\\"any\\\"", "\\\"isa\\\":\\\"all\\\""},
        {"later format", "\\\"graph\\\":{\\\"format\\\":1", "\\\"graph\\\":{\\\"format\\\":2"},
        {"stride", "\\\"stride\\\":2", "\\\"stride\\\":1"},
        {"layer's name", "\\\"name\\\":\\\"Mixed_5b/concat", "\\\"name\\\":\\\"Mixed_5c/concat"},
        {"side", "\\\"side\\\":75", "\\\"side\\\":76"},
        {"endpoint", "Mixed_5c\\\",\\\"side", "Mixed_5d\\\",\\\"side"},
        {"no graph", "\\\"graph\\\":{", "\\\"grape\\\":{"},
        {"not a graph", "leuko-graph", "leuko-grape"},
        {"tensor's name", "Conv2d_1a_3x3/scales", "Conv2d_1a_3x3/scalez"},
        {"tensor of steps", "Conv2d_1a_3x3/steps", "Conv2d_1a_3x3/stepz"},
        {"tensor's type", "\"dtype\":\"I8\"", "\"dtype\":\"U8\""},
        {"tensor's shape", "\"shape\":[16,3,3,3]", "\"shape\":[3,16,3,3]"},
    };
    g_autofree gchar *path = place("tampered.graph"), *data = NULL;
    gsize n;
    save_int8(FALSE, path, NULL);
    g_assert_true(g_file_get_contents(path, &data, &n, NULL));
    for (gsize t = 0; t < G_N_ELEMENTS(tampered); t++) {
        g_autofree gchar *copy = g_memdup2(data, n);
        gsize length = strlen(tampered[t].from);
        g_assert_cmpuint(length, ==, strlen(tampered[t].to));
        gchar *at = memmem(copy, n, tampered[t].from, length); /* the length in front holds NULs */
        if (!at)
            g_error("the header has no %s", tampered[t].from);
        memcpy(at, tampered[t].to, length);
        expect_refusal((const guint8 *)copy, n, tampered[t].what);
    }
    for (gsize cut = 0; cut < n; cut += n / 29)
        expect_refusal((const guint8 *)data, cut, "cut short");
    g_autofree gchar *loud = g_memdup2(data, n);
    loud[n - 1] = (gchar)-128; /* the last weight */
    expect_refusal((const guint8 *)loud, n, "a weight of -128");
}

static gboolean is_graph(const char *path)
{
    gboolean is;
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoGraph) graph = leuko_graph_load_if(path, &is, &error);
    g_assert_no_error(error);
    g_assert_true(is == (graph != NULL));
    return is;
}

/* The stick's graph and a model are refused by name where a compiled graph is wanted; a compiled
 * graph where a model is. */
static void test_names_others(void)
{
    g_autofree gchar *stick = place("stick.graph"), *model = place("n.safetensors"),
                     *graph = place("n.graph");
    guint8 ncs[300] = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    ncs[33] = 1; /* 256 bytes */
    ncs[36] = 2;
    g_assert_true(g_file_set_contents(stick, (const gchar *)ncs, sizeof ncs, NULL));
    g_assert_null(leuko_graph_load(stick, &error));
    g_assert_nonnull(strstr(error->message, "Neural Compute Stick"));
    g_clear_error(&error);
    g_assert_true(leuko_model_save(m, model, NULL));
    g_assert_null(leuko_graph_load(model, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
    g_clear_error(&error);
    save_real(LEUKO_FP32, graph);
    g_assert_true(is_graph(graph) && !is_graph(model) && !is_graph(stick));
    g_assert_null(leuko_model_load(graph, &error));
    g_assert_nonnull(strstr(error->message, "compiled graph"));
}

/* --- sessions -------------------------------------------------------------------------------- */

/* Any number of threads over fewer states get, bit for bit, what one alone gets; rows sum to 1;
 * each state adds its arena and no weights. */
static void test_session(void)
{
    g_autofree gchar *path = place("s.graph");
    save_int8(FALSE, path, NULL);
    g_autoptr(GError) error = NULL;
    LeukoClassifierOptions options = leuko_classifier_options_default();
    options.n_calls = 2;
    options.n_threads = 1;
    g_autoptr(LeukoSession) session = leuko_session_open(path, &options, &error);
    g_assert_no_error(error);
    options.n_calls = 1;
    g_autoptr(LeukoSession) alone = leuko_session_open(path, &options, &error);
    g_autofree float *x = reference_images(IMAGES * 3 * SIDE * SIDE, 1);
    double want[IMAGES * K];
    g_assert_true(leuko_session_classify(alone, x, IMAGES, want, &error));
    g_assert_cmpfloat_with_epsilon(want[0] + want[1] + want[2], 1, 1e-12);
    g_assert_cmpuint(session_wrong_answers(session, x, want, IMAGES, THREADS, 0), ==, 0);
    gsize one = leuko_session_memory_bytes(alone), two = leuko_session_memory_bytes(session);
    g_assert_cmpuint(leuko_session_n_states(session), ==, 2);
    g_assert_cmpuint(two, >, one);
    g_assert_cmpuint(two, <, 2 * one);
}

/* A state keeps its program alive, and the program needs neither the graph nor its file. */
static void test_state_outlives(void)
{
    g_autofree gchar *path = place("o.graph");
    g_autoptr(GError) error = NULL;
    float want[IMAGES * K];
    save_int8(FALSE, path, want);
    LeukoRunnable *r = open_file(path, LEUKO_FP32);
    g_autoptr(LeukoState) state = leuko_state_new(r->program, NULL, &error);
    g_assert_no_error(error);
    leuko_runnable_free(r);
    g_autofree float *x = reference_images(IMAGES * 3 * SIDE * SIDE, 1);
    g_assert_true(leuko_state_run(state, IMAGES, x, &error));
    g_assert_true(memcmp(leuko_state_logits(state), want, sizeof want) == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-graph-XXXXXX", NULL);
    g_test_add_func("/graph/real", test_real);
    g_test_add_func("/graph/int8", test_int8);
    g_test_add_func("/graph/vnni", test_vnni);
    g_test_add_func("/graph/refuses", test_refuses);
    g_test_add_func("/graph/names-others", test_names_others);
    g_test_add_func("/session/threads", test_session);
    g_test_add_func("/state/outlives", test_state_outlives);
    int status = g_test_run();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree gchar *path = place(name);
        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
    return status;
}
