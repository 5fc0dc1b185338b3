#include "data/ledger.h"
#include "base/journal.h"
#include "base/json.h"
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
