"""`nattro doctor`: what a technician would check, link by link, from the power to the broker and back.

One file a link; `chain.py` puts them in order, `words.toml` says what each finding means and what to do, in Swedish
and English. Nothing is changed, and the camera is never opened.
"""
