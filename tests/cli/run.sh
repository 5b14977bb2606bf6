greedy="--set temperature=0 --set num_predict=12"
echo "# words, standard input, both"
straddle run "$TOY" --raw $greedy Once upon a time </dev/null
printf 'Once upon' | straddle run "$TOY" --raw $greedy a time
printf 'Once upon a time' | straddle run "$TOY" --raw $greedy
echo "# by name; without --raw a line says what happens"
straddle run stories260K $greedy "Once upon a time" </dev/null
echo "# a model that cannot think says so; it may be asked not to"
straddle run "$TOY" $greedy --think=high Once </dev/null
straddle run "$TOY" $greedy --think=false Once </dev/null
echo "# an empty raw prompt continues from BOS"
straddle run "$TOY" --raw $greedy </dev/null
echo "# a stop string ends the answer before it"
straddle run "$TOY" --raw $greedy --set stop=girl "Once upon a time" </dev/null
echo "# a seed repeats"
straddle run "$TOY" --raw --set seed=7 --set num_predict=20 "Tom" </dev/null >one
straddle run "$TOY" --raw --set seed=7 --set num_predict=20 "Tom" --threads 1 --isa generic </dev/null >two
cmp one two && echo same
echo "# the context's end is said"
straddle run "$TOY" --raw --set temperature=0 --set num_ctx=16 "Once upon a time" </dev/null
echo "# statistics: the labels"
straddle run "$TOY" --raw $greedy --verbose "Once" </dev/null 2>&1 |
  sed -E 's/ +[0-9][0-9a-zµ.]*/ N/g; s/ N [kMG]?B/ N B/g; s/\([0-9.]+ of N( guessed)?\)/(N of N)/'
echo "# a closed pipe ends quietly"
straddle run "$TOY" --raw --set num_predict=200 "Once upon a time" </dev/null | head -c 5 >/dev/null
echo "exit ${PIPESTATUS[0]}"
echo "# SIGTERM ends cleanly"
straddle run "$TOY" --raw --set num_ctx=1000000 --set num_predict=900000 "Once" </dev/null >said 2>err &
until [ -s said ] || ! kill -0 $!; do sleep 0.05; done
kill $!
wait $!
echo "exit $?"
cat err
