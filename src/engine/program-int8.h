/* engine/program-int8.h: builds the program of a quantized network. */
#pragma once
#include "engine/program.h"
#include "engine/quantize.h"

/* Build an int8 program. A state's kept layers are float32: 8-bit values times their scale.
 * quantized  is not needed after the call
 * params     parameters of the head; may be NULL without classes
 * options    precision must be LEUKO_INT8
 * Errors: those of leuko_program_new(). On a processor without VNNI also LEUKO_ERROR_UNSUPPORTED
 * (the network is quantized for VNNI) and LEUKO_ERROR_DATA (two adjacent weights sum to more than
 * 128; the file is damaged). */
LeukoProgram *leuko_program_new_quantized(const LeukoNet *net, const LeukoQuantized *quantized,
                                          const LeukoParams *params,
                                          const LeukoProgramOptions *options, GError **error);
