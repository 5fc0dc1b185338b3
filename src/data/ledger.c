#include "data/ledger.h"
#include "base/io-error.h"
#include "base/journal.h"
#include "base/json.h"
#include "leuko/error.h"
#include <string.h>

/* Count one line. models: the digests so far, owned. */
static gboolean count_entry(const char *line, gsize n, const char *name, GHashTable *models,
                            LeukoLedgerUse *use, GError **error)
{
    g_autoptr(json_t) entry = leuko_json_parse(line, n, name, error);
    const char *model = json_string_value(json_object_get(entry, "model"));
    if (entry && !model)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: names no model", name);
    if (!model)
        return FALSE;
    g_hash_table_add(models, g_strdup(model));
    use->n_openings++;
    return TRUE;
}

/* How often the test split was opened so far. */
static gboolean read_use(const char *file, LeukoLedgerUse *use, GError **error)
{
    g_autofree gchar *text = NULL;
    if (!leuko_read_file(file, &text, NULL, error))
        return FALSE;
    g_autoptr(GHashTable) models = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint number = 1;
    for (const char *line = text; *line; number++) {
        gsize n = strcspn(line, "\n");
        g_autofree gchar *name = n > 0 ? g_strdup_printf("%s: line %u", file, number) : NULL;
        if (n > 0 && !count_entry(line, n, name, models, use, error))
            return FALSE;
        line += n + (line[n] == '\n');
    }
    use->n_models = g_hash_table_size(models);
    return TRUE;
}

static gboolean append(LeukoJournal *journal, const char *const *models, const char *command,
                       GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree gchar *when = g_date_time_format_iso8601(now);
    g_autoptr(GString) lines = g_string_new(NULL);
    for (guint i = 0; models[i]; i++) {
        g_autoptr(json_t) entry =
            json_pack("{s:s, s:s, s:s, s:o}", "opened", when, "split", "test", "model", models[i],
                      "command", leuko_json_text(command));
        g_autofree gchar *text = leuko_json_to_line(entry);
        g_string_append_printf(lines, "%s\n", text);
    }
    return leuko_journal_append(journal, lines->str, lines->len, error) &&
           leuko_journal_sync(journal, error);
}

static gboolean fail_write(GError **error)
{
    g_prefix_error(error, "the test split was not opened because its ledger cannot be written: ");
    return FALSE;
}

gboolean leuko_ledger_record(const char *path, const char *const *models, const char *command,
                             LeukoLedgerUse *use, GError **error)
{
    *use = (LeukoLedgerUse){0};
    g_autofree gchar *file = g_build_filename(path, "ledger.jsonl", NULL);
    g_autoptr(LeukoJournal) journal = leuko_journal_open(file, LEUKO_JOURNAL_CONTINUE, error);
    if (!journal || !leuko_journal_lock(journal, error))
        return fail_write(error);
    if (!read_use(file, use, error))
        return FALSE;
    return append(journal, models, command, error) || fail_write(error);
}
