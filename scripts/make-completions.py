#!/usr/bin/env python3
"""Write the completion files of bash, zsh and fish from the program's help.

usage: make-completions.py LEUKO BASH_FILE ZSH_FILE FISH_FILE
"""
import re
import sys

import helptext

MADE = "# Made by make-completions.py from the program's help."


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def names(o):
    return (['-' + o.short] if o.short else []) + (['--' + o.long] if o.long else [])


# ---- bash

BASH_HEAD = '''%s
_leuko()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} i
    local options='' folders='' files='' others='' words='' verbs='' IFS=$' \\t\\n'
    COMPREPLY=()
    # bash splits --option=value into three words
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)) || [[ ${COMP_WORDS[1]} == help && $COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W %s -- "$current"))
        return
    fi
    case ${COMP_WORDS[1]} in
'''
BASH_TAIL = '''    *) return ;;
    esac
    for ((i = 2; i < COMP_CWORD; i++)); do # after -- all words are names
        [[ ${COMP_WORDS[i]} == -- ]] && options='' previous=--
    done
    if [[ " $words" == *" $previous:"* ]]; then
        words=${words##*" $previous:"}
        COMPREPLY=($(compgen -W "${words%%;*}" -- "$current"))
        [[ " $files $folders " == *" $previous "* ]] || return
    fi
    if [[ " $others " == *" $previous "* ]]; then
        return
    elif [[ $current == -* && -n $options ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
        return
    elif [[ -n $verbs && $COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$current"))
        return
    fi
    local kind=-f
    [[ " $folders " == *" $previous "* ]] && kind=-d
    IFS=$'\\n'
    COMPREPLY+=($(compgen $kind -- "$current"))
    compopt -o filenames 2>/dev/null
} && complete -F _leuko leuko
'''


def bash(p):
    out = [BASH_HEAD % (MADE, quote(' '.join([c.name for c in p.commands] + ['help', '--help', '--version'])))]
    for c in p.commands:
        by_kind = {k: [n for o in c.options if helptext.kind(o) == k for n in names(o)] for k in ('folder', 'file', 'word')}
        words = ''.join('%s:%s;' % (' ' + n, ' '.join(helptext.choices(o)))
                        for o in c.options if helptext.choices(o) for n in names(o))
        out.append('    %s)\n' % c.name)
        for variable, value in (('options', ' '.join(n for o in c.options for n in names(o))),
                                ('folders', ' '.join(by_kind['folder'])), ('files', ' '.join(by_kind['file'])),
                                ('others', ' '.join(by_kind['word'])), ('words', words),
                                ('verbs', ' '.join(helptext.verbs(c)))):
            if value:
                out.append('        %s=%s\n' % (variable, quote(value)))
        out.append('        ;;\n')
    return ''.join(out) + BASH_TAIL


# ---- zsh

ZSH_HEAD = '''#compdef leuko
%s
_leuko()
{
    local context state line
    typeset -A opt_args
    _arguments -C '(- *)--version[Show the version and exit]' '(- *)--help[List the commands and exit]' \\
        '1:command:->commands' '*::argument:->arguments'
    case $state in
    commands)
        local -a commands=(
%s
        )
        _describe command commands
        ;;
    arguments)
        case $words[1] in
        help) _values command %s ;;
'''
ZSH_TAIL = '''        esac
        ;;
    esac
}

_leuko "$@"
'''


def zsh_action(o):
    words, kind = helptext.choices(o), helptext.kind(o)
    if words and kind != 'word':
        return '{_alternative "words:word:(%s)" "files:file:_files%s"}' % (' '.join(words), ' -/' if kind == 'folder' else '')
    return '(%s)' % ' '.join(words) if words else {'folder': '_files -/', 'file': '_files', 'word': ' '}[kind]


def zsh_option(o):
    text = re.sub(r'([\[\]\\])', r'\\\1', o.text)
    value = ':%s:%s' % (o.value.replace(':', r'\:'), zsh_action(o)) if o.value else ''
    every = names(o)
    exclude = '(%s)' % ' '.join(every) if len(every) > 1 else ''
    return [quote('%s%s%s[%s]%s' % (exclude, n, ('=' if n.startswith('--') else '+') if o.value else '', text, value))
            for n in every]


def zsh(p):
    listed = '\n'.join('            %s' % quote('%s:%s' % (c.name, c.summary.replace(':', r'\:'))) for c in p.commands)
    out = [ZSH_HEAD % (MADE, listed, ' '.join(c.name for c in p.commands))]
    for c in p.commands:
        verbs = helptext.verbs(c)
        rest = [quote('1:action:(%s)' % ' '.join(verbs))] if verbs else []
        parts = [s for o in c.options for s in zsh_option(o)] + rest + [quote('*:file:_files')]
        out.append('        %s)\n            _arguments -S %s\n            ;;\n' % (c.name, ' \\\n                '.join(parts)))
    return ''.join(out) + ZSH_TAIL


# ---- fish

FISH_HEAD = '''%s
function __leuko_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end
function __leuko_first
    test (count (commandline -opc)) -eq $argv[1]
end
complete -c leuko -n '__leuko_first 1' -f -l help -d 'List the commands and exit'
complete -c leuko -n '__leuko_first 1' -f -l version -d 'Show the version and exit'
'''


def fish_quote(text):
    return "'" + text.replace('\\', '\\\\').replace("'", "\\'") + "'"


def fish_value(o):
    words, kind = ' '.join(helptext.choices(o)), helptext.kind(o)
    if not kind:
        return ' -f'
    if kind == 'folder':
        return ' -x -a %s' % fish_quote((words + ' (__fish_complete_directories)').strip())
    return (' -r -F' if kind == 'file' else ' -x') + (' -a %s' % fish_quote(words) if words else '')


def fish(p):
    out = [FISH_HEAD % MADE]
    for c in p.commands:
        out.append('complete -c leuko -n \'__leuko_first 1\' -f -a %s -d %s\n' % (c.name, fish_quote(c.summary)))
        out.append('complete -c leuko -n \'__leuko_command help; and __leuko_first 2\' -f -a %s\n' % c.name)
        if helptext.verbs(c):
            out.append('complete -c leuko -n \'__leuko_command %s; and __leuko_first 2\' -f -a %s\n' %
                       (c.name, fish_quote(' '.join(helptext.verbs(c)))))
        for o in c.options:
            out.append('complete -c leuko -n \'__leuko_command %s\'%s%s%s -d %s\n' %
                       (c.name, ' -s ' + o.short if o.short else '', ' -l ' + o.long if o.long else '', fish_value(o),
                        fish_quote(o.text)))
    return ''.join(out)


def main():
    leuko, *paths = sys.argv[1:]
    p = helptext.program(leuko)
    for path, make in zip(paths, (bash, zsh, fish)):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(make(p))


main()
