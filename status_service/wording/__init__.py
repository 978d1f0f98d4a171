"""Facts as sentences, in zh-CN, ug and en: one answer, three voices.

Channels import this package and `status_service.client`, and nothing else of
the service. It says facts; each channel owns the prompts around them.
"""
