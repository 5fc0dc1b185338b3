#!/usr/bin/env python3
"""Install the man pages that make-man.py wrote. Meson cannot list them: their number depends on the commands.

usage: install-man.py BUILD_FOLDER MAN_FOLDER   (Meson sets MESON_INSTALL_DESTDIR_PREFIX)
"""
import glob
import os
import shutil
import sys

built, man = sys.argv[1:]
to = os.path.join(os.environ['MESON_INSTALL_DESTDIR_PREFIX'], man, 'man1')
os.makedirs(to, exist_ok=True)
for page in sorted(glob.glob(os.path.join(built, 'leuko*.1'))):
    shutil.copyfile(page, os.path.join(to, os.path.basename(page)))
    os.chmod(os.path.join(to, os.path.basename(page)), 0o644)
    if not os.environ.get('MESON_INSTALL_QUIET'):
        print('Installing %s to %s' % (page, to))
