# One command for each kind of error: the line that a user reads, and the code that a script reads.
echo "# usage: 2"
attempt straddle fly
attempt straddle run 2>&1 | sed -E 's/ +(MODIFIED|(About|Less|[0-9]+) [a-z ]*ago) *$//'  # how old a model is differs
attempt straddle run "$TOY" hi --nonsense
attempt straddle run "$TOY" hi --set temprature=1
attempt straddle run "$TOY" hi --set top_p=7
attempt straddle run "$TOY" hi --isa mmx 2>&1 | sed -E 's/generic(, avx2)?(, avx512)?/NAMES/'
attempt straddle run "$TOY" hi --device abacus
attempt straddle run "$TOY"
attempt straddle logits "$TOY"
attempt straddle logits "$TOY" --tokens 1,x
echo "# not found: 3"
attempt straddle run nobody hi
attempt straddle show missing/model.gguf
attempt straddle perplexity "$TOY" --file missing.txt
echo "# does not fit: 4"
straddle run "$TOY" hi --set num_ctx=2000000000 </dev/null 2>&1 | sed -E "s|${TOY%share/*}||; s/[0-9.]+ [KMG]B/SIZE/g; s/[0-9]+/N/g"
echo "exit ${PIPESTATUS[0]}"
echo "# bad file: 1"
echo "not a model" >wrong.gguf
attempt straddle run wrong.gguf hi
echo "# bad input: 1"
attempt straddle logits "$TOY" --tokens 1,512
attempt straddle detokenize "$TOY" 99999
attempt straddle run "$TOY" --set num_ctx=4 "A prompt that is longer than four tokens"
echo "# io: 1"
attempt straddle logits "$TOY" --tokens 1 --out missing/folder/out
attempt straddle quantize "$TOY" missing/folder/out.gguf F16
straddle run "$TOY" --raw Once --set num_predict=2 </dev/null >/dev/full
echo "exit $?"
echo "# unsupported: 1"
attempt straddle quantize "$TOY" out.gguf IQ1_S
