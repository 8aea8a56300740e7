"""Planted bugs: does the referee catch them, and after how many random nights? No part of what is shipped."""
