/* compile/advice.h: which precision is the fastest on this processor. */
#pragma once
#include "leuko/compile.h"

/* Fill report->speeds from the cache of measured speeds, or measure, and then advice and slower.
 * *note: as leuko_speed_ratio() sets it. Cost: that of leuko_speed_ratio(), for each precision. */
void leuko_compile_advise(LeukoCompileReport *report, gchar **note);
/* Set advice and slower for the speeds. */
void leuko_compile_choose_advice(LeukoCompileReport *report);
