#include "base/map.h"
#include "leuko/error.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_regular(const char *path, GError **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path,
                fd >= 0 ? "not a regular file" : g_strerror(e));
    if (fd >= 0)
        close(fd);
    return -1;
}

GMappedFile *leuko_map(const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    int fd = open_regular(path, error);
    if (fd < 0)
        return NULL;
    GMappedFile *map = g_mapped_file_new_from_fd(fd, FALSE, &why);
    close(fd);
    if (!map)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, why->message);
    return map;
}

GBytes *leuko_map_bytes(const char *path, GError **error)
{
    g_autoptr(GMappedFile) map = leuko_map(path, error);
    if (!map)
        return NULL;
    return g_mapped_file_get_length(map) > 0 ? g_mapped_file_get_bytes(map)
                                             : g_bytes_new_static("", 0);
}
