/* cli/option-rules.h: which options the user gave, which of them have no effect, and words that an
 * option accepts. All wrong usage is exit status 2 and one line.
 */
#pragma once
#include <glib.h>

/* Remember which of `entries` argv has; cli_parse() calls it before GOption changes argv. */
void cli_record_given(const GOptionEntry *entries, int argc, char **argv);

/* TRUE if the command line has the option --NAME, even with its default value. */
gboolean cli_is_given(const char *name);

/* Words of options that several commands have, NULL-terminated. */
extern const char *const cli_splits[];           /* train, validation, test */
extern const char *const cli_float_precisions[]; /* fp32, bf16 */

enum { CLI_MAX_EXCLUDED = 8 };

/* Options without effect in a case. */
typedef struct {
    gboolean holds;                      /* the case is there */
    const char *with;                    /* "with --tune head: the head has no epochs" */
    const char *names[CLI_MAX_EXCLUDED]; /* without dashes, filled from the front */
} CliExclusion;

/* Wrong usage "--NAME: does not apply WITH" for the first option that is given in such a case. */
gboolean cli_exclude(const CliExclusion *cases, gsize n, GError **error);

/* Wrong usage "--NAME VALUE: must be A, B or C; did you mean B?" unless `value` is NULL or one of
 * the NULL-terminated words. */
gboolean cli_one_of(const char *name, const char *value, const char *const *words, GError **error);
