/* engine/program-int8.h: the program of a quantized network. */
#pragma once
#include "engine/program.h"
#include "engine/quantize.h"

/* Build an int8 program. It is used like any other, except that kept layers are the values that the
 * 8 bits stand for. options->precision must be LEUKO_INT8. `params` gives the head; without classes
 * it may be NULL.
 * Errors: those of leuko_program_new(); on a processor without VNNI also LEUKO_ERROR_UNSUPPORTED
 * (quantized for VNNI) and LEUKO_ERROR_DATA (neighboring weights sum to more than 128, as those of
 * a damaged file may). */
LeukoProgram *leuko_program_new_quantized(const LeukoNet *net, const LeukoQuantized *quantized,
                                          const LeukoParams *params,
                                          const LeukoProgramOptions *options, GError **error);
