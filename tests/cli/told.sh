# What a person says reaches the model, whatever the template is like; and --raw needs no template.
say() {
  straddle run "$@" --set temperature=0 --verbose </dev/null 2>&1 | grep -E '^(Warning|Error)|\.$|prompt eval count'
}
model() { printf %s "$2" >template; scripted_model "$1.gguf" template Hi ▁there .; }
go="{% if add_generation_prompt %}{{ '<|go|>' }}{% endif %}"

model plain "{% for m in messages %}{{ m.role ~ ':' ~ m.content }}{% endfor %}$go"
model parts "{% for m in messages %}{{ m.role }}:{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}$go"
model raises "{% for m in messages %}{{ m.role }}:{% for p in m.content %}{{ '' + p['text'] }}{% endfor %}{% endfor %}$go"
echo "# as texts, as parts"
for name in plain parts raises; do say $name.gguf "is the sea blue"; done

model users "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}$go"
model first "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}$go"
model deaf "said$go"
echo "# a system message"
for name in plain users first; do say $name.gguf "is the sea blue" --system "speak like a pirate"; done
echo "# nothing is shown, nothing is taken"
say deaf.gguf "is the sea blue"
model never "{{ raise_exception('never') }}"
attempt straddle run never.gguf hello
echo "# the command shows what the template itself does"
printf "{%% for m in messages %%}{%% if m.role == 'user' %%}{{ m.content }}{%% endif %%}{%% endfor %%}" >users.jinja
echo '[{"role": "system", "content": "lost"}, {"role": "user", "content": "hello"}]' | straddle template users.jinja
echo

model broken "{% for m in messages %}{{ m.content }{% endfor %}$go"
echo "# a broken template is told at once"
attempt straddle run broken.gguf hello
echo '[]' >empty.json
attempt straddle template broken.gguf --messages empty.json
echo "# and hinders nothing that needs none"
attempt straddle run broken.gguf --raw '<|go|>' --set temperature=0
attempt straddle tokenize broken.gguf hello
attempt straddle detokenize broken.gguf 3 4 5
attempt straddle logits broken.gguf --tokens 3 --top 1
head -c 2000 /dev/zero | tr '\0' a >text
attempt straddle perplexity broken.gguf --file text --ctx 16 | head -1
attempt straddle show broken.gguf | head -2
attempt straddle quantize broken.gguf small.gguf F16 >/dev/null
