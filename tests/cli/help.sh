straddle
echo ---
straddle run --help
echo ---
straddle help logits
echo ---
straddle help options
echo ---
straddle --version
echo ---
straddle quantize --help
