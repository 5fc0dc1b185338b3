/* leuko/precision.h: the numbers that a network is stored and run in. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef enum { LEUKO_FP32, LEUKO_BF16, LEUKO_INT8 } LeukoPrecision;

const char *leuko_precision_name(LeukoPrecision precision); /* "fp32", "bf16", "int8" */
/* *out of such a name. Errors: LEUKO_ERROR_ARGUMENT: another text. */
gboolean leuko_precision_parse(const char *text, LeukoPrecision *out, GError **error);

G_END_DECLS
