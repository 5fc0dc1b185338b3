/* engine/thread-pool.h: threads that wait for work and run one function together.
 *
 * The workers of a state need permanent threads, because each worker has its own OpenMP settings
 * and OpenMP threads. The pool uses pthreads, not GThreadPool, because the thread sanitizer does
 * not understand GLib's locks.
 * Threads: one call of leuko_thread_pool_run() at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoThreadPool LeukoThreadPool;

/* member: 0 (the calling thread) to n_members - 1 */
typedef void (*LeukoThreadPoolFunc)(guint member, gpointer data);

/* Start n_members - 1 threads, which wait. Each sets n_threads OpenMP threads. n_members >= 1.
 * Errors: LEUKO_ERROR_MEMORY: a thread cannot be started; the others are ended. */
LeukoThreadPool *leuko_thread_pool_new(guint n_members, guint n_threads, GError **error);
/* Call func(0, data) to func(n - 1, data) in parallel, the first on the calling thread; return when
 * all have returned. 1 <= n <= n_members. */
void leuko_thread_pool_run(LeukoThreadPool *pool, guint n, LeukoThreadPoolFunc func, gpointer data);
void leuko_thread_pool_free(LeukoThreadPool *pool); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoThreadPool, leuko_thread_pool_free)
