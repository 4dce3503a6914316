"""Languages: those the pages speak, and the further ones an organisation may write its own words in (L-77).

Public: `page_language`, `has_pages`, `name_language`.
"""

from django.conf import settings


def has_pages(language: str) -> bool:
    """Return whether the product itself speaks this language."""
    return language in dict(settings.LANGUAGES)


def page_language(*wanted: str) -> str:
    """Return the first of the wanted languages that the product speaks; English if it speaks none of them."""
    return next((language for language in wanted if has_pages(language)), settings.LANGUAGE_CODE)


def name_language(language: str) -> str:
    """Return a language's own name for itself."""
    return dict(settings.MAIL_LANGUAGES).get(language, language)
