straddle tokenize "$TOY" "Once upon a time"
straddle tokenize "$TOY" --bos --json "Once upon a time"
straddle tokenize "$TOY" --pieces "a dog"
printf 'Once upon a time' | straddle tokenize "$TOY"
straddle tokenize "$TOY" "<s>hi" </dev/null
straddle tokenize "$TOY" --no-special "<s>hi" </dev/null
straddle tokenize "$TOY" "[a,b]" </dev/null
straddle detokenize "$TOY" 403,407,261,378
straddle detokenize "$TOY" 403 407 261 378
echo "[403, 407]" | straddle detokenize "$TOY"
cat >lines.jsonl <<'EOF'
{"text": "Once", "add_special": true}
{"text_b64": "//8=", "add_special": false}
EOF
straddle tokenize "$TOY" --batch lines.jsonl | tee ids.jsonl
straddle detokenize "$TOY" --batch ids.jsonl
echo '{"words": 1}' >lines.jsonl
attempt straddle tokenize "$TOY" --batch lines.jsonl
