/* pipeline/run-state.h: what a run has finished, in OUT/run.json.
 *
 * The file is a JSON object:
 *   1. "format" 1; "leuko": the version that wrote it
 *   2. "commands": list of {"stage": "sort", "command": "leuko sort ...", "finished": true}
 *   3. "notes": list of texts
 *   4. "data": the digest of pipeline/run-data.h; absent in files of earlier versions
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

enum {
    LEUKO_RUN_CHECK,
    LEUKO_RUN_SORT,
    LEUKO_RUN_TRAIN,
    LEUKO_RUN_CROSSVAL,
    LEUKO_RUN_COMPILE,
    LEUKO_N_RUN_STAGES
};

typedef struct {
    gchar *path; /* of the file */
    gchar *data; /* digest */
    gchar *commands[LEUKO_N_RUN_STAGES];
    gboolean finished[LEUKO_N_RUN_STAGES];
    GPtrArray *notes; /* of gchar * */
} LeukoRunState;

/* "check", "sort", "train", "crossval", "compile"; static. */
const char *leuko_run_stage_name(guint stage);

/* The state of a run in the folder `out`, which exists: as its file says, or nothing is finished.
 * commands  (LEUKO_N_RUN_STAGES)
 * data      digest of the data
 * Errors: LEUKO_ERROR_ARGUMENT: the folder holds other files, or finished other commands;
 * LEUKO_ERROR_DATA: stages were finished with other data; LEUKO_ERROR_FORMAT, LEUKO_ERROR_IO. */
LeukoRunState *leuko_run_state_open(const char *out, gchar *const *commands, const char *data,
                                    GError **error);
void leuko_run_state_free(LeukoRunState *state); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunState, leuko_run_state_free)

/* Write the file. Errors: LEUKO_ERROR_IO. */
gboolean leuko_run_state_save(const LeukoRunState *state, GError **error);

G_END_DECLS
