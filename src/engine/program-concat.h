/* engine/program-concat.h: a concat step that copies whole roots without a oneDNN primitive. */
#pragma once
#include "engine/program-parts.h"

/* Add the lowered concat step number `lowered`.
 * sources  (n_sources): roots to copy; NULL: the roots of the lowered step. All roots must have the
 *          same layout and type. */
void leuko_program_add_concat(LeukoProgram *program, guint lowered, const guint *sources);
/* Run the concat for one image.
 * from  (n_sources): memory of the source roots
 * to    memory of the target root */
void leuko_program_run_concat(const LeukoProgram *program, const LeukoStep *step,
                              const guint8 *const *from, guint8 *to);
