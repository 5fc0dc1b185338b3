/* usage: soak-session FILE SECONDS [THREADS [STATES]]
 * THREADS threads (default 8) share one session of FILE, a model or a compiled graph, for SECONDS.
 * STATES is the number of threads that run at the same time (default: all). Each answer must equal,
 * bit for bit, the answer for the same image with one thread. After a warm-up, neither the process
 * nor malloc may use more memory. Prints a line every ten seconds; exits with status 1 at the first
 * difference, or if memory grows. */
#include "answer/session.h"
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGES = 12, MAX_TAKEN = 3, MAX_THREADS = 64 };
enum { MAX_GROWTH_BYTES = 4 << 20, MAX_MALLOC_GROWTH_BYTES = 256 << 10 };

typedef struct {
    LeukoSession *session;
    gsize floats; /* of one image */
    guint n_classes;
    float *x_nchw; /* (IMAGES, 3, S, S) */
    double *want;  /* (IMAGES, K) */
    atomic_uint stop, n_different;
    atomic_ulong n_answers;
} Shared;

typedef struct {
    Shared *shared;
    guint seed;
    pthread_t thread;
} Worker;

/* Smooth blobs, another for each image: what a network answers differently. */
static void fill_image(float *x, guint side, guint k)
{
    for (guint c = 0; c < 3; c++)
        for (guint i = 0; i < side; i++)
            for (guint j = 0; j < side; j++)
                x[((gsize)c * side + i) * side + j] =
                    0.6f + 0.2f * sinf((float)(k + 1) * 0.013f * (float)i + (float)c) *
                               cosf(0.021f * (float)j * (float)(k % 5 + 1));
}

static void *work(void *data)
{
    Worker *w = data;
    Shared *s = w->shared;
    double got[MAX_TAKEN * 1024];
    for (guint at = w->seed; !atomic_load(&s->stop); at = at * 1664525u + 1013904223u) {
        guint n = 1 + (at >> 20) % MAX_TAKEN, first = (at >> 8) % (IMAGES - MAX_TAKEN + 1);
        if (!leuko_session_classify(s->session, s->x_nchw + first * s->floats, n, got, NULL) ||
            memcmp(got, s->want + (gsize)first * s->n_classes,
                   (gsize)n * s->n_classes * sizeof *got) != 0)
            atomic_fetch_add(&s->n_different, 1);
        atomic_fetch_add(&s->n_answers, n);
    }
    return NULL;
}

static gsize resident_bytes(void)
{
    unsigned long pages = 0, all = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return (gsize)pages * (gsize)sysconf(_SC_PAGESIZE);
}

static gboolean prepare(Shared *s, const char *path, guint n_calls, GError **error)
{
    LeukoClassifierOptions o = leuko_classifier_options_default();
    o.precision = LEUKO_FP32;
    o.n_calls = n_calls;
    o.n_threads = 1; /* each call; the calls run beside each other */
    s->session = leuko_session_open(path, &o, error);
    if (!s->session)
        return FALSE;
    const LeukoModel *m = leuko_session_model(s->session);
    guint side = m->spec.side_px;
    s->floats = (gsize)3 * side * side;
    s->n_classes = m->spec.n_classes;
    g_assert(s->n_classes <= 1024);
    s->x_nchw = g_new(float, IMAGES * s->floats);
    s->want = g_new(double, IMAGES * s->n_classes);
    for (guint k = 0; k < IMAGES; k++)
        fill_image(s->x_nchw + k * s->floats, side, k);
    if (!leuko_session_classify(s->session, s->x_nchw, IMAGES, s->want, error))
        return FALSE;
    for (guint k = 1; k < IMAGES; k++) /* else a mix-up would not be seen */
        g_assert(memcmp(s->want, s->want + (gsize)k * s->n_classes,
                        s->n_classes * sizeof *s->want) != 0);
    return TRUE;
}

/* TRUE if the memory stayed flat. */
static gboolean watch(Shared *s, guint seconds)
{
    gsize first = 0, most = 0, first_malloc = 0, most_malloc = 0;
    for (guint t = 1; t <= seconds && !atomic_load(&s->n_different); t++) {
        sleep(1);
        gsize now = resident_bytes(), now_malloc = mallinfo2().uordblks + mallinfo2().hblkhd;
        if (t <= MAX(seconds / 10, 2)) {
            first = most = now;
            first_malloc = most_malloc = now_malloc;
        }
        most = MAX(most, now);
        most_malloc = MAX(most_malloc, now_malloc);
        if (t % 10 == 0 || t == seconds)
            printf("%4u s, %8lu answers, %u different, %.1f MB resident, %.1f MB of malloc\n", t,
                   atomic_load(&s->n_answers), atomic_load(&s->n_different), (double)now / 1e6,
                   (double)now_malloc / 1e6);
        fflush(stdout);
    }
    printf("from the warm state on: resident +%.2f MB, malloc +%.3f MB\n",
           (double)(most - first) / 1e6, (double)(most_malloc - first_malloc) / 1e6);
    return most - first <= MAX_GROWTH_BYTES &&
           most_malloc - first_malloc <= MAX_MALLOC_GROWTH_BYTES;
}

int main(int argc, char **argv)
{
    static Shared s;
    static Worker workers[MAX_THREADS];
    g_autoptr(GError) error = NULL;
    guint seconds = argc > 2 ? (guint)atoi(argv[2]) : 0, n = argc > 3 ? (guint)atoi(argv[3]) : 8;
    guint n_calls = argc > 4 ? (guint)atoi(argv[4]) : n;
    if (argc < 3 || seconds < 1 || n < 1 || n > MAX_THREADS)
        return 2;
    if (!prepare(&s, argv[1], n_calls, &error)) {
        fprintf(stderr, "soak-session: %s\n", error->message);
        return 1;
    }
    printf("%u threads, %u calls at a time of %s, %.1f MB of weights and activations\n", n, n_calls,
           argv[1], (double)leuko_session_memory_bytes(s.session) / 1e6);
    for (guint i = 0; i < n; i++) {
        workers[i] = (Worker){.shared = &s, .seed = 50 + i};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    gboolean flat = watch(&s, seconds);
    atomic_store(&s.stop, 1);
    for (guint i = 0; i < n; i++)
        pthread_join(workers[i].thread, NULL);
    gboolean same = atomic_load(&s.n_different) == 0 && atomic_load(&s.n_answers) > 0;
    printf("%s, %s\n", same ? "every answer the same" : "ANSWERS DIFFER",
           flat ? "memory flat" : "MEMORY GREW");
    leuko_session_free(s.session);
    g_free(s.x_nchw);
    g_free(s.want);
    return same && flat ? 0 : 1;
}
