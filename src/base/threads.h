/* base/threads.h: threads for a job: as many as the system can start.
 *
 * GLib's own functions end the process if a thread cannot be started (g_thread_new), or leave the
 * tasks waiting for ever (g_thread_pool_push of a pool that is not exclusive). Under a limit of the
 * address space or of processes, a job runs on fewer threads. */
#pragma once
#include <glib.h>

/* Start up to n threads func(data). Returns how many run: threads[0] and on; those that could not
 * be started are left out. */
guint leuko_threads_start(GThread **threads, guint n, const char *name, GThreadFunc func,
                          gpointer data);
/* Run func(data) in n threads, of which the calling one is one, and return when all have. For jobs
 * whose threads take the next task until none is left. */
void leuko_threads_run(guint n, const char *name, GThreadFunc func, gpointer data);
/* An exclusive pool of 1 to n threads. Errors: LEUKO_ERROR_MEMORY, not one could be started. */
GThreadPool *leuko_threads_pool(GFunc func, gpointer user_data, guint n, GError **error);
