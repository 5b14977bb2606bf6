# A model that is cut short while it is in use ends the program with a line, not with a crash.
cp "$TOY" model.gguf
mkfifo words
straddle run model.gguf --raw --set num_predict=4 <words 2>said &
exec 3>words
until grep -q model.gguf /proc/$!/maps || ! kill -0 $!; do sleep 0.05; done
truncate -s 4096 model.gguf
echo "Once upon a time" >&3
exec 3>&-
wait $!
echo "exit $?"
grep -v "^Waiting for" said
