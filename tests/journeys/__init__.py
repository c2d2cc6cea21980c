"""The main way, told as stories over HTTP."""
