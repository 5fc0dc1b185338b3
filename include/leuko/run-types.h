/* leuko/run-types.h: options of a run of all stages (leuko/run.h).
 *
 * All strings are borrowed for the call.
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/train-types.h"

G_BEGIN_DECLS

#define LEUKO_RUN_MIN_IMAGES 10 /* readable originals of a class */
#define LEUKO_RUN_MIN_GROUPS 3  /* of a class, where groups are known */

/* Start from leuko_run_options_default(); later versions may add members. */
typedef struct {
    LeukoFolderOptions folder; /* how to read the folder */
    const char *positive;      /* name of the positive class; NULL: by the names */
    LeukoStartOptions start;   /* weights, and the seed of everything */
    guint n_threads;           /* >= 1 */
} LeukoRunOptions;

G_END_DECLS
