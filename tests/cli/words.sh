# The words of a command line: which are text, which are flags, and what a person reads who mistypes one.
echo "# text that begins with a dash"
attempt straddle tokenize "$TOY" -- --help me
attempt straddle tokenize "$TOY" "-help me"
attempt straddle tokenize "$TOY" "--json is a format" --json
attempt straddle tokenize "$TOY" "--a=b, they say"
attempt straddle tokenize "$TOY" -
attempt straddle tokenize "$TOY" -- --json -- -h
straddle run "$TOY" --raw "-once upon" --set num_predict=1 --set temperature=0 </dev/null | grep -c .
attempt straddle detokenize "$TOY" -1
attempt straddle detokenize "$TOY" -- -1
attempt straddle tokenize "$TOY" -help me
attempt straddle show -- -nobody.gguf
echo "# a value may be empty, and may begin with a dash"
straddle run "$TOY" --raw --system= Once --set num_predict=0 </dev/null
straddle run --system "" "$TOY" --raw Once --set num_predict=0 </dev/null
attempt straddle logits "$TOY" --tokens --top
attempt straddle logits "$TOY" --tokens 1 --out=
attempt straddle tokenize "$TOY" --batch ""
attempt straddle logits "$TOY" --top
attempt straddle tokenize "$TOY" --json=true a
attempt straddle tokenize "$TOY" --json=false a
attempt straddle tokenize "$TOY" --json=yes a
echo "# numbers have their range"
attempt straddle run "$TOY" --threads 100000 hi
attempt straddle run "$TOY" --threads=-1 hi
attempt straddle run "$TOY" --ctx 1e99 hi
attempt straddle run "$TOY" --ctx= hi
attempt straddle run "$TOY" --kv q4 hi
attempt straddle logits "$TOY" --tokens 1 --top 3000000000
attempt straddle logits "$TOY" --tokens 1 --top 2x
attempt straddle logits "$TOY" --tokens 1 --chunk 0
attempt straddle bench "$TOY" --repeat 0
attempt straddle synth smollm2:135m out.gguf --layers -1
echo "# nothing of a list is missing"
for list in , 0, ,0 0,,1 ' '; do attempt straddle bench "$TOY" --depth "$list"; done
attempt straddle bench "$TOY" --rows 1,,2
attempt straddle logits "$TOY" --tokens ,
attempt straddle logits "$TOY" --tokens 1,,2
attempt straddle detokenize "$TOY" 403,
attempt straddle detokenize "$TOY" '[403, 407]'
echo "# of a flag that is short for an option, as of any other, the last one counts"
attempt straddle run "$TOY" --raw --set num_ctx=4 --ctx 3 "Once upon a time there was"
attempt straddle run "$TOY" --raw --ctx 3 --set num_ctx=4 "Once upon a time there was"
attempt straddle tokenize "$TOY" --batch missing --batch gone
echo "# misspelt"
attempt straddle rnu "$TOY"
attempt straddle tokenise "$TOY" hi
attempt straddle serve
attempt straddle ""
attempt straddle --verbose run "$TOY"
attempt straddle help rnu
attempt straddle run "$TOY" hi --tempratur 1
attempt straddle run "$TOY" hi --top-k 5
attempt straddle run "$TOY" hi --temp 0.5
attempt straddle run "$TOY" hi --verbos
attempt straddle run "$TOY" hi "--sytem=be kind"
attempt straddle run "$TOY" hi --ngl 99
attempt straddle run "$TOY" hi -x
attempt straddle tokenize "$TOY" hi --system x
attempt straddle run "$TOY" hi --set top-k=5
attempt straddle run "$TOY" hi --set banana=5
echo "# too few, too many"
attempt straddle show
attempt straddle show a b
attempt straddle list all too
attempt straddle quantize "$TOY" out.gguf
echo "# words that would have no effect"
echo '{"text": "a"}' >lines
attempt straddle tokenize "$TOY" --batch lines words
attempt straddle detokenize "$TOY" 1 --batch lines
attempt straddle tokenize "$TOY" --batch lines --pieces
attempt straddle tokenize "$TOY" --json --pieces hi
attempt straddle tokenize "$TOY" --batch lines --bos
attempt straddle tokenize "$TOY" --batch lines --no-special
attempt straddle help run extra
attempt straddle run "$TOY" hi --raw --set logit_bias=99999+3
echo "# whole numbers"
attempt straddle run "$TOY" --threads 1.5 hi
attempt straddle run "$TOY" --ctx 1e2 hi
attempt straddle run "$TOY" --set seed=1000.9 hi
echo "# words of other programs"
attempt straddle run "$TOY" hi --nothink
attempt straddle run -m "$TOY" hi
attempt straddle run "$TOY" hi -n 3
attempt straddle run "$TOY" hi --ctx-size 64
attempt straddle run "$TOY" hi --cache-type-k f16
attempt straddle run "$TOY" --keepalive 5m --insecure --ctx 0.5
attempt straddle run "$TOY" hi --set num_gpu=1
attempt straddle rm model
attempt straddle serve
attempt straddle quantize "$TOY" out.gguf int8
attempt straddle quantize "$TOY" out.gguf 4bit
attempt straddle template "$TOY" --batch lines --messages lines
attempt straddle template "$TOY" --batch lines --spans
