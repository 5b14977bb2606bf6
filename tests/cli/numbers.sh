# What is no number ends in a line that says where, never in text.
text=$REFUSED/../golden/models/reference/tinystories_sample.txt
# A copy of the model with four other bytes, so far before its end.
change() {
  cp "$TOY" "$1" && chmod u+w "$1"
  printf "$3" | dd of="$1" bs=1 seek=$(($(stat -c %s "$TOY") - $2)) conv=notrunc status=none
}
echo "# NaN in the last tensor, blk.4.ffn_up.weight"
change nan.gguf 4 '\0\0\300\177'
attempt straddle run nan.gguf --raw "Once upon a time" --set seed=1
attempt straddle logits nan.gguf --tokens 1,403,407
attempt straddle perplexity nan.gguf --file "$text" --ctx 16
attempt straddle quantize nan.gguf out.gguf Q4_K_M
attempt straddle logits nan.gguf --check
echo "# infinity in blk.4.attn_norm.weight"
change infinite.gguf 181760 '\0\0\200\177'
attempt straddle run infinite.gguf --raw "Once upon a time" --set seed=1
attempt straddle logits infinite.gguf --check --tokens 1,403,407
echo "# 1e9 in blk.4.attn_k.weight: a key of each token is beyond float16"
change large.gguf 165120 '\050\153\156\116'
attempt straddle run large.gguf --raw "Once" --set seed=1 --set num_predict=3 >said 2>line
wc -l <line
cat line
attempt straddle run large.gguf --raw "Once" --set seed=1 --set num_predict=3 --kv f32 2>&1 >said
attempt straddle logits large.gguf --tokens 1,403,407 --kv f16 --top 0
echo "# a model that is well"
attempt straddle logits "$TOY" --check
attempt straddle logits "$TOY" --check --tokens 1,403,407 --set num_batch=2
