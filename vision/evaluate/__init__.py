"""`nattro evaluate`: how right nattro is on somebody's own recordings, before they trust it."""
