"""Why a message to a person, or an event to another system, is not sent, or perhaps; and what is no address."""

from collector.sentences.reading import sentence

MAIL = (
    sentence("No mail server is set up (smtp, mail_from)."),
    sentence("The mail server offers no TLS, without which nothing leaves this machine."),
    sentence("The mail server's certificate is not to be trusted."),
    sentence("The mail server does not let us in with this name and password."),
    sentence("The mail server answered %(code)s."),
    sentence("The mail server cannot be reached, or hung up."),
    sentence("The mail server hung up, or said nothing, before it took the message."),
    sentence("The mail server hung up, or said nothing, when it had the message."),
    sentence("The mail server answered %(code)s: not now."),
    sentence("The mail server answered %(code)s: it does not take this message."),
    sentence("smtp_password_file: name the file that holds the password at the mail server."),
    sentence("smtp_password_file: %(file)s cannot be read: %(why)s."),
)
TEXTS = (
    sentence("No gateway for text messages is set up (sms_gateway)."),
    sentence("The gateway's certificate is not to be trusted."),
    sentence("The gateway cannot be reached."),
    sentence("The gateway did not answer in time. The message may be on its way."),
    sentence("The gateway hung up without an answer. The message may be on its way."),
    sentence("The gateway answered %(status)s, but not that it took the message."),
    sentence("The gateway answered %(status)s: it did not take the message."),
    sentence("The gateway answered %(status)s: it does not take this message."),
    sentence("The gateway answered %(status)s. The message may be on its way."),
)
WEBHOOKS = (
    sentence("The receiver answered %(status)s."),
    sentence("The receiver did not answer in time."),
    sentence("The receiver's certificate is not to be trusted."),
    sentence("The receiver cannot be reached."),
    sentence("The receiver hung up without an answer."),
    sentence("The webhook was switched off."),
    sentence("The receiver answered 410, gone: the webhook was switched off."),
)
REFUSED = (
    sentence("The address was erased."),
    sentence("The case was opened again before the customer could be asked."),
    sentence("Whom it invites does not sign in any more, has another address now, or a newer invitation."),
    sentence("The customer wants no more messages."),
    sentence("The customer has not agreed to be written to for this."),
    sentence("The contact policy of this place has no such messages."),
    sentence("This is a landline, which no text message reaches. Somebody should call."),
    sentence("This customer was told the same less than %(minutes)s minutes ago, or %(times)s times within a day."),
    sentence(
        "This touchpoint has caused %(count)s such text messages within an hour: somebody may be typing the numbers of"
        " others."
    ),
    sentence("It would have been out of date before anybody may be disturbed."),
    sentence("The customer was sent something unasked less than %(months)s months ago."),
    sentence("It waits until its recipient may be disturbed."),
    sentence("Nobody wants this report any more, or may see it."),
    sentence("%(name)s looked: it had arrived."),
    sentence("%(name)s had it sent again."),
)
ADDRESSES = (
    sentence("This is no e-mail address."),
    sentence("This is neither an e-mail address nor a telephone number."),
    sentence("There is no telephone number like this one."),
)

SENTENCES = (*MAIL, *TEXTS, *WEBHOOKS, *REFUSED, *ADDRESSES)
