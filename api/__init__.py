"""The application as a whole, put together."""

from pydantic import BaseModel

# What checks a model is built when the model is first used: most forms and bodies are not in the life of a process.
BaseModel.model_config["defer_build"] = True
