"""Write the linker map of libleuko: it exports exactly the functions that include/leuko/*.h declare.

usage: make-exports.py OUT HEADER...
"""
import re
import sys

names = set()
for header in sys.argv[2:]:
    text = re.sub(r'/\*.*?\*/', ' ', open(header).read(), flags=re.S)
    text = re.sub(r'^\s*#.*$', ' ', text, flags=re.M)
    names |= set(re.findall(r'\b(leuko_[a-z0-9_]+)\s*\(', text))
    names |= set(re.findall(r'\bextern\b[^;]*\b(leuko_[a-z0-9_]+)\s*[;\[]', text))
assert len(names) > 20, 'the headers declare fewer than 20 functions'
with open(sys.argv[1], 'w') as out:
    out.write('LEUKO_0.1 {\n  global:\n' + ''.join('    %s;\n' % n for n in sorted(names)) + '  local: *;\n};\n')
