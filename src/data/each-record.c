#include "data/each-record.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/threads.h"

typedef struct {
    const GArray *records; /* of guint */
    const char *phase;
    LeukoRecordFunc func;
    gpointer data;
    LeukoReporter reporter;
    GCancellable *cancellable;

    GMutex lock; /* guards the fields below and `reporter` */
    guint next, done;
    GError *error; /* of the first failure */
} Job;

static gpointer work(gpointer data)
{
    Job *job = data;
    g_mutex_lock(&job->lock);
    while (!job->error && job->next < job->records->len &&
           !leuko_is_cancelled(job->cancellable, &job->error)) {
        guint record = g_array_index(job->records, guint, job->next++);
        g_autoptr(GError) error = NULL;
        g_mutex_unlock(&job->lock);
        gboolean ok = job->func(job->data, record, &error);
        g_mutex_lock(&job->lock);
        if (!ok && !job->error)
            job->error = g_steal_pointer(&error);
        leuko_report(job->reporter, job->phase, ++job->done, job->records->len, "images", NULL);
    }
    g_mutex_unlock(&job->lock);
    return NULL;
}

gboolean leuko_each_record(const GArray *records, guint n_threads, const char *phase,
                           LeukoRecordFunc func, gpointer data, LeukoReporter reporter,
                           GCancellable *cancellable, GError **error)
{
    Job job = {.records = records,
               .phase = phase,
               .func = func,
               .data = data,
               .reporter = reporter,
               .cancellable = cancellable};
    guint n_workers = MIN(records->len, n_threads ? n_threads : g_get_num_processors());
    g_mutex_init(&job.lock);
    leuko_threads_run(n_workers, phase, work, &job);
    g_mutex_clear(&job.lock);
    if (job.error)
        g_propagate_error(error, job.error);
    return job.error == NULL;
}
