"""Hand in a pipe as the result: who opens it waits for ever."""

import os

os.mkfifo("result.json")
print("tried: result.json is a pipe")
