#include "data/note-list.h"
#include "base/error.h"

void leuko_note_list_add(GPtrArray *notes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(notes, leuko_one_line(text));
}
