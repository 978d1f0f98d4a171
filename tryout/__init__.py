"""A telephone and a handset in the browser, for development and for training.

Behind the page stands a stateful fake Twilio account, as strict as the
original: REST for what goes out, signed webhooks for what comes in. It imports
no product code and is configured by arguments alone, so that it can prove the
product wrong.
"""
