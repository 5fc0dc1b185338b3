/* No allocation per image: malloc and its kin are counted while plans and sessions run. oneDNN
 * itself makes a small map of arguments each time that a primitive is executed, and packs the
 * head's matrix; that is told apart by who calls, and must be little and given back. */
#include "answer/session.h"
#include "engine/processor.h"
#include "engine/program-int8.h"
#include "formats/model-file.h"
#include "leuko/error.h"
#include "network-reference.h"
#include <dlfcn.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

enum { SIDE = 75, K = 3, RUNS = 4, BATCH = 3, MAX_OF_LIBRARY_BYTES = 256 << 10 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTED 0
#else
#define COUNTED 1
#endif

static atomic_bool counting;
static atomic_uint n_ours, n_of_library;
static atomic_ulong largest_of_library;
static atomic_int n_alive; /* more made than freed */

#if COUNTED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);
void *__libc_memalign(size_t alignment, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);
void *aligned_alloc(size_t alignment, size_t n);
void *memalign(size_t alignment, size_t n);
int posix_memalign(void **out, size_t alignment, size_t n);
void free(void *p);

static void count_free(const void *p)
{
    if (p && atomic_load(&counting))
        atomic_fetch_sub(&n_alive, 1);
}

static void count(const void *caller, size_t n)
{
    Dl_info who;
    if (!atomic_load(&counting))
        return;
    atomic_fetch_add(&n_alive, 1);
    if (dladdr(caller, &who) && who.dli_fname &&
        (strstr(who.dli_fname, "libdnnl") || strstr(who.dli_fname, "libstdc++"))) {
        unsigned long before = atomic_load(&largest_of_library);
        atomic_fetch_add(&n_of_library, 1);
        while (before < n && !atomic_compare_exchange_weak(&largest_of_library, &before, n))
            ;
    } else {
        atomic_fetch_add(&n_ours, 1);
    }
}

void *malloc(size_t n)
{
    count(__builtin_return_address(0), n);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    count(__builtin_return_address(0), n * size);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    count(__builtin_return_address(0), n);
    count_free(p);
    return __libc_realloc(p, n);
}

void free(void *p)
{
    count_free(p);
    __libc_free(p);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    count(__builtin_return_address(0), n);
    return __libc_memalign(alignment, n);
}

void *memalign(size_t alignment, size_t n)
{
    count(__builtin_return_address(0), n);
    return __libc_memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    count(__builtin_return_address(0), n);
    *out = __libc_memalign(alignment, n);
    return *out ? 0 : ENOMEM;
}
#endif

static void start_counting(void)
{
    n_ours = n_of_library = 0;
    largest_of_library = 0;
    n_alive = 0;
    counting = TRUE;
}

static void check_none(const char *what)
{
    counting = FALSE;
    g_test_message("%s: %u of ours, %u of oneDNN's, the largest %lu bytes", what, n_ours,
                   n_of_library, largest_of_library);
    g_assert_cmpuint(n_ours, ==, 0);
    g_assert_cmpint(n_alive, ==, 0);
    g_assert_cmpuint(largest_of_library, <, MAX_OF_LIBRARY_BYTES);
}

/* A plan that has run once for each number of images runs on without allocating. */
static void check_state(LeukoState *state, const float *x, const char *what)
{
    g_autoptr(GError) error = NULL;
    for (guint n = 1; n <= BATCH; n++)
        g_assert_true(leuko_state_run(state, n, x, &error));
    start_counting();
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < RUNS * BATCH; i++)
        ok = leuko_state_run(state, 1 + i % BATCH, x, &error);
    check_none(what);
    g_assert_true(ok);
}

/* fp32 and, where the processor has it, bf16. */
static void test_float(void)
{
    g_autoptr(LeukoNet) net = reference_net(SIDE, 0.25, "Mixed_6b", K, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 3);
    g_autofree float *x = reference_images(BATCH * 3 * SIDE * SIDE, 3);
    for (gint p = LEUKO_FP32; p <= LEUKO_BF16; p++) {
        const LeukoProgramOptions options = {(LeukoPrecision)p, BATCH, 2};
        g_autoptr(GError) error = NULL;
        if (p == LEUKO_BF16 && !leuko_processor_has_bf16())
            continue;
        g_autoptr(LeukoState) state =
            leuko_state_take(leuko_program_new(net, params, &options, &error), NULL, &error);
        g_assert_no_error(error);
        check_state(state, x, leuko_precision_name((LeukoPrecision)p));
    }
}

/* int8, one convolution raised. */
static void test_int8(void)
{
    static const char *const raise[] = {"Conv2d_1a_3x3", NULL};
    const LeukoProgramOptions options = {LEUKO_INT8, BATCH, 2};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoNet) net = reference_net(SIDE, 0.25, "Mixed_6b", K, FALSE);
    g_autoptr(LeukoParams) params = reference_params(net, 4);
    g_autofree float *x = reference_images(BATCH * 3 * SIDE * SIDE, 4);
    g_autoptr(LeukoCalibration) c = leuko_calibration_new(net, params, 0, &error);
    g_assert_true(c && leuko_calibration_add(c, BATCH, x, &error));
    LeukoQuantizeOptions how = leuko_quantize_options_default();
    how.raise = raise;
    g_autoptr(LeukoQuantized) q = leuko_quantize(net, params, c, &how, &error);
    g_autoptr(LeukoState) state =
        q ? leuko_state_take(leuko_program_new_quantized(net, q, params, &options, &error), NULL,
                             &error)
          : NULL;
    g_assert_no_error(error);
    check_state(state, x, "int8");
}

/* A session's calls, the answers' way included. */
static void test_session(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-allocations-XXXXXX", &error);
    g_autofree gchar *path = g_build_filename(folder, "m.safetensors", NULL);
    g_autoptr(LeukoNet) net = reference_net(SIDE, 0.25, "Mixed_6b", K, FALSE);
    g_autofree float *x = reference_images(BATCH * 3 * SIDE * SIDE, 5);
    double p[BATCH * K];
    g_autoptr(LeukoModel) m = leuko_model_new(leuko_net_spec(net));
    m->params = reference_params(net, 5);
    m->classes = g_strsplit("a b c", " ", -1);
    g_assert_true(leuko_model_save(m, path, &error));
    LeukoClassifierOptions options = leuko_classifier_options_default();
    options.precision = LEUKO_FP32;
    options.n_calls = 2;
    options.n_threads = 1;
    options.batch = 2;
    g_autoptr(LeukoSession) s = leuko_session_open(path, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_session_memory_bytes(s), >, 0);
    for (guint n = 1; n <= BATCH; n++)
        g_assert_true(leuko_session_classify(s, x, n, p, &error));
    start_counting();
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < RUNS * BATCH; i++)
        ok = leuko_session_classify(s, x, 1 + i % BATCH, p, &error);
    check_none("session");
    g_assert_true(ok);
    g_unlink(path);
    g_rmdir(folder);
}

/* What is counted is counted: a test of the test. */
static void test_counts(void)
{
    start_counting();
    g_autofree gchar *one = g_malloc(100);
    counting = FALSE;
    g_assert_nonnull(one);
    g_assert_cmpuint(n_ours, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!COUNTED) {
        g_print("1..0 # SKIP a sanitizer has a malloc of its own\n");
        return 0;
    }
    g_test_add_func("/allocations/counts", test_counts);
    g_test_add_func("/allocations/float", test_float);
    g_test_add_func("/allocations/int8", test_int8);
    g_test_add_func("/allocations/session", test_session);
    return g_test_run();
}
