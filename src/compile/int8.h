/* compile/int8.h: compiles a model to 8 bits and keeps blocks in bf16 until the gate holds. */
#pragma once
#include "compile/context.h"

G_BEGIN_DECLS

/* Opens the gate of `c`, calibrates, quantizes and measures; fills the report, also if the gate
 * fails.
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_DATA, LEUKO_ERROR_UNSUPPORTED, LEUKO_ERROR_GATE as for
 * leuko_compile_run(). */
LeukoGraph *leuko_int8_compile(LeukoCompileContext *c, GError **error);

G_END_DECLS
