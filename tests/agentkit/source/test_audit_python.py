"""The audit of Python, rule by rule: each trick in some of the ways in which it can be written."""

from __future__ import annotations

import time

import pytest

from agentkit.source.audit import audit_text

TRICKS = [
    ("heap_search", "import gc\nfor each in gc.get_objects(): pass"),
    ("heap_search", "import gc as g\ng.get_referrers(3)"),
    ("heap_search", "search = __import__('gc').get_objects"),
    ("heap_search", "import importlib\nimportlib.import_module('gc').get_objects()"),
    ("stack_frames", "import sys\nsys._getframe(1)"),
    ("stack_frames", "import sys\ngetattr(sys, '_get' 'frame')(0)"),
    ("stack_frames", "import inspect as i\ni.stack()"),
    ("stack_frames", "def f(frame): return frame.f_back.f_locals"),
    ("foreign_memory", "import ctypes\nctypes.CDLL(None)"),
    ("foreign_memory", "from ctypes import CDLL\nCDLL('libc.so.6')"),
    ("foreign_memory", "import ctypes\nctypes.cdll.LoadLibrary('/usr/lib/libtorch_cpu.so')"),
    ("foreign_memory", "import ctypes\nctypes.memmove(a, b, 3)"),
    ("patched_module", "import time\ntime.perf_counter = lambda: 0"),
    ("patched_module", "import time as t\nt.time, x = f, 3"),
    ("patched_module", "import time\nclock = time\nclock.time = f"),
    ("patched_module", "import time\nsetattr(time, 'time', f)"),
    ("patched_module", "import time\nvars(time)['time'] = f"),
    ("patched_module", "import time\ntime.__dict__['time'] = f"),
    ("patched_module", "import torch\ntorch.cuda.Event.elapsed_time = f"),
    ("patched_module", "import torch\ntorch.cuda.synchronize = f"),
    ("patched_module", "import numpy as np\nnp.allclose = f"),
    ("exit_hook", "import atexit\n@atexit.register\ndef f(): pass"),
    ("process_end", "from os import _exit\n_exit(0)"),
    ("background_process", "import os\nif os.fork() == 0: pass"),
    ("background_process", "import subprocess\nsubprocess.Popen(['x'], start_new_session=True)"),
    ("background_thread", "import threading\nthreading.Thread(target=f, daemon=True).start()"),
    ("background_thread", "t = make()\nt.daemon = True"),
    ("tracing", "import sys\nsys.settrace(f)"),
    ("network", "import socket"),
    ("network", "from urllib.request import urlopen"),
    ("network", "def f():\n    import requests.adapters"),
    ("harness_import", "from agentkit.evaluation import answers"),
    ("module_table", "import sys\nsys.modules['numpy'] = fake"),
    ("module_table", "import sys\nfor name in sys.modules: pass"),
    ("built_code", "exec(base64.b64decode(text))"),
    ("built_code", "value = eval('x' + y)"),
    ("built_code", "import builtins\nbuiltins.eval(f'{x}')"),
    ("process_files", "open('/proc/self/maps')"),
    ("process_files", "from pathlib import Path\nPath(f'/proc/{pid}/environ').read_bytes()"),
    ("process_files", "import os\nos.listdir('/proc')"),
    ("harness_variable", "import os\nos.environ['AGENTKIT_RESULT']"),
    ("harness_variable", "import os\nos.getenv('AGENTKIT_COMMAND')"),
    ("harness_variable", "from os import environ as e\ne.get('AGENTKIT_RESULT')"),
    ("comparison_overload", "class Same:\n    def __eq__(self, other): return True"),
    ("comparison_overload", "class Lazy:\n    @staticmethod\n    def __torch_function__(*a): pass"),
    ("comparison_overload", "class A: pass\nA.__eq__ = lambda a, b: True"),
]


@pytest.mark.parametrize(("rule", "text"), TRICKS, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(TRICKS)])
def test_a_trick_is_found(rule: str, text: str) -> None:
    assert rule in {each.rule for each in audit_text(text, "kernel.py")}


ORDINARY = [
    "import sys\nsys.modules[__name__].setting = 3",
    "self.time = 3\nself.allclose = f\nclock.time = 4",
    "import time\nt = time.time()\nlabel = time.ctime",
    "import gc\ngc.collect()\ngc.disable()",
    "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nos.environ['AGENTKIT_SEED']",
    "import torch\ntorch.manual_seed(3)\ntorch.set_float32_matmul_precision('high')",
    "import torch\ntorch.backends.cudnn.benchmark = True",
    "import re\nre.compile(a + b)",
    "model.eval()\nmodel.exec(x)",
    "eval('1 + 1')",
    "def __eq__(a, b): return True",
    "import ctypes\nctypes.CDLL('./mine.so')",
    "open('/process/x')\nopen('proc/self')",
    "thread = Thread(daemon=False)",
    "import urllib.parse",
    "def f(gc): return gc.get_objects()",
    "frame = {'f_back': 3}",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_code_is_not(text: str) -> None:
    assert audit_text(text, "kernel.py") == ()


@pytest.mark.parametrize(
    "text", ["x" + ".b" * 10_000, "(" * 10_000 + "1" + ")" * 10_000, "f" + "()" * 10_000]
)
def test_an_expression_as_deep_as_the_file_is_long_is_read_in_good_time(text: str) -> None:
    begin = time.process_time()
    assert audit_text(f"{text}\nimport sys\nsys._getframe()\n", "train.py")
    assert time.process_time() - begin < 20, "with a search for each node's parent it takes minutes"
