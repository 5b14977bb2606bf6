# Half of a surrogate pair is U+FFFD wherever JSON is read; pairs, and backslashes that are text, stay what they are.
echo '[{{ messages[0].content }}]' >t.jinja
echo '[{"role": "user", "content": "a \ude00 b \ud83d\ude00 c \\ud83d d \uD83Dx \ud83d\ud83d\ude00 \\\ud83d"}]' >said.json
straddle template t.jinja --messages said.json; echo
straddle template t.jinja <said.json; echo
echo '{"source": "{{ messages[0].content }}", "messages": [{"role": "user", "content": "\ud83d"}]}' >lines.jsonl
straddle template t.jinja --batch lines.jsonl
echo '{"text": "cut \udbff"}' >lines.jsonl
straddle tokenize "$TOY" --batch lines.jsonl
straddle tokenize "$TOY" $'cut \uFFFD' --json
echo "{\"model\": \"$TOY\", \"system\": \"\", \"parameters\": [[\"num_predict\", \"0\"]], \"messages\":
  [{\"role\": \"user\", \"content\": \"cut \\ud83d\"}, {\"role\": \"assistant\", \"content\": \"\\udc00\"}]}" >saved.json
straddle run ./saved.json hi </dev/null
echo '["\ud83", "\u"]' >said.json
attempt straddle template t.jinja --messages said.json
