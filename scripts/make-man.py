#!/usr/bin/env python3
"""Write the man pages leuko.1 and leuko-COMMAND.1 from the program's help.

usage: make-man.py LEUKO FOLDER
"""
import os
import re
import sys
import textwrap

import helptext

EXIT = 'Exit status:'
RESEARCH = 'Research use only, not for diagnosis.'
ENVIRONMENT = [
    ('LEUKO_READ_HDF5', 'Full path of the program that reads Keras .h5 files (default: the installed leuko-read-hdf5).'),
    ('LEUKO_MVNC', 'Library of the Neural Compute Stick for classify --device ncs (default: libmvnc.so.0).'),
    ('LEUKO_CACHE', 'Folder of cached features and measured speeds (default: leuko in the user\'s cache folder).'),
    ('XDG_CACHE_HOME', 'User\'s cache folder (default: ~/.cache).'),
    ('NO_COLOR', 'If set to any value, the output has no colors.'),
    ('SSL_CERT_FILE', 'File of certificates that leuko weights fetch trusts (default: the system\'s).'),
    ('OMP_NUM_THREADS, OMP_WAIT_POLICY, GOMP_SPINCOUNT', 'Read by the OpenMP library.'),
]


def escape(text):
    """Escape the special characters of roff. A minus stays an ASCII minus, so that options can be copied."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"^([.'])", r'\\&\1', text, flags=re.M)


def prose(text):
    """Set `words` in bold."""
    parts = re.split(r'`([^`]+)`', text)
    return ''.join('\\fB%s\\fR' % escape(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def filled(text):
    """Wrap to short lines, as roff prefers them."""
    return [prose(l) for l in rejoin(textwrap.wrap(text, 70, break_long_words=False, break_on_hyphens=False))]


def rejoin(lines):
    """Join lines where a line break falls within `words in bold`."""
    out = []
    for line in lines:
        if out and out[-1].count('`') % 2:
            out[-1] += ' ' + line
        else:
            out.append(line)
    return out


def paragraph(lines):
    if any(l.startswith(' ') for l in lines):  # a table or a list: keep its lines
        return ['.PP', '.nf'] + [prose(l) for l in lines] + ['.fi']
    return ['.PP'] + filled(' '.join(lines))


def exit_status(p):
    """The section EXIT STATUS from the line 'Exit status: 0 done, 1 failed, ...'."""
    lines = [l for _, section in p.sections for l in section if l.startswith(EXIT)]
    out = ['.SH EXIT STATUS'] if lines else []
    for part in ''.join(lines)[len(EXIT):].rstrip('.').split(', '):
        number, _, text = part.strip().partition(' ')
        out += ['.TP', '\\fB%s\\fR' % number, prose(text)]
    return out


def start(page, version, title, summary):
    """The first lines of a page. They have no date, so that builds are reproducible."""
    return ['.\\" Made by make-man.py from the program\'s help.',
            '.TH %s 1 "" "leuko %s" "Leuko"' % (page.upper(), version),
            '.SH NAME', '%s \\- %s' % (escape(page), escape(summary))]


def option_tag(o):
    names = (['-' + o.short] if o.short else []) + (['--' + o.long] if o.long else [])
    tag = ', '.join('\\fB%s\\fR' % escape(n) for n in names)
    return tag + (('=' if o.long else ' ') + '\\fI%s\\fR' % escape(o.value) if o.value else '')


def command_page(p, c):
    name = 'leuko-' + c.name
    out = start(name, p.version, name, c.summary)
    out += ['.SH SYNOPSIS', '\\fBleuko %s\\fR %s' % (escape(c.name), escape(c.usage)), '.SH DESCRIPTION']
    out += [l for lines in c.paragraphs or [[c.summary + '.']] for l in paragraph(lines)]
    for title, lines in c.sections:
        out += ['.SH ' + escape(title.upper())] + paragraph(lines)
    out += ['.SH OPTIONS'] + [l for o in c.options for l in ('.TP', option_tag(o), *(filled(o.text) or ['\\&']))]
    if c.examples:
        out += ['.SH EXAMPLES', '.nf'] + [escape(e) for e in c.examples] + ['.fi']
    return out + exit_status(p) + ['.SH NOTES', escape(RESEARCH), '.SH SEE ALSO', '\\fBleuko\\fR(1)']


def main_page(p):
    out = start('leuko', p.version, 'leuko', p.title.rstrip('.'))
    out += ['.SH SYNOPSIS', '\\fBleuko\\fR \\fICOMMAND\\fR [options]', '.br', '\\fBleuko help\\fR [\\fICOMMAND\\fR]', '.br',
            '\\fBleuko \\-\\-version\\fR', '.SH DESCRIPTION'] + filled('Leuko is a program to ' + p.title)
    for title, lines in sorted(p.sections, key=lambda s: bool(s[0])):
        if title:
            out += ['.SH ' + escape(title.upper())] + paragraph([re.sub('^  ', '', l) for l in lines])
        else:
            out += [x for l in lines if not l.startswith((EXIT, RESEARCH)) for x in paragraph([l])]
    out += ['.SH COMMANDS']
    for c in p.commands:
        out += ['.TP', '\\fBleuko\\-%s\\fR(1)' % escape(c.name), prose(c.summary)]
    out += ['.SH ENVIRONMENT']
    for name, text in ENVIRONMENT:
        out += ['.TP', '\\fB%s\\fR' % escape(name)] + filled(text)
    pages = ',\n'.join('\\fBleuko\\-%s\\fR(1)' % escape(c.name) for c in p.commands)
    return out + exit_status(p) + ['.SH NOTES', escape(RESEARCH), '.SH SEE ALSO', pages]


def main():
    leuko, folder = sys.argv[1:]
    p = helptext.program(leuko)
    pages = {'leuko-%s.1' % c.name: command_page(p, c) for c in p.commands}
    for old in os.listdir(folder):  # pages of removed commands
        if re.fullmatch(r'leuko-\w+\.1', old) and old not in pages:
            os.remove(os.path.join(folder, old))
    pages['leuko.1'] = main_page(p)  # written last: Meson looks at the time of this file
    for name, lines in pages.items():
        lines = [l for i, l in enumerate(lines) if l != '.PP' or not lines[i - 1].startswith('.SH')]
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')


main()
