/* cli/watch.h: images as they arrive in a folder. */
#pragma once
#include "cli/cli.h"

typedef gboolean (*CliArrivalFunc)(const char *path, gpointer user_data, GError **error);

/* Call func for every file with an image's name that is closed after writing in `dir`, or moved
 * into it (Linux: inotify); hidden files and folders below are passed over. `ready` is called once
 * nothing can be missed any more. Returns TRUE when cli_cancellable() was canceled, FALSE when func
 * said so or the folder cannot be watched. Errors: LEUKO_ERROR_IO, among them that the folder is
 * gone, and that more arrived at once than the system remembers. */
gboolean cli_watch_folder(const char *dir, void (*ready)(const char *dir), CliArrivalFunc func,
                          gpointer user_data, GError **error);
