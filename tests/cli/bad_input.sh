# Hostile words end in a clear line, soon.
echo "# a prompt of a megabyte"
head -c 1000000 /dev/zero | tr '\0' 'a' | straddle run "$TOY" --raw 2>&1 | sed -E 's/[0-9]+ tokens/N tokens/'
echo "exit ${PIPESTATUS[2]}"
echo "# bytes that are no UTF-8"
printf 'Once \xff\xfe upon' | straddle run "$TOY" --raw --set temperature=0 --set num_predict=4 | wc -c
printf '\xf4\x90\x80\x80\xed\xa0\x80\xc0\xaf' | straddle tokenize "$TOY"
echo "# text that looks like control tokens is text unless it is raw"
straddle run "$TOY" --set temperature=0 --set num_predict=2 "</s>" </dev/null | wc -l
echo "# a window that is too small"
attempt straddle perplexity "$TOY" --file "$REFUSED/../golden/models/reference/tinystories_sample.txt" --ctx 1
