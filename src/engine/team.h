/* engine/team.h: threads that wait for work, and do a piece of it together when called.
 *
 * A plan's lanes need threads that stay: each has OpenMP's settings, and its pool of threads, for
 * itself. pthreads and not GThreadPool: the thread sanitizer does not see inside GLib. Threads: one
 * call of leuko_team_run() at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoTeam LeukoTeam;

/* member: 0 (the caller) to n_members - 1 */
typedef void (*LeukoTeamFunc)(guint member, gpointer data);

/* n_members - 1 threads, asleep, each with n_threads of OpenMP for what it runs. n_members >= 1.
 * Errors: LEUKO_ERROR_MEMORY (a thread could not be started; none is left). */
LeukoTeam *leuko_team_new(guint n_members, guint n_threads, GError **error);
/* func(0 .. n - 1, data), the first on the caller's thread; back when all are. 1 <= n <= n_members.
 */
void leuko_team_run(LeukoTeam *team, guint n, LeukoTeamFunc func, gpointer data);
void leuko_team_free(LeukoTeam *team); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTeam, leuko_team_free)
