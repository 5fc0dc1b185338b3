/* base/outputs.h: the files that a job writes must not destroy the files that it reads.
 *
 * Two paths are the same file if they have the same inode (also through links), or the same name in
 * the same folder. A path is inside a folder if it or the file that it links to is below it, or is
 * the folder itself.
 */
#pragma once
#include <glib.h>

/* Check all outputs of a job before its work begins. An output must not be
 *   1. an input, or a file that belongs to it: the description FILE.json of a graph, or the
 *      description, index and data of a checkpoint
 *   2. inside a folder that is an input
 *   3. another output
 *   4. a device, a pipe, a socket or a link into /proc, such as /dev/stdout: the new file would
 *      take its name
 * outputs, inputs  NULL-terminated. "-" is ignored; a path does not need to exist.
 * Errors: LEUKO_ERROR_ARGUMENT. */
gboolean leuko_outputs_check(const char *const *outputs, const char *const *inputs, GError **error);

/* Check that a file can take the name `path`: nothing has it, or a regular file, also through
 * links. Rule 4 of above, and no folder. Errors: LEUKO_ERROR_ARGUMENT. */
gboolean leuko_output_check_file(const char *path, GError **error);

/* leuko_outputs_check() for one output and one input. */
gboolean leuko_output_check(const char *output, const char *input, GError **error);
