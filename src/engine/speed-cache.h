/* engine/speed-cache.h: the speeds of engine/speed-probe.h, measured once for a kind of processor.
 *
 * The cache is one small file for each processor, speed-HASH.json in leuko_cache_folder("speed"),
 * a JSON object:
 *   1. "format": 1
 *   2. "processor", "isa", "onednn", "probe": the model of the processor, the instruction set in
 *      use (ONEDNN_MAX_CPU_ISA limits it), the version of oneDNN, and the version of the probe;
 *      HASH is made from these four
 *   3. "speed": the measured ratios by name, such as {"bf16": 0.46}
 *   4. "crc32c": of the text of "speed" as leuko_json_to_line() writes it
 * The file is written whole or not at all. A file that is damaged or of another processor is
 * replaced. If it cannot be written, each process measures anew, with a warning.
 * Threads: any thread; several processes may use one folder.
 */
#pragma once
#include "engine/speed-probe.h"

/* The speed by speed in fp32, from the cache or else measured; a steady measurement is stored. 0:
 * this processor cannot run it.
 * note  set to a line for the user if the file was damaged, of another processor, or cannot be
 *       written, else to NULL; g_free
 * Cost: below 1 ms from the cache, else that of leuko_speed_measure(). */
double leuko_speed_ratio(LeukoSpeedKind kind, gchar **note);
