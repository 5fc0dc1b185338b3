/* compile/compile.h: options and report of a compilation, as modules inside Leuko see them. */
#pragma once
#include "engine/quantize.h"
#include "leuko/compile.h"
#include <jansson.h>

G_BEGIN_DECLS

/* Read options->range into the options of quantization. Errors: LEUKO_ERROR_ARGUMENT. */
gboolean leuko_compile_read_range(const char *text, LeukoQuantizeOptions *out, GError **error);

LeukoCompileReport *leuko_compile_report_new(const LeukoCompileOptions *options);
json_t *leuko_compile_report_json(const LeukoCompileReport *report); /* new reference */

G_END_DECLS
