/* cli/precision-option.h: the option --precision of commands that run or train a model. */
#pragma once
#include "cli/cli.h"
#include "leuko/precision.h"

/* clang-format off */
#define CLI_PRECISION_ENTRY(to) \
    {"precision", 0, 0, G_OPTION_ARG_STRING, &(to), \
     "Precision of a model: auto, fp32 or bf16; auto is bf16 if it is at least 1.15 times as " \
     "fast as fp32 on this processor (default: auto)", "NAME"}
/* clang-format on */

/* *out is unchanged if text is NULL. Wrong usage: another word. */
gboolean cli_precision(const char *text, LeukoPrecision *out, GError **error);
