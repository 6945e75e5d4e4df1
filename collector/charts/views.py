"""Charts have no address of their own: their macros and words, for the pages of others."""

from flask import Blueprint

from collector.charts import words

pages = Blueprint("charts", __name__, template_folder="templates")

for spoken in words.FILTERS:
    pages.add_app_template_filter(spoken)
