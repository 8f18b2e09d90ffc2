"""placeholder until the branch toolchain is merged"""
import zipfile, hashlib
def members(path):
    with zipfile.ZipFile(path) as a:
        return {i.filename: hashlib.sha256(a.read(i)).hexdigest() for i in a.infolist()}
def differing(a, b):
    return sorted(n for n in set(a)|set(b) if a.get(n)!=b.get(n))
