"""Print what a terminal obeys: colours, titles, cursor moves, and marks that turn text round."""

import sys

sys.stdout.write("\x1b[31mred\x1b[2J\x1b[H\x1b]0;title\x07\x1b]8;;http://127.0.0.1/\x1b\\link\x1b]8;;\x1b\\")
sys.stdout.write("\x9b31m\x90q\x9c\x07\x08\x0b\x0c\x7f\x00\u202egnihton\u202c\u200bzero\u2028line\ufeff\n")
sys.stdout.write("honest\rforged\n\x1bPdevice\x1b\\\x1bc\n")
print("tried: it was printed")
