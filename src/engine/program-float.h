/* engine/program-float.h: the steps and weights of an fp32 or bf16 program. */
#pragma once
#include "engine/program-parts.h"

/* Add primitives and reordered weights to a prepared program. The parameters must have passed
 * leuko_params_check(). Changes the number of OpenMP threads of the calling thread.
 * Errors: LEUKO_ERROR_MEMORY, LEUKO_ERROR_UNSUPPORTED. */
gboolean leuko_program_build_float(LeukoProgram *program, const LeukoParams *params,
                                   GError **error);
