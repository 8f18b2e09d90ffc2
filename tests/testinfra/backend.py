# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A PEP 517 build backend in one file, which the sdists of the tests carry in themselves: nothing is downloaded to build them.

What it does is said by ``recipe.json`` beside it: see ``sdists.py``.
"""
import base64
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile


def _recipe():
    return json.loads(pathlib.Path("recipe.json").read_text(encoding="utf-8"))


def _row(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def _compile(recipe):
    target = f"{recipe['extension']}{sysconfig.get_config_var('EXT_SUFFIX')}"
    command = [*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", f"-I{sysconfig.get_paths()['include']}", "extension.c",
               "-o", target, "-Wl,--no-as-needed", *(f"-l{library}" for library in recipe["libraries"])]
    print(shlex.join(command), flush=True)
    subprocess.run(command, check=True)
    return target, pathlib.Path(target).read_bytes()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Make the wheel (PEP 517) and return its file name."""
    recipe = _recipe()
    if recipe["fails"]:
        print("\n".join(f"step {number} of the build" for number in range(1, 40)), flush=True)
        sys.exit(recipe["fails"])
    if recipe["opens"]:
        urllib.request.urlopen(recipe["opens"], timeout=10)
    if recipe["runs"]:
        subprocess.run([sys.executable, "-c", recipe["runs"]], check=True)
    name, version = recipe["name"].replace("-", "_"), recipe["version"]
    files = {path.as_posix(): path.read_bytes() for path in sorted(pathlib.Path(name).rglob("*.py"))}
    if recipe["random"]:
        files[f"{name}/random.txt"] = os.urandom(8).hex().encode()
    tag = "py3-none-any"
    if recipe["extension"]:
        target, data = _compile(recipe)
        files[target] = data
        tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-" * 2 + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    info = f"{name}-{version}.dist-info"
    files[f"{info}/METADATA"] = pathlib.Path("PKG-INFO").read_bytes()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(not recipe['extension']).lower()}\nTag: {tag}\n".encode()
    if recipe["script"]:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{recipe['name']} = {recipe['script']}\n".encode()
    record = "".join(_row(path, data) for path, data in files.items()) + f"{info}/RECORD,,\n"
    files[f"{info}/RECORD"] = record.encode()
    filename = f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
    return filename
