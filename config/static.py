"""Hashed and compressed static files, with the imports between our ES modules rewritten too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage that also follows `import` in ES modules, so that every module is cached for ever."""

    support_js_module_import_aggregation = True
