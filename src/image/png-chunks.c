#include "image/png-chunks.h"
#include "base/bytes.h"
#include "image/icc.h"
#include <string.h>

typedef struct {
    const guint8 *data; /* NULL: the file has no such chunk */
    gsize n_bytes;
} Chunk;

/* A chunk before the pixels: u32 length, type, data, u32 checksum; big-endian. */
static Chunk find_chunk(const ImageFile *file, const char *type)
{
    enum { SIGNATURE = 8, HEAD = 8, CHECKSUM = 4 };
    gsize at = SIGNATURE;
    while (at + HEAD <= file->n_bytes) {
        const guint8 *chunk = file->bytes + at;
        gsize n = leuko_uint_at(chunk, 4, TRUE);
        if (n > file->n_bytes - at - HEAD || memcmp(chunk + 4, "IDAT", 4) == 0)
            break;
        if (memcmp(chunk + 4, type, 4) == 0)
            return (Chunk){chunk + HEAD, n};
        at += HEAD + n + CHECKSUM;
    }
    return (Chunk){NULL, 0};
}

/* A name, 0, the number of the compression (0: zlib), the compressed profile. */
static void note_profile(ImageFile *file, Chunk iccp)
{
    const guint8 *end = memchr(iccp.data, 0, iccp.n_bytes);
    gsize n_head = end ? (gsize)(end - iccp.data) + 2 : iccp.n_bytes;
    gsize n_left = iccp.n_bytes - MIN(n_head, iccp.n_bytes);
    image_icc_note_zlib(file, iccp.data + iccp.n_bytes - n_left, n_left);
}

void image_png_note_chunks(ImageFile *file)
{
    Chunk numbers = find_chunk(file, "cICP"), profile = find_chunk(file, "iCCP");
    Chunk animation = find_chunk(file, "acTL");
    if (profile.data)
        note_profile(file, profile);
    else if (numbers.data && numbers.n_bytes >= 2)
        image_icc_note_numbers(file, numbers.data[0], numbers.data[1]);
    guint64 n_frames = animation.n_bytes >= 4 ? leuko_uint_at(animation.data, 4, TRUE) : 1;
    image_note_frames(file, n_frames);
}
