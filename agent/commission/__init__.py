"""`nattro commission`: guides an installer through what the device must see once. Nothing here sees a picture."""
