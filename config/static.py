"""Static files: what of the npm packages is served, hashed and compressed, with imports between modules rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage that also follows `import` in ES modules, so that every module is cached for ever."""

    support_js_module_import_aggregation = True


class Finder(FileSystemFinder):
    """Our own files, and of each npm package only the files our pages load: compressing the rest takes a minute."""

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        """Yield path and storage of each file to collect."""
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", None)
            if not prefix or f"{prefix}/{path}" in settings.PACKAGE_FILES:
                yield path, storage
