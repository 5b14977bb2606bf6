flagged() {  # flagged NAME KEY 0|1: the toy model with a flag of its tokenizer changed
  python3 - "$TOY" "$1" "$2" "$3" <<'PYTHON'
import sys
source, name, key, value = sys.argv[1:]
data = bytearray(open(source, 'rb').read())
data[data.index(key.encode()) + len(key) + 4] = int(value)
open(name, 'wb').write(data)
PYTHON
}
flagged adds_eos.gguf tokenizer.ggml.add_eos_token 1
flagged no_bos.gguf tokenizer.ggml.add_bos_token 0
raw() {  # raw MODEL [WORDS]: the answer, and how many tokens the prompt has
  straddle run "$1" --raw --set temperature=0 --set num_predict=6 --verbose "${@:2}" 2>&1 |
    grep -E -v 'total|load|rate|^eval|duration|weights'
}
echo "# a model that adds EOS to texts: nothing stands behind a prompt"
raw "$TOY" "A small cat" </dev/null
raw adds_eos.gguf "A small cat" </dev/null
straddle tokenize adds_eos.gguf --bos "A small cat" </dev/null
for text in 'A small cat sat.' 'A small cat sat. A big dog ran. A bird sang a song to the sun and the moon.'; do
  echo "$text" >text
  for flags in '--split @' '--ctx 8'; do
    for model in "$TOY" adds_eos.gguf; do attempt straddle perplexity $model --file text $flags; done
  done
done
echo "# one BOS, however the prompt came"
raw "$TOY" "<s>A small cat" </dev/null
printf '\n<s> <s>A small cat' | raw "$TOY"
echo '{"bos_token": "<s>", "messages": [{"role": "user", "content": "A small cat"}]}' >talk.json
printf '{{ bos_token }}{{ messages[0].content }}' >own.jinja
straddle template own.jinja --messages talk.json | raw "$TOY"
echo "# a model that adds none loses none"
raw no_bos.gguf "<s>A small cat" </dev/null
raw no_bos.gguf "<s><s>A small cat" </dev/null
raw no_bos.gguf "A small cat" </dev/null
