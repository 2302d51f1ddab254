"""What some scripts get over the network as they start. A sandbox has none, so the user gets it once, before.

FlashAttention-3 comes from a hub of kernels by `get_kernel` of the package `kernels`. Where a version is
named, that function asks the hub for its list of versions, whatever is cached, before release 0.15; a folder
named in LOCAL_KERNELS is taken unasked, since 0.13. Since 0.14 a kernel has to describe itself and its
publisher has to be trusted, later also a version has to be named: older scripts do neither, so they need an
older release.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agentkit.contracts.sandbox import Mount
from agentkit.contracts.task import Lack

KERNELS, TIKTOKEN = "kernels", "tiktoken"
"""Folders below the cache's, and below `INSIDE`; and packages."""
INSIDE = Path("/data")
VERSIONED_SINCE, PLAIN_BEFORE = (0, 13), (0, 14)
"""Releases of the package: named versions need this or a later one, others an earlier one."""
HUB_CACHES = ("KERNELS_CACHE", "HF_HUB_CACHE")


@dataclass(frozen=True)
class Kernel:
    """One call of get_kernel."""

    repository: str
    arguments: str
    """As the script has them."""
    ref: str
    """Name of what is fetched, in the hub's git."""

    @property
    def is_versioned(self) -> bool:
        return self.ref != "main"


@dataclass(frozen=True)
class Downloads:
    """Fetched once by the user, and shown read-only."""

    folder: Path
    """Below the cache; what agentkit's own commands fill."""
    kernels: tuple[Kernel, ...]
    encoding: bool
    """Whether tiktoken's files for GPT-2 are needed."""
    elsewhere: tuple[Path, ...] = ()
    """Caches of the hub that the user may have already."""

    @classmethod
    def of(cls, texts: Iterable[str], cache: Path, environment: Mapping[str, str]) -> Downloads:
        texts = list(texts)
        found = dict.fromkeys(kernel for text in texts for kernel in kernels_of(text))
        encoding = any(re.search(r"^\s*import tiktoken\b", text, re.MULTILINE) for text in texts)
        return cls(cache / "speedrun", tuple(found), encoding, hub_caches(environment))

    @property
    def packages(self) -> tuple[str, ...]:
        """Those whose release matters, so that `lacks` tells of them."""
        return (KERNELS,) if self.kernels else ()

    def lacks(self) -> list[Lack]:
        found = list(self._package_lacks(installed_kernels()))
        for kernel in self.kernels:
            if self.snapshot(kernel) is None:
                code = f"from kernels import get_kernel; get_kernel({kernel.arguments})"
                what = f"the kernels {kernel.repository}, which the script downloads as it starts"
                found.append(Lack(what=what, fix=self._command("KERNELS_CACHE", KERNELS, code)))
        if self.encoding and not any((self.folder / TIKTOKEN).glob("*")):
            code = 'import tiktoken; tiktoken.get_encoding("gpt2")'
            fix = self._command("TIKTOKEN_CACHE_DIR", TIKTOKEN, code)
            found.append(
                Lack(what="tiktoken's files for GPT-2, which the script downloads as it starts", fix=fix)
            )
        return found

    def _package_lacks(self, has: str) -> Iterator[Lack]:
        release = tuple(map(int, re.findall(r"\d+", has)[:2]))
        least = VERSIONED_SINCE if any(each.is_versioned for each in self.kernels) else (0, 0)
        below = PLAIN_BEFORE if not all(each.is_versioned for each in self.kernels) else None
        if not self.kernels or (has and release >= least and (below is None or release < below)):
            return
        bounds = [f">={least[0]}.{least[1]}"] if any(least) else []
        bounds += [f"<{below[0]}.{below[1]}"] if below else []
        wanted = f"kernels{','.join(bounds)}"
        what = f"the package {wanted}, which loads what is cached without a network (it has {has or 'none'})"
        yield Lack(what=what, fix=f"pip install {shlex.quote(wanted)}")

    def _command(self, variable: str, name: str, code: str) -> str:
        return f"{variable}={shlex.quote(str(self.folder / name))} python -c {shlex.quote(code)}"

    def snapshot(self, kernel: Kernel) -> Path | None:
        """The folder with its builds, as the hub's cache keeps it; None: it is not there, or not whole."""
        name = f"*--{kernel.repository.replace('/', '--')}"
        homes = [
            home for cache in (self.folder / KERNELS, *self.elsewhere) for home in sorted(cache.glob(name))
        ]
        return next((found for home in homes if (found := snapshot_in(home, kernel.ref))), None)

    def mounts(self) -> tuple[Mount, ...]:
        """Only these kernels, of a cache that may hold much else."""
        homes = [found.parents[1] for each in self.kernels if (found := self.snapshot(each))]
        mounts = [Mount(source=home, target=INSIDE / KERNELS / home.name) for home in dict.fromkeys(homes)]
        if self.encoding and (self.folder / TIKTOKEN).is_dir():
            mounts.append(Mount(source=self.folder / TIKTOKEN, target=INSIDE / TIKTOKEN))
        return tuple(mounts)

    def variables(self) -> dict[str, str]:
        snapshots = {each.repository: found for each in self.kernels if (found := self.snapshot(each))}
        variables: dict[str, str] = {}
        if snapshots:
            inside = INSIDE / KERNELS
            variables["KERNELS_CACHE"] = str(inside)
            variables["LOCAL_KERNELS"] = ":".join(
                f"{repository}={inside / path.relative_to(path.parents[2])}"
                for repository, path in snapshots.items()
            )
        if self.encoding and (self.folder / TIKTOKEN).is_dir():
            variables["TIKTOKEN_CACHE_DIR"] = str(INSIDE / TIKTOKEN)
        return variables

    def facts(self) -> dict[str, str]:
        """For the page of the task: nobody should learn of a download from a refusal."""
        names = [f"the kernels {each.repository} ({each.ref})" for each in self.kernels]
        names += ["tiktoken's files for GPT-2"] if self.encoding else []
        return {"downloads": f"{', '.join(names)}: once, by you; a run has no network"} if names else {}


def kernels_of(text: str) -> Iterator[Kernel]:
    """Those that the script asks for; not what it tries once that has failed."""
    try:
        with warnings.catch_warnings(action="ignore"):
            pending: list[ast.AST] = [ast.parse(text)]
    except SyntaxError:
        return
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ExceptHandler):
            continue
        pending += reversed(list(ast.iter_child_nodes(node)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "get_kernel":
            yield from kernel_of(node)


def kernel_of(call: ast.Call) -> Iterator[Kernel]:
    """Nothing for a name that is not written out."""
    named = {each.arg: each.value for each in call.keywords if each.arg}
    words = dict(zip(("repo_id", "revision", "version"), call.args, strict=False)) | named
    said = {name: node.value for name, node in words.items() if isinstance(node, ast.Constant)}
    repository = said.get("repo_id")
    if not isinstance(repository, str) or not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", repository):
        return
    number, revision = said.get("version"), said.get("revision")
    ref = f"v{number}" if isinstance(number, int) else revision if isinstance(revision, str) else "main"
    arguments = ast.unparse(call).partition("(")[2].removesuffix(")")
    # It is typed inside of single quotes.
    yield Kernel(repository, arguments if '"' in arguments else arguments.replace("'", '"'), ref)


def snapshot_in(home: Path, ref: str) -> Path | None:
    """`home`: one repository's folder of a hub's cache."""
    # As a download leaves them that was cut off.
    if any((home / "blobs").glob("*.incomplete")):
        return None
    folders = {path.name: path for path in (home / "snapshots").glob("*") if is_kernel(path)}
    refs = {
        path.name: path.read_text(encoding="utf-8").strip()
        for path in (home / "refs").glob("*")
        if path.is_file()
    }
    commit = refs.get(ref, ref)
    if commit in folders:
        return folders[commit]
    if ref == "main":
        return None
    # A version is fetched by its commit, of which older releases of `kernels` do not note the name.
    unnamed = [path for name, path in folders.items() if name not in refs.values()]
    return max(unnamed, key=lambda path: path.stat().st_mtime, default=None)


def is_kernel(folder: Path) -> bool:
    return any(path.is_file() for depth in ("*", "*/*") for path in folder.glob(f"build/{depth}/__init__.py"))


def hub_caches(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """As the hub's own packages look for them."""
    named = [Path(environment[name]).expanduser() for name in HUB_CACHES if environment.get(name)]
    home = environment.get("HF_HOME") or "~/.cache/huggingface"
    return (*named, Path(home).expanduser() / "hub")


def installed_kernels() -> str:
    try:
        return version(KERNELS)
    except PackageNotFoundError:
        return ""
