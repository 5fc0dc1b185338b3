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
    local options='' folders='' files='' others='' words='' verbs='' kinds='' IFS=$' \\t\\n'
    local arguments=() n=0 kind suffix
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
    kind=any
    if [[ " $folders " == *" $previous "* ]]; then
        kind=folder
    elif [[ " $files " == *" $previous "* ]]; then
        [[ " $kinds" == *" $previous:"* ]] && kind=${kinds##*"$previous:"} kind=${kind%%;*}
    elif ((${#arguments[@]} > 0)); then # the number of the argument
        for ((i = 2; i < COMP_CWORD; i++)); do
            if [[ ${COMP_WORDS[i]} == = || " $folders $files $others " == *" ${COMP_WORDS[i]} "* ]]; then
                [[ ${COMP_WORDS[i+1]} == = ]] || ((i++)) # its value
            elif [[ ${COMP_WORDS[i]} != -* ]]; then
                ((n++))
            fi
        done
        ((n < ${#arguments[@]})) || n=$((${#arguments[@]} - 1))
        kind=${arguments[n]}
    fi
    local suffixes=$kind
    case $kind in
    any) suffixes='' ;;
    folder) suffixes=- ;;
    esac
    local found=()
    IFS=$'\\n'
    [[ -n $suffixes ]] && found=($(compgen -d -- "$current")) || found=($(compgen -f -- "$current"))
    IFS=' '
    for suffix in ${suffixes#-}; do
        IFS=$'\\n'
        found+=($(compgen -f -X "!*$suffix" -- "$current"))
    done
    COMPREPLY+=("${found[@]}")
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
                                ('kinds', ''.join(' %s:%s;' % (n, ' '.join(helptext.suffixes(o))) for o in c.options
                                                  if helptext.suffixes(o) for n in names(o))),
                                ('verbs', ' '.join(helptext.verbs(c)))):
            if value:
                out.append('        %s=%s\n' % (variable, quote(value)))
        if helptext.arguments(c):
            out.append('        arguments=(%s)\n' % ' '.join(quote(a if a == 'folder' else ' '.join(a) or 'any')
                                                             for a in helptext.arguments(c)))
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


def zsh_files(suffixes):
    one = suffixes[0] if len(suffixes) == 1 else '(%s)' % '|'.join(suffixes)  # "(.csv)" alone would be a glob qualifier
    return '_files -g "*%s"' % one if suffixes else '_files'


def zsh_argument(number, a):
    return quote('%s:%s:%s' % (number, 'folder' if a == 'folder' else 'file', '_files -/' if a == 'folder' else zsh_files(a)))


def zsh_action(o):
    words, kind = helptext.choices(o), helptext.kind(o)
    if words and kind != 'word':
        return '{_alternative "words:word:(%s)" "files:file:_files%s"}' % (' '.join(words), ' -/' if kind == 'folder' else '')
    return '(%s)' % ' '.join(words) if words else {'folder': '_files -/', 'file': zsh_files(helptext.suffixes(o)), 'word': ' '}[kind]


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
        takes = helptext.arguments(c)
        rest += [zsh_argument(i + 1, a) for i, a in enumerate(takes)]
        parts = [s for o in c.options for s in zsh_option(o)] + rest + [zsh_argument('*', takes[-1] if takes else ())]
        out.append('        %s)\n            _arguments -S %s\n            ;;\n' % (c.name, ' \\\n                '.join(parts)))
    return ''.join(out) + ZSH_TAIL


# ---- fish

FISH_HEAD = '''%s
function __leuko_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end
function __leuko_argument # NUMBER OPTION_WITH_VALUE...
    set -l n 1
    set -l value no
    for word in (commandline -opc)[3..]
        if test $value = yes
            set value no
        else if contains -- $word $argv[2..]
            set value yes
        else if not string match -q -- '-*' $word
            set n (math $n + 1)
        end
    end
    test $n -eq $argv[1] -a $value = no
end
function __leuko_files # SUFFIX...
    for path in (__fish_complete_path (commandline -ct) | string replace -r '\\t.*' '')
        if string match -q '*/' -- $path; or string match -qr -- '('(string join '|' (string escape --style=regex -- $argv))')$' $path
            echo $path
        end
    end
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
    if kind == 'file' and helptext.suffixes(o):
        return ' -x -a %s' % fish_quote((words + ' (__leuko_files %s)' % ' '.join(helptext.suffixes(o))).strip())
    return (' -r -F' if kind == 'file' else ' -x') + (' -a %s' % fish_quote(words) if words else '')


def fish_argument(c, number, a):
    if a == ():
        return ''
    files = '(__fish_complete_directories)' if a == 'folder' else '(__leuko_files %s)' % ' '.join(a)
    valued = ' '.join(n for o in c.options if o.value for n in names(o))
    return 'complete -c leuko -n \'__leuko_command %s; and __leuko_argument %d %s\' -f -a %s\n' % (
        c.name, number, valued, fish_quote(files))


def fish(p):
    out = [FISH_HEAD % MADE]
    for c in p.commands:
        out.append('complete -c leuko -n \'__leuko_first 1\' -f -a %s -d %s\n' % (c.name, fish_quote(c.summary)))
        out.append('complete -c leuko -n \'__leuko_command help; and __leuko_first 2\' -f -a %s\n' % c.name)
        if helptext.verbs(c):
            out.append('complete -c leuko -n \'__leuko_command %s; and __leuko_first 2\' -f -a %s\n' %
                       (c.name, fish_quote(' '.join(helptext.verbs(c)))))
        out += [fish_argument(c, i + 1, a) for i, a in enumerate(helptext.arguments(c))]
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
