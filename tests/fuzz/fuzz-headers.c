/* Any bytes are described by a kind and the contents of the header, each text one line of valid
 * UTF-8; or an error of our domain whose message is one line is reported. */
#include "formats/headers.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TAIL = 48 };
    LeukoFileKind sniffed =
        leuko_sniff_bytes(data, size, size >= TAIL ? data + size - TAIL : NULL, size);
    g_assert_nonnull(leuko_file_kind_text(sniffed));
    for (LeukoFileKind kind = LEUKO_FILE_EMPTY; kind <= LEUKO_FILE_UNKNOWN; kind++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) told = leuko_headers_json(kind, data, size, "fuzz", &error);
        const char *key;
        json_t *text;
        if (!told)
            fuzz_check_error(error);
        json_object_foreach(told, key, text)
        {
            g_assert_true(json_is_string(text) &&
                          g_utf8_validate(json_string_value(text), -1, NULL));
            g_assert_null(strchr(json_string_value(text), '\n'));
        }
    }
    return 0;
}
