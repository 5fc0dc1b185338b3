#include "engine/thread-pool.h"
#include <omp.h>

enum { MEMBERS = 5 };

typedef struct {
    gint called[MEMBERS]; /* times; atomic */
    int threads[MEMBERS]; /* of OpenMP */
} Seen;

static void see(guint member, gpointer data)
{
    Seen *seen = data;
    g_atomic_int_inc(&seen->called[member]);
    seen->threads[member] = omp_get_max_threads();
}

/* Each of the n that are called works once, the others sleep on; all are done when the call is
 * back; each has the OpenMP threads that were asked for. */
static void test_run(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoThreadPool) team = leuko_thread_pool_new(MEMBERS, 3, &error);
    g_assert_no_error(error);
    for (guint round = 0; round < 300; round++) {
        Seen seen = {{0}, {0}};
        guint n = 1 + round * 7 % MEMBERS;
        leuko_thread_pool_run(team, n, see, &seen);
        for (guint i = 0; i < MEMBERS; i++)
            g_assert_cmpint(seen.called[i], ==, i < n ? 1 : 0);
        for (guint i = 1; i < n; i++)
            g_assert_cmpint(seen.threads[i], ==, 3);
    }
}

/* A team of one is its caller; one that never worked ends too. */
static void test_alone(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoThreadPool) alone = leuko_thread_pool_new(1, 1, &error),
                               idle = leuko_thread_pool_new(3, 1, &error);
    g_assert_no_error(error);
    Seen seen = {{0}, {0}};
    leuko_thread_pool_run(alone, 1, see, &seen);
    g_assert_cmpint(seen.called[0], ==, 1);
    leuko_thread_pool_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/team/run", test_run);
    g_test_add_func("/team/alone", test_alone);
    return g_test_run();
}
