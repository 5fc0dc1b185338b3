#include "data/ledger.h"
#include "base/io-error.h"
#include "base/journal.h"
#include "base/json.h"
#include "leuko/error.h"
#include <string.h>

gboolean leuko_ledger_append(const char *path, const char *model_digest, const char *command,
                             GError **error)
{
    g_autofree gchar *file = g_build_filename(path, "ledger.jsonl", NULL);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree gchar *when = g_date_time_format_iso8601(now);
    g_autoptr(json_t) entry = json_pack("{s:s, s:s, s:s, s:o}", "opened", when, "split", "test",
                                        "model", model_digest, "command", leuko_json_text(command));
    g_autofree gchar *text = leuko_json_to_line(entry), *line = g_strconcat(text, "\n", NULL);
    g_autoptr(LeukoJournal) journal = leuko_journal_open(file, LEUKO_JOURNAL_CONTINUE, error);
    gboolean ok = journal && leuko_journal_append(journal, line, strlen(line), error) &&
                  leuko_journal_sync(journal, error);
    if (!ok)
        g_prefix_error(error,
                       "the test split was not opened because its ledger cannot be written: ");
    return ok;
}

/* Count one line. models: the digests so far, owned. */
static gboolean count_entry(const char *line, const char *name, GHashTable *models,
                            LeukoLedgerUse *use, GError **error)
{
    g_autoptr(json_t) entry = leuko_json_parse(line, strlen(line), name, error);
    const char *model = json_string_value(json_object_get(entry, "model"));
    if (entry && !model)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: names no model", name);
    if (!model)
        return FALSE;
    g_hash_table_add(models, g_strdup(model));
    use->n_openings++;
    return TRUE;
}

gboolean leuko_ledger_read(const char *path, LeukoLedgerUse *use, GError **error)
{
    *use = (LeukoLedgerUse){0};
    g_autofree gchar *file = g_build_filename(path, "ledger.jsonl", NULL), *text = NULL;
    if (!g_file_test(file, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!leuko_read_file(file, &text, NULL, error))
        return FALSE;
    g_autoptr(GHashTable) models = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint64 number = 1;
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        g_autofree gchar *name = g_strdup_printf("%s: line %" G_GUINT64_FORMAT, file, number);
        if (*line && !count_entry(line, name, models, use, error))
            return FALSE;
    }
    use->n_models = g_hash_table_size(models);
    return TRUE;
}
