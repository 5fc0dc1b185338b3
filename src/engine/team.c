#include "engine/team.h"
#include "engine/dnnl.h"
#include "leuko/error.h"
#include <pthread.h>

typedef struct {
    LeukoTeam *team;
    guint number;
    pthread_t thread;
} Member;

struct LeukoTeam {
    guint n_started, n_threads;
    Member *members; /* (n_members): the first is the caller */
    pthread_mutex_t lock;
    pthread_cond_t called, finished;
    guint64 call; /* counts leuko_team_run(); under the lock, as what follows */
    guint n_called, n_working;
    gboolean ends;
    LeukoTeamFunc func;
    gpointer data;
};

static gpointer wait_for_calls(gpointer data)
{
    Member *m = data;
    LeukoTeam *t = m->team;
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

LeukoTeam *leuko_team_new(guint n_members, guint n_threads, GError **error)
{
    g_assert(n_members >= 1);
    g_autoptr(LeukoTeam) t = g_new0(LeukoTeam, 1);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->called, NULL);
    pthread_cond_init(&t->finished, NULL);
    t->n_threads = n_threads;
    t->members = g_new0(Member, n_members);
    for (guint i = 1; i < n_members; i++) {
        t->members[i] = (Member){.team = t, .number = i};
        if (pthread_create(&t->members[i].thread, NULL, wait_for_calls, &t->members[i]) != 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                        "thread %u of %u could not be started", i + 1, n_members);
            return NULL;
        }
        t->n_started++;
    }
    return g_steal_pointer(&t);
}

void leuko_team_run(LeukoTeam *t, guint n, LeukoTeamFunc func, gpointer data)
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

void leuko_team_free(LeukoTeam *t)
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
