# The same bytes one by one, in chunks and at once; on every ISA that is here; with any number of threads.
ids=1,403,407,261,378,432,383,286,261,376,298,315
straddle logits "$TOY" --tokens $ids --all --out whole
for how in "--step" "--chunk 5" "--threads 1" "--isa generic"; do
  straddle logits "$TOY" --tokens $ids --all --out part $how
  cmp whole part && echo "same bytes: $how"
done
here=$(straddle logits "$TOY" --tokens 1 --isa none 2>&1 | sed -E 's/.*it has (.*)\)/\1/; s/,//g')
for isa in avx2 avx512; do
  if [[ " $here " == *" $isa "* ]]; then
    straddle logits "$TOY" --tokens $ids --all --out part --isa $isa && cmp whole part
  else
    straddle logits "$TOY" --tokens $ids --isa $isa 2>&1 | grep -v "\"$isa\" is unknown or not on this machine"
  fi
done
wc -c <whole
straddle logits "$TOY" --tokens $ids --top 3 | awk '{print $1, $3}'
straddle logits "$TOY" --tokens $ids --top 1 --device reference | awk '{print $1, $3}'
