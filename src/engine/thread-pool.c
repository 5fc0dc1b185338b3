#include "engine/thread-pool.h"
#include "engine/dnnl.h"
#include "leuko/error.h"
#include <pthread.h>

typedef struct {
    LeukoThreadPool *pool;
    guint number;
    pthread_t thread;
} Member;

struct LeukoThreadPool {
    guint n_started, n_threads;
    Member *members; /* (n_members): the first is the caller */
    pthread_mutex_t lock;
    pthread_cond_t called, finished;
    /* the lock guards the fields below */
    guint64 call; /* number of calls of leuko_thread_pool_run() with n > 1 */
    guint n_called, n_working;
    gboolean ends;
    LeukoThreadPoolFunc func;
    gpointer data;
};

static gpointer wait_for_calls(gpointer data)
{
    Member *m = data;
    LeukoThreadPool *t = m->pool;
    guint64 seen = 0;
    leuko_dnnl_set_threads((int)t->n_threads);
    pthread_mutex_lock(&t->lock);
    while (TRUE) {
        while (!t->ends && t->call == seen)
            pthread_cond_wait(&t->called, &t->lock);
        if (t->ends)
            break;
        seen = t->call;
        if (m->number >= t->n_called)
            continue;
        pthread_mutex_unlock(&t->lock);
        t->func(m->number, t->data);
        pthread_mutex_lock(&t->lock);
        if (--t->n_working == 0)
            pthread_cond_signal(&t->finished);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

LeukoThreadPool *leuko_thread_pool_new(guint n_members, guint n_threads, GError **error)
{
    g_assert(n_members >= 1);
    g_autoptr(LeukoThreadPool) t = g_new0(LeukoThreadPool, 1);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->called, NULL);
    pthread_cond_init(&t->finished, NULL);
    t->n_threads = n_threads;
    t->members = g_new0(Member, n_members);
    for (guint i = 1; i < n_members; i++) {
        t->members[i] = (Member){.pool = t, .number = i};
        if (pthread_create(&t->members[i].thread, NULL, wait_for_calls, &t->members[i]) != 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "cannot start thread %u of %u",
                        i + 1, n_members);
            return NULL;
        }
        t->n_started++;
    }
    return g_steal_pointer(&t);
}

void leuko_thread_pool_run(LeukoThreadPool *t, guint n, LeukoThreadPoolFunc func, gpointer data)
{
    g_assert(n >= 1 && n <= t->n_started + 1);
    if (n > 1) {
        pthread_mutex_lock(&t->lock);
        t->func = func;
        t->data = data;
        t->n_called = n;
        t->n_working = n - 1;
        t->call++;
        pthread_cond_broadcast(&t->called);
        pthread_mutex_unlock(&t->lock);
    }
    func(0, data);
    if (n > 1) {
        pthread_mutex_lock(&t->lock);
        while (t->n_working > 0)
            pthread_cond_wait(&t->finished, &t->lock);
        pthread_mutex_unlock(&t->lock);
    }
}

void leuko_thread_pool_free(LeukoThreadPool *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->ends = TRUE;
    pthread_cond_broadcast(&t->called);
    pthread_mutex_unlock(&t->lock);
    for (guint i = 1; i <= t->n_started; i++)
        pthread_join(t->members[i].thread, NULL);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->called);
    pthread_cond_destroy(&t->finished);
    g_free(t->members);
    g_free(t);
}
