#!/usr/bin/env python3
"""What is set in a chat, and the commands that look at it, keep it and ask again (ctest name: cli_chat_commands).
Usage: as chat_test.py, which has what is used here
"""
import json
import pathlib
import re
import sys
import time

import chat_test
from chat_test import GREEDY, Chat, terminal, thinker, users

TOY = str(chat_test.ROOT / "share" / "models" / "stories260K.gguf")
FOUND_NO_FLAG = "a message of a chat names its commands, not flags: %s"


def shown(chat, command):
    """The rows that a command prints, without empty ones."""
    chat.say_on_clear_screen(command)
    return [row.strip() for row in chat.screen()[1:-1] if row]


def context_used(chat):
    return int(re.match(r"(\d+) of \d+ tokens", shown(chat, "/show context")[0]).group(1))


def answers(saved):
    return [m["content"] for m in saved["messages"] if m["role"] == "assistant"]


def prompt_eval_count(chat):
    return int(re.findall(r"prompt eval count:\s+(\d+)", "\n".join(chat.screen()))[-1])


# ---- what the chat was started with

FLAGS = ["--set", "temperature=0", "--set", "stop=A", "--set", "stop=B C", "--ctx", "300", "--kv", "f32",
         "--threads", "1", "--system", "Be brief", "--format", "json", "--think=low", "--set", "num_predict=4"]
OF_FLAGS = [["temperature", "0"], ["stop", "A"], ["stop", "B C"], ["num_ctx", "300"], ["kv_type", "f32"],
            ["num_thread", "1"], ["num_predict", "4"]]
SHOWN_OF_FLAGS = ["temperature 0", "stop A", 'stop "B C"', "num_ctx 300", "kv_type f32", "num_thread 1",
                  "num_predict 4", "/set format json", "/set think low"]


def test_flags_are_shown_saved_and_stay_with_another_model(home):
    with Chat(home, *FLAGS, columns=100) as chat:
        for _ in range(2):
            assert shown(chat, "/show parameters")[1:] == SHOWN_OF_FLAGS, chat.screen()
            assert shown(chat, "/show system") == ["Be brief"]
            assert shown(chat, "/show context")[0] == "0 of 300 tokens of context are used"
            saved = chat.saved()
            assert saved["parameters"] == OF_FLAGS, saved
            assert (saved["system"], saved["format"], saved["think"]) == ("Be brief", "json", "low"), saved
            chat.say("/load " + TOY)
        chat.say("/set noformat")
        chat.say("/set parameter temperature 0.5")
        chat.say("/load stories260K")
        rows = shown(chat, "/show parameters")
        assert "temperature 0.5" in rows and "/set format json" not in rows, rows
        chat.saved()
        chat.leave()
    with Chat(home, model="s", columns=100) as chat:  # GREEDY says temperature 0 and num_predict 8
        rows = shown(chat, "/show parameters")[1:]
        assert set(rows) == {*SHOWN_OF_FLAGS, "num_predict 8"} - {"num_predict 4", "/set format json"}, rows
        assert shown(chat, "/show system") == ["Be brief"]
        chat.leave()


def test_a_session_brings_what_was_saved_but_for_what_was_set_here(home):
    with Chat(home, "--set", "temperature=0", "--set", "top_k=5", "--ctx", "300", "--system", "As saved") as chat:
        chat.say("Hello")
        chat.saved()
        chat.leave()
    with Chat(home, "--set", "temperature=0.1", "--set", "num_predict=8", "--system", "Of this chat") as chat:
        chat.say("/load s")
        rows = sorted(shown(chat, "/show parameters")[1:])
        assert rows == ["num_ctx 300", "num_predict 8", "temperature 0.1", "top_k 5"], rows
        assert shown(chat, "/show system") == ["As saved"], "it belongs to what was said"
        assert users(chat.saved("t")) == ["Hello"]
        chat.say("/load stories260K")
        assert sorted(shown(chat, "/show parameters")[1:]) == ["num_predict 8", "temperature 0.1"], chat.screen()
        chat.leave()


def test_a_load_that_fails_leaves_what_was_set(home):
    sessions = pathlib.Path(home) / "data" / "straddle" / "sessions"
    sessions.mkdir(parents=True)
    whole = {"model": "stories260K", "system": "Other", "parameters": [["top_k", "3"]], "messages": []}
    for name, change in (("form", {"format": 7}), ("thought", {"think": "deeply"}),
                         ("later", {"parameters": [["x", "1"]]})):
        (sessions / (name + ".json")).write_text(json.dumps({**whole, **change}))
    with Chat(home, *GREEDY, "--system", "Be brief", columns=100) as chat:
        for name, said in (("form", "no session"), ("thought", "'deeply' is unknown"), ("later", "unknown option 'x'")):
            chat.say_on_clear_screen("/load " + name)
            chat.expect_text(said)
        chat.say("/load stories260K")
        assert shown(chat, "/show system") == ["Be brief"]
        assert shown(chat, "/show parameters")[1:] == ["temperature 0", "num_predict 8"]
        chat.leave()


# ---- parameters

def test_options_that_are_lists_take_several_values(home):
    with Chat(home, *GREEDY, columns=100) as chat:
        chat.say('/set parameter stop END "### User" x')
        chat.expect_text("Set parameter 'stop' to 'END, ### User, x'")
        chat.say("/set parameter dry_sequence_breaker ; !")
        chat.say("/set parameter logit_bias 5-inf 6+1.5")
        lists = ["stop END", 'stop "### User"', "stop x", "dry_sequence_breaker ;", "dry_sequence_breaker !",
                 "logit_bias 5-inf", "logit_bias 6+1.5"]
        assert shown(chat, "/show parameters")[3:] == lists, chat.screen()
        chat.say_on_clear_screen("/show modelfile")
        chat.expect_text("\n".join("PARAMETER " + row for row in lists))
        chat.say("Once upon a time")
        assert len(chat.saved()["parameters"]) == 2 + len(lists)
        chat.say("/set parameter stop END")  # as with every option, in place of what it was
        chat.say('/set parameter dry_sequence_breaker ""')
        chat.say("/set parameter logit_bias 7")
        chat.expect_text("Couldn't set parameter: logit_bias: '7' is not a token's id")
        assert shown(chat, "/show parameters")[3:] == [*lists[5:], "stop END"], chat.screen()
        chat.say("/load s")
        assert sorted(shown(chat, "/show parameters")[1:]) == sorted(
            ["temperature 0", "num_predict 8", "stop END", *lists[3:]]), "unset here: as saved"
        chat.leave()


def test_a_context_that_cannot_be_loaded_is_refused_when_it_is_set(home):
    with Chat(home, *GREEDY, "--ctx", "256", columns=300) as chat:
        chat.say("Hello")
        chat.say("/set parameter num_ctx 2000000000")
        chat.expect_text("Couldn't set parameter: ")
        chat.expect_text("(it fits with /set parameter num_ctx 512, at ")
        chat.say("/set parameter num_thread 1000000")
        assert shown(chat, "/show parameters")[1:] == ["temperature 0", "num_predict 8", "num_ctx 256"], chat.screen()
        assert " of 256 tokens" in shown(chat, "/show context")[0]
        chat.say("Go on")
        assert len(chat.saved()["messages"]) == 4
        assert b"--set" not in chat.written, FOUND_NO_FLAG % chat.written
        chat.leave()


def test_a_context_beyond_what_the_model_was_made_for_is_said_when_it_is_set(home):
    with Chat(home, "--set", "temperature=0", columns=300, rows=60) as chat:
        chat.say("Once upon a time")
        chat.expect_text("the context of 512 tokens is full (a larger one: /set parameter num_ctx N, "
                         "but the model was made for 512)")
        chat.say_on_clear_screen("/set parameter num_ctx 600")
        chat.expect_text("the model was made for 512 tokens of context, not 600")
        assert shown(chat, "/show context")[1:] == [
            "what was said is read again with the next message", "the model was made for 512 tokens"], chat.screen()
        chat.leave()


def test_a_table_of_positions_that_is_shorter_is_said_when_num_ctx_is_set(home):
    with Chat(home, model=str(chat_test.ROOT / "tests/golden/models/small/gpt2.gguf"), columns=300) as chat:
        chat.say("/set parameter num_ctx 100000")
        found = re.search(r"the model has positions for (\d+) tokens: that is the context, not 100000",
                          "\n".join(chat.screen()))
        assert found, chat.screen()
        assert shown(chat, "/show context")[0] == "0 of %s tokens of context are used" % found.group(1), chat.screen()
        chat.leave()


def test_ctrl_c_while_num_ctx_is_set_leaves_the_old_one(home):
    model = chat_test.real_model("gemma3-270m")
    if not model:
        return
    with Chat(home, *GREEDY, model=model, columns=120) as chat:
        chat.keys("/set parameter num_ctx 300", "enter")
        time.sleep(0.05)
        chat.keys("ctrl-c")
        chat.ready()
        said = "\n".join(chat.screen())
        set_before = "Set parameter" in said  # loaded before the key came
        assert set_before or "Couldn't set parameter: loading was stopped" in said, said
        assert ("num_ctx 300" in shown(chat, "/show parameters")) == set_before, chat.screen()
        chat.say("Hello")
        assert chat.saved()["messages"][1]["content"]
        chat.leave()


def test_what_fails_names_the_commands_of_the_chat(home):
    with Chat(home, *GREEDY, "--ctx", "64", columns=300) as chat:
        for typed, said in (("/set parameter temprature 1", "unknown option 'temprature' (nearest known: temperature)"),
                            ("/set parameter ctx 1", "(nearest known: num_ctx)"),
                            ("x" * 300, "do not fit in the context of 64 "
                                        "(shorten it or use /set parameter num_ctx N)")):
            chat.say_on_clear_screen(typed)
            chat.expect_text(said)
        assert b"--" not in chat.written, FOUND_NO_FLAG % chat.written
        chat.leave()


def test_quotes_hold_what_escapes_mean(home):
    with Chat(home, *GREEDY, columns=100) as chat:
        chat.say(r'/set parameter stop "a\"b" "\n\\" c\d')
        assert chat.saved()["parameters"][2:] == [["stop", 'a"b'], ["stop", "\n\\"], ["stop", r"c\d"]], chat.screen()
        rows = shown(chat, "/show parameters")[3:]
        assert rows == [r'stop "a\"b"', r'stop "\n\\"', r"stop c\d"], rows
        for typed, said in (('"open', "Couldn't set parameter: stop: a quote is not closed"),
                            ('"a"b', "behind a closing quote stands no blank"),
                            (r'"\d"', "a backslash in quotes")):
            chat.say_on_clear_screen("/set parameter stop " + typed)
            chat.expect_text(said)
        assert shown(chat, "/show parameters")[3:] == rows
        chat.leave()


# ---- commands

def test_a_system_message_is_cleared_by_quotes_alone(home):
    with Chat(home, *GREEDY, "--system", "Be brief") as chat:
        chat.say("/set system")
        chat.expect_text("Usage:")
        assert shown(chat, "/show system") == ["Be brief"]
        saved = chat.saved()
        assert saved["system"] == "Be brief"
        chat.say('/set system ""')
        chat.expect_text("Cleared system message.")
        assert chat.saved("t")["system"] == ""
        chat.leave()
    with Chat(home, "--system=", model="s") as chat:
        assert shown(chat, "/show system") == ["No system message was specified for this model."]
        chat.leave()


def test_a_model_keeps_the_system_message_that_a_session_brought(home):
    with Chat(home, *GREEDY, "--system", "Be brief") as chat:
        chat.saved()
        chat.say("/load s")
        chat.say("/load stories260K")
        assert shown(chat, "/show system") == ["Be brief"]
        chat.leave()


def test_blanks_between_the_words_of_a_command_are_free(home):
    with Chat(home, columns=100) as chat:
        chat.say("/set  parameter   top_k  5 ")
        assert shown(chat, "  /show   parameters")[-1] == "top_k 5", chat.screen()
        chat.say('/set   system  """Be', "ctrl-j", 'brief"""')
        assert chat.saved()["system"] == "Be\nbrief"
        chat.say_on_clear_screen("/show  systm")
        chat.expect_text("Unknown command '/show systm'")
        chat.leave()


def test_save_replaces_sessions_and_nothing_else(home):
    package = pathlib.Path(home) / "package.json"
    package.write_text('{"name": "mine"}')
    (pathlib.Path(home) / "link.json").symlink_to(package)
    with Chat(home, columns=100) as chat:
        for name in ("package", "link"):
            chat.say_on_clear_screen("/save %s/%s.json" % (home, name))
            chat.expect_text("this is no session that /save wrote")
        assert package.read_text() == '{"name": "mine"}'
        chat.saved()
        chat.expect_text("Created new session 's'")
        chat.saved()
        chat.expect_text("Replaced session 's'")
        chat.say_on_clear_screen('/save ""')
        chat.expect_text("Usage:")
        chat.say('/save "a tale"')
        chat.say_on_clear_screen('/load "a tale"')
        chat.expect_text("Loading 'a tale'")
        assert [row.split("  ")[0] for row in shown(chat, "/sessions")] == ["a tale", "s"], chat.screen()
        chat.leave()


def test_a_name_that_nothing_has_is_explained(home):
    sessions = pathlib.Path(home) / "data" / "straddle" / "sessions"
    (sessions / "folder.json").mkdir(parents=True)
    with Chat(home, columns=160) as chat:
        chat.saved("pre")
        for name, said in (("prx", "Couldn't find model 'prx': no model of this name (did you mean the session pre?)"),
                           ("storis260K", "(did you mean stories260K?)"),
                           ("folder", "folder.json: this is no session that /save wrote (not a regular file)"),
                           ("nope.json", "(/save writes it)")):
            chat.say_on_clear_screen("/load " + name)
            chat.expect_text(said)
        chat.leave()


def test_words_of_errors_are_not_broken_and_warnings_come_once(home):
    with Chat(home, *GREEDY, columns=60) as chat:
        assert chat.written.count(b"no chat template") == 1, chat.written
        chat.say("/set parameter num_thread 1")
        chat.say("/load stories260K")
        assert chat.written.count(b"no chat template") == 1, chat.written
        rows = shown(chat, "/set parameter nothing_that_is_known_here 1")
        assert " ".join(rows) == ("Couldn't set parameter: unknown option 'nothing_that_is_known_here' "
                                  "(/set parameter lists the usual ones)"), rows
        assert len(rows) > 1, "rows are joined by a blank: no word was broken"
        rows = shown(chat, "/load a-name-that-no-model-and-no-session-of-this-computer-ever-had")
        assert "no model of this name" in " ".join(rows), rows
        chat.say_on_clear_screen("/set nohistory")
        chat.expect_text("Set 'nohistory' mode.")
        chat.leave()


def test_a_message_of_more_lines_is_one_entry_of_the_history(home):
    with Chat(home) as chat:
        chat.keys('"""one', "enter")
        chat.expect_text("...")
        chat.say('two"""')
        chat.keys("up")
        chat.expect_text('>>> """one\n... two"""')
        chat.leave_now()
    lines = (pathlib.Path(home) / "state" / "straddle" / "history").read_text().split("\n")
    assert lines == ['"""one\u2028two"""', "/bye", ""], lines


def test_unknown_commands_name_the_nearest(home):
    with Chat(home, columns=100) as chat:
        for typed, said in (("/sav x", "Unknown command '/sav'. Type /? for help (nearest known: /save)"),
                            ("/quit", "Unknown command '/quit'. Type /? for help (nearest known: /exit)"),
                            ("/set paramter x 1", "Unknown command '/set paramter'. Type /? for help "
                                                  "(nearest known: /set parameter)"),
                            ("/show all", "Unknown command '/show all'. Type /? for help"),
                            ("/? nonsense", "No help for 'nonsense'. Type /? for help"),
                            ("/? save", "/save SESSION"), ("/? sessions", "/sessions delete SESSION"),
                            ("/load", "Usage:"), ("/save", "Usage:"), ("/sessions delete", "Usage:")):
            chat.say_on_clear_screen(typed)
            chat.expect_text(said)
        chat.leave()


def test_saved_sessions_are_listed_and_deleted(home):
    (pathlib.Path(home) / "other.json").write_text("{}")
    with Chat(home, columns=100) as chat:
        assert shown(chat, "/sessions") == ["No session was saved yet: /save SESSION"]
        chat.saved("a tale")
        chat.say("Hello")
        chat.saved("東京")
        (chat.home / "data/straddle/sessions/bad.json").write_text("[]")
        assert shown(chat, "/sessions") == [
            "a tale    0 messages, stories260K", "bad       no session that /save wrote",
            "東京      2 messages, stories260K"], chat.screen()
        for name, said in (("a tail", "a tail: no session of this name (nearest known: a tale)"),
                           (home + "/other.json", "no session of this name"),
                           ("../../../other", "no session of this name"),
                           ("a tale", "Deleted session 'a tale'"), ("bad", "Deleted session 'bad'")):
            chat.say_on_clear_screen("/sessions delete " + name)
            chat.expect_text(said)
        assert shown(chat, "/sessions") == ["東京    2 messages, stories260K"], chat.screen()
        chat.leave()
    assert (chat.home / "other.json").exists()


def test_retry_answers_the_last_message_again(home):
    flags = ["--set", "num_predict=40", "--set", "temperature=2", "--set", "top_k=0", "--set", "top_p=1"]
    with Chat(home, *flags) as chat:
        chat.say("/retry")
        chat.expect_text("nothing was said yet")
        chat.say("Hello")
        chat.say("Once upon a time")
        before = chat.saved()
        for _ in range(5):  # by chance the same words may come
            chat.say_on_clear_screen("/retry")
            after = chat.saved()
            assert users(after) == ["Hello", "Once upon a time"], after
            assert answers(after)[0] == answers(before)[0], after
            if answers(after)[1] != answers(before)[1]:
                break
        else:
            raise AssertionError("always the same answer: %s" % after)
        assert "the same" not in "\n".join(chat.screen())
        chat.say("/set parameter seed 7")
        chat.say_on_clear_screen("/retry")
        assert "the same" not in "\n".join(chat.screen()), "it was another seed before"
        before = chat.saved()
        chat.say("/retry")
        chat.expect_text("with seed 7 the answer will be the same")
        assert answers(before) == answers(chat.saved())
        chat.leave()


def test_retry_sends_a_message_that_was_not_kept_and_keeps_an_answer_that_was(home):
    with Chat(home, *GREEDY, "--set", "num_batch=1", "--ctx", "200000", "--verbose", columns=100) as chat:
        chat.say("/set system " + "once upon a time " * 2000)
        chat.keys("Hello", "enter")
        time.sleep(0.3)
        chat.keys("ctrl-c")
        chat.ready()
        chat.expect_text("the message is not kept (/retry sends it again)")
        assert 0 < prompt_eval_count(chat) < 8000, "only what was computed counts"
        chat.say("/set system Be brief")
        chat.say("/retry")
        saved = chat.saved()
        assert users(saved) == ["Hello"] and len(saved["messages"]) == 2, saved
        chat.say("/set system " + "there was a cat " * 2000)
        for _ in range(2):
            chat.keys("/retry", "enter")
            time.sleep(0.3)
            chat.keys("ctrl-c")
            chat.ready()
            chat.expect_text("stopped before the answer began: the one before is kept")
            assert chat.saved()["messages"] == saved["messages"]
        chat.leave()


def test_a_turn_that_failed_can_be_tried_again(home):
    with Chat(home, "--set", "temperature=0", "--ctx", "64", model=thinker(home), columns=120) as chat:
        chat.say("x" * 100)
        chat.expect_text("Error: ")
        chat.say_on_clear_screen("/set parameter num_ctx 512")
        chat.say("/retry")
        chat.expect_text("Hello.")
        assert users(chat.saved()) == ["x" * 100]
        chat.leave()


def test_how_much_of_the_context_is_used(home):
    with Chat(home, columns=100) as chat:
        assert context_used(chat) == 0
        chat.say("Hello")
        first = context_used(chat)
        chat.say("x" * 1000)
        chat.expect_text("do not fit in the context")
        assert context_used(chat) == first, "a message that failed changes nothing"
        chat.say("Once upon a time")
        second = context_used(chat)
        assert 8 < first < second - 8, (first, second)
        chat.say("/clear")
        assert context_used(chat) == 0
        chat.leave()


if __name__ == "__main__":
    sys.exit(chat_test.main(globals()))
