#include "base/threads.h"
#include "leuko/error.h"

guint leuko_threads_start(GThread **threads, guint n, const char *name, GThreadFunc func,
                          gpointer data)
{
    for (guint i = 0; i < n; i++)
        if (!(threads[i] = g_thread_try_new(name, func, data, NULL)))
            return i;
    return n;
}

void leuko_threads_run(guint n, const char *name, GThreadFunc func, gpointer data)
{
    g_autofree GThread **threads = g_new0(GThread *, n + 1);
    guint n_started = n > 1 ? leuko_threads_start(threads, n - 1, name, func, data) : 0;
    if (n > 0)
        func(data);
    for (guint i = 0; i < n_started; i++)
        g_thread_join(threads[i]);
}

GThreadPool *leuko_threads_pool(GFunc func, gpointer user_data, guint n, GError **error)
{
    g_autoptr(GError) why = NULL;
    /* a pool is returned also if only a part of its threads could be started */
    GThreadPool *pool = g_thread_pool_new(func, user_data, (gint)MAX(n, 1), TRUE, &why);
    if (g_thread_pool_get_num_threads(pool) > 0)
        return pool;
    g_thread_pool_free(pool, TRUE, FALSE);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "cannot start a thread: %s",
                why ? why->message : "unknown reason");
    return NULL;
}
