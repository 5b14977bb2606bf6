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
figures() { sed -E "s/[0-9.]+ [kMG]B/SIZE/g; s/at [0-9.]+ tokens/at N tokens/"; }
attempt straddle run "$TOY" hi --set num_ctx=2000000000 2>&1 | figures
attempt straddle plan "$TOY" --ram 1MB 2>&1 | figures
attempt straddle run "$TOY" hi --ram 1MB 2>&1 | figures
attempt straddle logits "$TOY" --tokens 1 --ram 1MB 2>&1 | figures
attempt straddle perplexity "$TOY" --file "$TOY" --ctx 4 --ram 1MB 2>&1 | figures
attempt straddle bench "$TOY" --ram 1MB 2>&1 | figures
attempt straddle bench "$TOY" --rows 1 --prompts 64 --depth 0,2000000 --ram 1GB 2>&1 | figures
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
