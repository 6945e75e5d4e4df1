"""A disk that forgets what was not synced, in the place of the operating system's files under `kiosk.storage`."""

import errno

KEPT = "nothing", "names", "everything"  # what a power cut spares of what was not synced


class PowerCut(BaseException):
    """The power has gone."""


class Folder:
    def __init__(self):
        self.now, self.synced = {}, {}


class File:
    def __init__(self):
        self.now, self.synced = b"", b""


class ForgetfulDisk:
    """Stands in for `os` and `open`; `cut_after` says at which change the power goes."""

    O_RDONLY = 0

    def __init__(self):
        self.root = Folder()
        self.left = -1

    def install(self, monkeypatch, storage):
        monkeypatch.setattr(storage, "os", self)
        monkeypatch.setattr(storage, "open", self.open_file, raising=False)

    def cut_after(self, changes):
        self.left = changes

    def power_on(self, kept):
        """Give power back; of what was not synced, this much is there."""
        self.left = -1

        def survive(node):
            if isinstance(node, File):
                node.now = node.synced = node.now if kept == "everything" else node.synced
            else:
                node.synced = dict(node.synced if kept == "nothing" else node.now)
                node.now = dict(node.synced)
                for inner in node.now.values():
                    survive(inner)

        survive(self.root)

    def fsync(self, node):
        self._step()
        node.synced = dict(node.now) if isinstance(node, Folder) else node.now

    def open(self, path, _flags):
        return self._find(path)

    def close(self, descriptor):
        pass

    def open_file(self, path, mode):
        folder, name = self._parent(path)
        if name not in folder.now:
            if mode == "rb":
                raise OSError(errno.ENOENT, path)
            self._step()
            folder.now[name] = File()
        elif mode == "wb":
            self._step()
            folder.now[name].now = b""
        return Handle(self, folder.now[name], mode)

    def listdir(self, path):
        folder = self._find(path)
        if isinstance(folder, File):
            raise OSError(errno.ENOTDIR, path)
        return list(folder.now)

    def stat(self, path):
        return (0,) * 6 + (len(self._find(path).now),)

    def statvfs(self, path):
        return 4096, 4096, 1 << 20, 1 << 20, 1 << 20

    def mkdir(self, path):
        folder, name = self._parent(path)
        if name in folder.now:
            raise OSError(errno.EEXIST, path)
        self._step()
        folder.now[name] = Folder()

    def rename(self, old, new):
        folder, name = self._parent(old)
        target, new_name = self._parent(new)
        self._step()
        target.now[new_name] = folder.now.pop(name)

    def remove(self, path):
        folder, name = self._parent(path)
        self._step()
        del folder.now[name]

    def rmdir(self, path):
        assert not self._find(path).now
        self.remove(path)

    def _parent(self, path):
        folder, name = path.rsplit("/", 1)
        return self._find(folder), name

    def _find(self, path):
        node = self.root
        for name in path.split("/"):
            if name:
                if name not in node.now:
                    raise OSError(errno.ENOENT, path)
                node = node.now[name]
        return node

    def _step(self):
        if self.left == 0:
            raise PowerCut
        self.left -= 1


class Handle:
    def __init__(self, disk, file, mode):
        self.disk, self.file = disk, file
        self.at = len(file.now) if mode == "ab" else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def tell(self):
        return self.at

    def seek(self, at):
        self.at = at

    def read(self, size):
        return self.file.now[self.at :] if size < 0 else self.file.now[self.at : self.at + size]

    def write(self, data):
        self.disk._step()
        self.file.now += bytes(data)

    def flush(self):
        pass

    def fileno(self):
        return self.file
