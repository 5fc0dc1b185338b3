#!/usr/bin/env python3
"""Write a text file as a C string.

usage: embed-text.py IN OUT.c NAME
OUT.c defines `const char NAME[]`. A CSS comment and the spaces at the ends of lines are left out.
"""
import re
import sys

source, out, name = sys.argv[1:]
with open(source, encoding='ascii') as f:
    text = re.sub(r'/\*.*?\*/\s*', '', f.read(), flags=re.S)
lines = [line.strip() for line in text.split('\n') if line.strip()]
with open(out, 'w', encoding='ascii') as f:
    f.write('#include "report/page-style.h"\n\nconst char %s[] =\n' % name)
    for line in lines:
        f.write('    "%s\\n"\n' % line.replace('\\', '\\\\').replace('"', '\\"'))
    f.write('    ;\n')
