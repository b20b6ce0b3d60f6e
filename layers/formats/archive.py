"""Is this archive safe to open? Nothing is unpacked to a name that the archive chose."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Collection
from pathlib import PurePosixPath

from layers.errors import UnreadableFile
from layers.formats.raw import MEGABYTE, Limits

ENCRYPTED = 0x1


def open_archive(data: bytes, suffixes: Collection[str], limits: Limits) -> zipfile.ZipFile:
    """A zip whose members were all checked by name, kind and stated size.

    Raises UnreadableFile: ``archive_broken``, ``archive_members``, ``archive_size``, ``archive_ratio``,
    ``archive_path``, ``archive_link``, ``archive_encrypted``, ``archive_twice``, ``archive_member``.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableFile("archive_broken") from error
    members = [member for member in archive.infolist() if not member.filename.endswith("/")]
    if len(archive.infolist()) > limits.members:
        raise UnreadableFile("archive_members", members=len(archive.infolist()), limit=limits.members)
    _check_sizes(members, limits)
    names = set()
    for member in archive.infolist():
        _check_path(member)
        if member.filename in names:
            raise UnreadableFile("archive_twice", member=member.filename)
        names.add(member.filename)
    for member in members:
        _check_kind(member, suffixes)
    return archive


def read_member(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """The bytes of a member, never more than the limit whatever its header says."""
    try:
        with archive.open(name) as stream:
            content = stream.read(limits.unpacked_bytes + 1)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise UnreadableFile("archive_broken") from error
    except Exception as error:  # zlib and lzma raise errors of their own, with no common parent
        raise UnreadableFile("archive_broken") from error
    if len(content) > limits.unpacked_bytes:
        raise UnreadableFile("archive_size", limit_mb=limits.unpacked_bytes // MEGABYTE)
    if content.startswith(b"PK\x03\x04"):
        raise UnreadableFile("archive_nested", member=name)
    return content


def _check_sizes(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > limits.unpacked_bytes:
        raise UnreadableFile("archive_size", limit_mb=limits.unpacked_bytes // MEGABYTE)
    if unpacked > MEGABYTE and unpacked > limits.ratio * max(packed, 1):
        raise UnreadableFile("archive_ratio", limit=limits.ratio)


def _check_path(member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "\x00" in name:
        raise UnreadableFile("archive_path", member=name or "?")


def _check_kind(member: zipfile.ZipInfo, suffixes: Collection[str]) -> None:
    if member.flag_bits & ENCRYPTED:
        raise UnreadableFile("archive_encrypted")
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise UnreadableFile("archive_link", member=member.filename)
    path = PurePosixPath(member.filename)
    suffix = path.suffix.lower() or path.name.lower()  # a workbook has a member that is called .rels and nothing more
    if suffix not in suffixes and not _is_desktop_litter(member.filename):
        raise UnreadableFile("archive_member", member=member.filename)


def _is_desktop_litter(name: str) -> bool:
    """Files that desktops add on their own, and that nobody reads here."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.lower() in {".ds_store", "thumbs.db", "desktop.ini"}
