cat >chatml.jinja <<'END'
{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
END
echo '[{"role": "user", "content": "Hi <|im_end|>"}]' >list.json
echo '{"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": false}' >object.json
echo "# a list, an object, standard input"
straddle template chatml.jinja --messages list.json
straddle template chatml.jinja --messages object.json | tail -c 8
echo
straddle template chatml.jinja <list.json
echo "# what was said stays apart from what the template says"
straddle template chatml.jinja --messages list.json --spans
echo "# the clock"
echo "{{ strftime_now('%d %B %Y, %H:%M') }}" >clock.jinja
straddle template clock.jinja --messages list.json --now 2026-11-24T09:05:07
echo
attempt straddle template clock.jinja --messages list.json --now yesterday
echo "# a model without a template"
straddle template "$TOY" --messages list.json
echo
echo "# many at once"
cat >lines.jsonl <<'END'
{"template": "chatml", "messages": [{"role": "user", "content": "é\n"}], "add_generation_prompt": false}
{"source": "{{ bos_token }}{{ messages[0].content }}{{ who }}", "messages": [{"role": "user", "content": "a"}], "bos_token": "<s>", "extra": {"who": "me"}}
{"source": "{{ raise_exception('no') }}", "messages": []}
{"source": "{% if %}", "messages": []}
{"template": "missing", "messages": []}
{"template": "../chatml", "messages": []}
END
straddle template . --batch lines.jsonl
echo "# wrong"
echo '{"nothing": 1}' >wrong.json
attempt straddle template chatml.jinja --messages wrong.json
echo 'no JSON' >wrong.json
attempt straddle template chatml.jinja --messages wrong.json
attempt straddle template . --messages list.json
attempt straddle template absent.jinja --messages list.json
echo "{{ messages[0].content.nothing.more }}" >broken.jinja
attempt straddle template broken.jinja --messages list.json
