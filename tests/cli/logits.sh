# The same bytes one by one, in chunks and at once; on every ISA that is here; with any number of threads.
ids=1,403,407,261,378,432,383,286,261,376,298,315
straddle logits "$TOY" --tokens $ids --all --out whole
for how in "--step" "--chunk 5" "--threads 1" "--isa generic"; do
  straddle logits "$TOY" --tokens $ids --all --out part $how
  cmp whole part && echo "same bytes: $how"
done
for isa in avx2 avx512; do
  if straddle logits "$TOY" --tokens $ids --all --out part --isa $isa 2>refusal; then
    cmp whole part
  else
    grep -q "does not have\|lacks" refusal || cat refusal
  fi
done
wc -c <whole
straddle logits "$TOY" --tokens $ids --top 3 | awk '{print $1, $3}'
straddle logits "$TOY" --tokens $ids --top 1 --device reference | awk '{print $1, $3}'
