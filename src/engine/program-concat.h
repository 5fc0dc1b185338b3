/* engine/program-concat.h: concat of whole roots by copying: a step without a oneDNN primitive. */
#pragma once
#include "engine/program-parts.h"

/* Add the lowered concat step number `lowered`.
 * sources  (n_sources): roots to copy from, or NULL for the lowered step's own. All roots must have
 *          one layout and one type. */
gboolean leuko_program_add_concat(LeukoProgram *program, guint lowered, const guint *sources,
                                  GError **error);
/* Run it: from (n_sources) and to are the roots' memory, one image each. */
void leuko_program_run_concat(const LeukoProgram *program, const LeukoStep *step,
                              const guint8 *const *from, guint8 *to);
