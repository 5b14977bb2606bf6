#!/usr/bin/env python3
"""Writes tests/chat/units.jsonl: small templates and what jinja2 makes of them, set up as models' hubs do.

Usage: tests/chat/make_units.py (needs Debian's python3-jinja2). A line: {"template", "expected"} or {"template", "error"};
only the fact of an error counts. `messages`, `tools` and the words are those of CONVERSATION.
"""
import json
import pathlib
import re

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONVERSATION = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": " Grüße, 日本! ", "n": 3, "tags": ["b", "a", "C"]},
        {"role": "assistant", "content": "<b>\"it's\"</b>\n", "tool_calls": [{"name": "f",
                "arguments": {"x": 1.5, "y": None}}]},
    ],
    "bos_token": "<s>",
    "eos_token": "</s>",
}

# What straddle refuses and Python does not: whole numbers of more than 128 bits, complex ones; and addresses.
BEYOND = re.compile(r"\d{39}|\dj\)| at 0x")


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_inner"), [], [], body).set_lineno(line)

    def _inner(self, caller):
        return caller()


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation,
                loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = refuse
    return env


def expressions():
    """Each alone in {{ }}."""
    numbers = ["0", "1", "-1", "7", "-7", "2.5", "-2.5", "true", "1e3", "10**18"]
    for op in ("+", "-", "*", "/", "//", "%", "**", "<", "==", ">="):
        for a in numbers:
            for b in ("3", "-2", "0.5", "0", "false"):
                yield "(%s) %s (%s)" % (a, op, b)
    for real in ("0.1", "1e16", "123456789012345.0", "1e15", "1e-4", "1e-5", "1.5e300", "100.0", "3.0e-10",
                "1/3", "2/3*100",
                 "0.1+0.2", "-0.0", "5e-324", "1.7976931348623157e308", "1e308*10", "-1e308*10",
                 "12345678901234567890"):
        yield real
        yield "(%s)|tojson" % real
    for bounds in (":", "1:", ":2", "-2:", ":-1", "::2", "::-1", "3:0:-1", "-1:-4:-2", "10:", ":10", "2:1",
                "::3", "-100:100", "1:3", "none:2"):
        yield "'añ日👍e'[%s]" % bounds
        yield "[1,2,3,4,5][%s]" % bounds
        yield "(1,2,3,4,5)[%s]" % bounds
    for index in ("0", "-1", "4", "5", "-5", "-6", "true", "1.0", "'a'", "none"):
        yield "'añ日👍e'[%s]" % index
        yield "[1,2,3,4,5][%s]" % index
    methods = ["upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip()",
                "rstrip()", "split()",
               "split(',')", "split(' ', 1)", "rsplit(' ', 1)", "rsplit(None, 1)", "split(None, 1)",
               "splitlines()", "splitlines(true)",
               "isdigit()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "isascii()",
               "isidentifier()",
               "partition(' ')", "rpartition(' ')", "find('o')", "rfind('o')", "count('o')", "count('')",
               "replace('o','0')",
               "replace('o','0',1)", "replace('','.')", "replace('','.',2)", "startswith('h')",
               "endswith(('!','d'))", "startswith('e',1)",
               "zfill(8)", "ljust(12,'.')", "rjust(12)", "center(13,'*')", "center(12,'*')", "strip('h d')",
               "removeprefix('h')", "removesuffix('d')",
               "expandtabs(4)", "casefold()", "index('zz')", "join(['1','2'])", "join([1])", "find('o', 5)",
               "find('o', -3)"]
    for text in ("hello world", "", " Ab\\tc\\nd ", "ÀÉß éà", "-42", "x1, y2,\\r\\nz3\\x0bq", "ŒUVRE straße"):
        for method in methods:
            yield "'%s'.%s" % (text, method)
    for form in ("%s", "%r", "%d", "%5d|", "%-5d|", "%05d", "%+d", "% d", "%x", "%#x", "%X", "%o", "%e",
                "%.3f", "%g", "%10.2f|", "%-10.2f|", "%%%s", "%c", "%i"):
        for value in ("42", "-3", "3.14159", "'a'", "true", "none", "[1]", "1e20"):
            yield "'%s' %% %s" % (form, value)
    yield from ("'%s %s' % (1,)", "'%s' % (1, 2)", "'x' % ()", "'x' % 1",
                "'%(a)s-%(b)05.1f' % {'a': 1, 'b': 2.25}", "'%(c)s' % {'a': 1}", "'%*d|' % (6, 42)",
                "'%.2s|' % 'abc'",
                "'%q' % 1", "'%' % 1", "'%5s|%-5s|' % ('ab', 'cd')", "'%s' % ((1,2),)",
                "'%.0f %.0f %.0f' % (0.5, 1.5, 2.5)")
    for spec in ("", ":>8", ":<8", ":^8", ":*^9", ":05d", ":+", ":,", ":_", ":x", ":#x", ":b", ":e", ":.2f",
                ":.3g", ":%", ":=+8", ":8.3f", ":s", ":.2", "!r", "!s:>5", ":d", ":g", ":010.2f", ":,.2f"):
        for value in ("1234567", "-12.5", "'abc'", "true"):
            yield "'[{%s}]'.format(%s)" % (spec, value)
    yield from ("'{} {}'.format(1)", "'{0} {1} {0}'.format(1,2)", "'{a} {b}'.format(a=1,b=2)",
                "'{{}} {}'.format(1)", "'{'.format(1)", "'}'.format(1)", "'{0[1]}'.format([1,2])",
                "'{0[k]}'.format({'k': 5})", "'{:>{}}'.format('x', 5)", "'{a[b]}'.format(a={'b': 1})",
                "'{!q}'.format(1)", "'{:q}'.format(1)", "'{:d}'.format('x')", "'{}'.format([1,'a'])",
                "'{}'.format(none)")
    lists = ["[3,1,2]", "[]", "['b','A','c']", "[1,1.0,true,2]", "[[1,'x'],[0,'y']]", "'bca'",
                "{'b':2,'a':1}", "range(4)", "(2,1)", "none", "5", "x"]
    filters = ["sort", "sort(reverse=true)", "list", "length", "first", "last", "join('-')", "reverse|list",
                "unique|list", "min", "max", "sum", "batch(2)|list", "batch(2,'z')|list", "slice(2)|list",
               "slice(2,'z')|list", "map('string')|list", "select|list", "reject|list", "tojson",
               "tojson(indent=2)", "string", "count", "dictsort", "items|list", "default('d')",
               "default('d',true)", "sort(attribute=1)|list",
               "map(attribute=0)|list", "groupby(0)|list", "trim", "upper", "title", "wordcount", "int",
               "float", "abs", "round", "e", "capitalize"]
    for value in lists:
        for name in filters:
            yield "%s|%s" % (value, name)
    for value in ("'12'", "' 12 '", "'1_0'", "'0x1f'", "'1.5'", "'1e2'", "'abc'", "''", "'-3'", "3.99",
                "-3.99", "true", "none", "[]"):
        for name in ("int", "float", "int(5)", "float(1.5)", "int(0,16)", "int(0,0)", "string", "length",
                "abs", "round", "round(1)", "round(1,'ceil')", "round(0,'floor')"):
            yield "%s|%s" % (value, name)
    yield from ("2.675|round(2)", "0.5|round", "1.5|round", "2.5|round", "1234.5|round(-2)", "1234|round(-2)",
                "'x'|indent", "'a\\n\\nb\\n'|indent(2)", "'a\\n\\nb'|indent(2,true,true)",
                "'a\\nb'|indent('> ')",
                "'a\\n'|indent(2, blank=true)", "''|indent(2, true)", "'foo bar baz'|truncate(9)",
                "'foo bar baz'|truncate(5, true, '', 0)", "'foo bar baz qux'|truncate(8, false, '…', 0)",
                "'foo'|truncate(2, true, '...', 0)",
                "'a b/ü?&'|urlencode", "'x'|center(6)", "'  x  '|trim", "'xxaxx'|trim('x')",
                "'a,b;c'|replace(',', '.')|replace(';', '!')", "'aaa'|replace('a','b',2)",
                "'%s!'|format('x')", "'%(a)s!'|format(a=1)",
                "['a','b']|map('replace','a','z')|list",
                "[{'a':{'b':1}},{'a':{'b':2}}]|map(attribute='a.b')|list",
                "[{'a':1},{}]|map(attribute='a', default='?')|list", "[{'a':1},{}]|map(attribute='a')|list",
                "[{'a':1},{'a':2},{}]|selectattr('a')|list", "[{'a':1},{'a':2}]|selectattr('a','>',1)|list",
                "[1,2,3]|select('>',1)|list", "[1,2,3]|reject('in',[2])|list",
                "[{'k':'b','n':1},{'k':'A','n':2},{'k':'b','n':0}]|sort(attribute='k,n')|list",
                "[{'k':'b'},{'k':'A'}]|sort(attribute='k',case_sensitive=true)|list",
                "[{'k':1},{'k':2}]|sum(attribute='k')", "[1,2]|sum(start=10)", "['a','b']|sum",
                "{'b':1,'A':2,'c':0}|dictsort", "{'b':1,'A':2,'c':0}|dictsort(true)",
                "{'b':1,'A':2,'c':0}|dictsort(by='value')",
                "{'b':1,'A':2}|dictsort(reverse=true)", "['b','A','a']|unique|list",
                "['b','A','a']|unique(true)|list", "['b','A']|min", "['b','A']|max(true)", "[]|min",
                "[{'a':2},{'a':1}]|min(attribute='a')", "[1,2,3]|nofilter", "1|attr('x')",
                "{'a':1}|attr('a')",
                "['x','y']|join(', ', attribute=0)", "[1,[2]]|join('|')", "[none,1]|join(',')",
                "messages|map(attribute='role')|join(',')",
                "messages|selectattr('tags','defined')|list|length", "(messages|first).role",
                "messages|map(attribute='content')|map('length')|list",
                "messages[1].tags|sort|join", "messages[2]|tojson", "messages[2]|tojson(indent=4)",
                "messages[1]|tojson(ensure_ascii=true)", "messages[2]|tojson(sort_keys=true)",
                "messages[2]|tojson(separators=(',',':'))", "{1:2,none:3,true:4,1.5:5}|tojson",
                "{(1,2):3}|tojson",
                "'\\x7f\\x00\\x1f\\u2028\\\\/'|tojson", "x|tojson", "range(3)|tojson", "(1,(2,))|tojson",
                "[]|tojson(indent=2)", "{}|tojson", "[[],{}]|tojson(indent=1)", "messages|tojson|length",
                "messages[2].content|e", "messages[2].content|tojson|e", "'<'|safe|e", "'<'|e|e",
                "'<'|e|forceescape", "('<'|e) + '<'", "'<' ~ ('<'|e)",
                "x|items|list", "1|items|list")
    tests = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true",
                "false", "mapping", "sequence", "iterable", "callable", "odd", "even", "divisibleby(2)",
                "divisibleby 3", "eq 2", "ne(2)", "lt 3", "ge 2",
             "in [2,'a']", "sameas none", "upper", "lower", "escaped", "not none", "nosuchtest"]
    for value in ("2", "2.0", "'a'", "'A'", "none", "true", "[]", "{}", "(1,)", "x", "range(2)", "messages",
                "namespace(a=1)", "dict", "'upper'", "{}.items()", "[1]|map('string')"):
        for test in tests:
            yield "%s is %s" % (value, test)
    literals = ["'a\\qb'", "'\\x41\\u00e9\\U0001F44D\\101\\n'|length", "\"it's\"", "'a' \"b\" 'c'",
                "1_000_000", "0x_ff", "0b101", "0o17", "1.5e3", "1e-3", "007", "1__0", "[1,2,]", "{'a':1,}",
                "(1,)", "()", "(1)", "{'a' 'b': 1}", "1,2", "'a'.b.c", "{'a':{'b':1}}.a.b", "[[1]][0][0]",
                "messages[0]['content']", "messages.0.role", "messages[0].nothing",
                "messages[0].nothing.more", "messages[9]", "messages[9].role", "{}.nothing|default('d')",
                "none.x", "none.x|default('d')", "none['x']", "1[0]", "'abc'.0", "{'items':1}.items",
                "{'items':1}['items']", "{'a':1}.get('a')", "{'a':1}.get('b',2)",
                "{'a':1}.keys()|list", "{'a':1}.values()|list", "{'a':1}.items()", "{'a':1}.keys()",
                "{'a':1}.pop('a')", "{'a':1}.update({})", "{'a':1}.copy()", "[1].append(2)", "[1,2].index(2)",
                "[1,2].index(3)", "[1,1].count(1)", "[1].nothing", "'a'.nothing()", "{'a':1}['a','b']",
                "{1:'x'}[1.0]", "{true:'x'}[1]", "{'a':1,'a':2}",
                "{[1]:2}", "[1] in {}", "'a' in 'abc'", "1 in 'abc'", "'a' in x", "1 in none",
                "'a' in messages[0]", "'role' in messages[0]", "[1] == [1.0]", "(1,) == [1]", "'a' < 1",
                "[1] < [2]", "none < 1", "none == none", "x == y", "x == none", "1 < 2 < 3 > 2",
                "1 == 1 != 2", "not 1 == 2", "not not x",
                "1 if 0 else 2 if 0 else 3", "(1 if 0) is defined", "1 or x.y", "0 and x.y", "x or 'd'",
                "'' and 1", "[] or {}", "1 + 'a'", "'a' + none", "[1] + (2,)", "(1,) + (2,)", "[1] * 2",
                "2 * 'ab'", "'ab' * -1", "'ab' * 1.5", "-'a'", "+true", "- - 1", "-2 ** 2", "2 ** 3 ** 2",
                "1 ~ 2 + 3", "1 + 2 ~ 3", "1 ~ 2 * 3", "-1|abs", "(-1)|abs",
                "1 + 2|string", "'a'|upper ~ 'b'|upper", "not x is defined", "x is not defined",
                "1 is number is string", "'a' is string and 'b' is string", "true is true", "dict(a=1,b=[2])",
                "dict([('a',1)])", "dict({'a':1},b=2)", "dict(1)", "dict(['ab','cd'])", "dict('ab')",
                "dict([[1]])", "dict(x)", "range(3)", "range(2,8,3)", "range(0)|list", "range(5,0,-2)|list",
                "range('a')", "range(1,2,0)", "range(100001)", "range(3)[1]",
                "range(3)[-1]", "range(10)[2:4]|list", "range(3)|length", "namespace(a=1).a",
                "namespace({'a':1}).a", "namespace(a=1).b", "namespace()|tojson", "raise_exception('x')",
                "raise_exception()", "nothing()", "messages()", "lipsum", "[].append is defined",
                "''.__class__", "''.__class__.x", "messages[1].tags[::-1]", "messages[1].tags|last",
                "messages[1].content.strip().split(',')[0]", "messages[1].n * 2",
                "messages[2].tool_calls[0].arguments.y is none",
                "messages|length > 2 and messages[-1].role == 'assistant'",
                "bos_token + messages[0].content + eos_token", "messages[-1]['content'].split('\"')", "loop",
                "'upper' is filter", "'nothing' is filter", "'odd' is test", "true == 1", "True", "None",
                "'%s' % none", "[x]", "{'a': x}",
                "[none, true, 1.0, 'a\"b', \"it's\", 'a\\\\b', '\\u00e9\\u200b\\x1b']",
                "(1, [2, {'k': (3,)}])", "'a\\\\nb'", "'a\nb'", "foo bar", "1 2", "{{}}", "'unclosed", "(1",
                "[1", "1)", "a.", "a..b", "a|", "a is", "|a", "*a", "@", "a @ b", "1 +", "f(a=1, 2)",
                "f(a b)", "if", "'a' if", "a if b else", "[1 for x in y]", "lambda: 1", "a ? b : c", "a && b",
                "!a", "a := 1", "x['a' 'b']", "''[0]", "''|first", "[]|first", "[]|last|default('z')",
                "{}|first", "{'k':1}|first"]
    yield from literals


def statements():
    yield from (
        "{% for i in [1,2,3] %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}",
        "{% for i in [1,2,3] if i > 1 %}{{ loop.index0 }}{{ i }}{{ loop.length }}{% else %}no{% endfor %}",
        "{% for i in [1] if i > 1 %}x{% else %}no{% endfor %}",
        "{% for i in none %}x{% endfor %}", "{% for i in 5 %}x{% endfor %}",
        "{% for i in x %}x{% else %}e{% endfor %}",
        "{% for a, b in {'x': 1, 'y': 2}.items() %}{{ a }}{{ b }}{% endfor %}",
        "{% for a, b in [[1]] %}{% endfor %}",
        "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
        "{% for k in {'x': 1, 'y': 2} %}{{ k }}{% endfor %}",
        "{% for i in range(10) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "{% for i in range(5) %}{% if i is odd %}{% continue %}{% endif %}{{ i }}{% endfor %}",
        "{% for i in [1,2] %}{% for j in [1,2] %}{{ loop.index }}{{ loop.depth }}{% break %}{% endfor %}{{ loop.index }}{% endfor %}",
        "{% for i in [1,2,3] %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }};{% endfor %}",
        "{% for i in [1] %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
        "{% for i in [1,1,2] %}{% if loop.changed(i) %}{{ i }}{% endif %}{% endfor %}",
        "{% for i in range(4) %}{{ loop.cycle('a', 'b', 'c') }}{{ loop.revindex }}{{ loop.revindex0 }}{% endfor %}",
        "{% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ n.v }}{{ loop.depth }}{{ loop(n.c) }}{% endfor %}",
        "{% for i in [1] %}{{ loop(i) }}{% endfor %}",
        "{% for i in [1,2] %}{{ i }}{% endfor %}{{ i }}", "{{ loop is defined }}",
        "{% for i in [1] %}{% endfor %}{{ loop is defined }}",
        "{% for x in [1] %}{{ loop.nothing }}{% endfor %}",
        "{% for i in 'aé日' %}{{ i }}.{% endfor %}",
        "{% set g = [1,2]|map('string') %}{% for i in g %}{{ i }}{% endfor %}{% for i in g %}{{ i }}{% endfor %}|",
        "{% set g = [1,2]|select %}{{ g|list }}{{ g|list }}",
        "{% set g = [1]|map('string') %}{{ g|length }}", "{% set g = [1]|map('string') %}{{ g[0] }}|",
        "{% set g = []|map('string') %}{{ 'yes' if g else 'no' }}",
        "{% for i in [3,1]|sort %}{{ i }}{% endfor %}",
        "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
        "{% set x = 1 %}{% for i in [1,2] %}{{ x }}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
        "{% for i in [1,2] %}{% if loop.first %}{% set y = 5 %}{% endif %}{{ y }}{% endfor %}",
        "{% set x = 1 %}{% with x = 2, y = x %}{{ x }}{{ y }}{% endwith %}{{ x }}",
        "{% with %}{% set x = 1 %}{{ x }}{% endwith %}{{ x }}",
        "{% with a = 1 %}{% with b = a %}{{ b }}{% endwith %}{% endwith %}",
        "{% set ns = namespace(a=1, b='x') %}{% set ns.a = ns.a + 1 %}{% set ns.c = 3 %}{{ ns.a }}{{ ns.b }}{{ ns.c }}{{ ns.d }}",
        "{% set x.y = 1 %}", "{% set x = {} %}{% set x.y = 1 %}",
        "{% set ns = namespace() %}{% set ns.l = [1] %}{% set ns.l = ns.l + [2] %}{{ ns.l }}{{ ns['l'] }}",
        "{% set a, b = [1, 2] %}{{ a }}{{ b }}", "{% set a, b = 1 %}", "{% set a = 1, 2 %}{{ a }}",
        "{% set true = 1 %}", "{% set x %}a{{ 1 }}b{% endset %}{{ x|upper }}",
        "{% set x | upper | trim %} ab {% endset %}[{{ x }}]",
        "{% set x %}{% set y = 1 %}{% endset %}{{ y }}",
        "{% set ns = namespace() %}{% set ns.x %}hi{% endset %}{{ ns.x }}",
        "{% macro m(a, b='d') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
        "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(7) }}", "{% macro m(a=1, b) %}{% endmacro %}",
        "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, x=2) }}",
        "{% macro m() %}{{ x }}{% endmacro %}{% set x = 5 %}{{ m() }}",
        "{% set x = 1 %}{% macro m() %}{% set x = 2 %}{{ x }}{% endmacro %}{{ m() }}{{ x }}",
        "{% for i in [1,2] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
        "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
        "{% macro m() %} x {% endmacro %}[{{ m()|trim }}]",
        "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
        "{% macro m(x) %}<{{ caller(x, 2) }}>{% endmacro %}{% call(a, b) m(1) %}{{ a }}+{{ b }}{% endcall %}",
        "{% macro m() %}a{% endmacro %}{% call m() %}b{% endcall %}",
        "{% macro outer() %}{% macro inner() %}i{% endmacro %}{{ inner() }}o{% endmacro %}{{ outer() }}",
        "{% macro m(x) %}{% for i in x %}{{ i }}{% endfor %}{% endmacro %}{{ m([1,2]) }}{{ m('ab') }}",
        "{% macro m(*a) %}{% endmacro %}",
        "{% set args = [1, 2] %}{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*args) }}{{ m(**{'a': 3, 'b': 4}) }}",
        "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(none) }}",
        "{{ m() }}{% macro m() %}x{% endmacro %}",
        "{% filter upper %}a{{ 'b' }}{% endfilter %}", "{% filter trim|upper %} a {% endfilter %}|",
        "{% filter replace('a', 'b') %}aca{% endfilter %}", "{% filter nothing %}x{% endfilter %}",
        "{% if x %}1{% elif y is defined %}2{% else %}3{% endif %}",
        "{% if [] %}1{% endif %}{% if {'a': 1} %}2{% endif %}{% if 0.0 %}3{% endif %}{% if '0' %}4{% endif %}",
        "{% if x.y %}1{% endif %}", "{% if 1 %}", "{% if 1 %}{% else %}{% else %}{% endif %}", "{% endif %}",
        "{% else %}", "{% for i in [1] %}", "{% for i [1] %}{% endfor %}", "{% nothing %}", "{% %}", "{%",
        "{{", "{# x", "{{ 1 }", "{% raw %}x", "{% raw %}{% if %}{{ x }}{# c #}{% endraw %}",
        "{%- raw -%} x {%- endraw -%} y", "a {% raw %} b {% endraw %} c",
        "{% generation %}{{ 1 }}{% set q = 2 %}{% endgeneration %}{{ q }}",
        "{% block a %}{% set z = 1 %}{{ z }}{% endblock %}{{ z }}", "{% block a %}x{% endblock a %}",
        "{% autoescape true %}{{ '<' }}{{ '<'|safe }}{{ '&'|e }}{{ 1 }}{% endautoescape %}{{ '<' }}",
        "{% autoescape false %}{{ '<' }}{% endautoescape %}", "{% print 1, 2 %}", "{% break %}",
        "{% continue %}", "{% do 1 %}", "{% if false %}{% include 'x' %}{% endif %}ok",
        "{% if false %}{{ x|nothing }}{% endif %}ok", "{% if true %}{{ x|nothing }}{% endif %}",
        # White space and lines.
        "a\n{% if true %}\nb\n{% endif %}\nc", "a\n  {% if true %}  \n  b\n  {% endif %}\nc\n",
        "a\n  {%+ if true %}\nb\n  {%+ endif %}c", "a\n{%- if true -%}\n b \n{%- endif -%}\nc",
        "a {%- if true %} b {%- endif %} c", "  {% set x = 1 %}  \n{{ x }}\n\n", "{{ 1 }}\n\n{{ 2 }}",
        "{{ 1 -}}\n\n {{- 2 }}", "a\n\n{{- 1 -}}\n\nb", "a{# c #}b", "a\n  {# c #}\nb", "a\n  {#- c -#}\nb",
        "a\n  {#+ c +#}\nb", "{# a\n b #}\nc", "{% if true +%}\nx{% endif %}",
        "a  {% if true %}b{% endif %}  c", "\n{% for i in [1,2] %}\n  - {{ i }}\n{% endfor %}\n",
        "{% for i in [1,2] -%}\n  {{ i }}\n{%- endfor %}", "a\r\n{% if true %}\r\nb\r\n{% endif %}",
        "\t{% if true %}\tx{% endif %}", "x\n\t{% raw %}\n y {% endraw %}\nz",
        "{% raw -%}\n y {%- endraw %}\nz", "\n\n", "x\n", "x\n\n", "{{ 'a\nb' }}", "{{\n1\n}}",
        "{%\nif\ntrue\n%}x{%\nendif\n%}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}.a.b }}", "{{'}}'}}",
        "{{ '{%' }}", "{% set x = '%}' %}{{ x }}", "}} %} #}", "{ { % } { #",
        "{{ 1 }}{% if 1 %}{{ 2 }}{% endif %}\n{{ 3 }}", "{% if 1 %}\n\n{% endif %}", "  {{ 1 }}  ",
        "{%- set a = 1 -%}   x", "\u00a0{%- set a = 1 -%}\u3000x",
        "a {#- x -#} {{ 1 }} {%- if 1 -%} b {%- endif +%}\n c",
        "{%- for m in messages %}{{ '<|' + m.role + '|>' }}\n{{ m.content | trim }}{{ '\\n' if not loop.last }}{% endfor %}",
        "{%- if messages[0].role == 'system' %}{%- set loop_messages = messages[1:] %}{%- set s = messages[0].content %}{%- else %}{%- set loop_messages = messages %}{%- endif %}{{ s }}:{{ loop_messages|length }}",
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}{% endfor %}",
        "{% set l = messages|selectattr('role', 'ne', 'system')|map(attribute='role')|list %}{{ l }}",
        "{% for t in messages[2].tool_calls %}{{ t.name }}({% for k, v in t.arguments|items %}{{ k }}={{ v|tojson }}{{ ', ' if not loop.last }}{% endfor %}){% endfor %}",
    )


def main():
    env = environment()
    out = pathlib.Path(__file__).with_name("units.jsonl")
    seen = set()
    with out.open("w") as file:
        for source in ["{{ %s }}" % e for e in expressions()] + list(statements()):
            if source in seen:
                continue
            seen.add(source)
            row = {"template": source}
            try:
                row["expected"] = env.from_string(source).render(**CONVERSATION)
            except Exception as error:  # whatever Python says is an error
                row["error"] = type(error).__name__
            if not BEYOND.search(row.get("expected", "")):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with out.open() as file:
        print("%d units" % len(file.readlines()))


if __name__ == "__main__":
    main()
