"""Mails that come back, as mail servers word them; `name` is the Message-ID of the mail that was sent."""

from __future__ import annotations

NAME = "<0123456789abcdef0123456789abcdef@portal.example>"
VERA = "vera@vendor.example"


def standard(
    *,
    name: str = NAME,
    recipient: str = VERA,
    action: str = "failed",
    status: str = "5.1.1",
    words: str = "smtp; 550 5.1.1 <vera@vendor.example>: Recipient address rejected: User unknown",
    sender: str = "MAILER-DAEMON@mx.vendor.example",
) -> bytes:
    """A report by the standard, with the headers of the mail below it."""
    return f"""Return-Path: <>
From: Mail Delivery System <{sender}>
To: portal@portal.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.vendor.example
Arrival-Date: Fri, 8 Jan 2027 09:00:05 +0900

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {words}

--b1
Content-Type: text/rfc822-headers

From: portal@portal.example
Message-ID: {name}
Subject: secret

--b1--
""".replace("\n", "\r\n").encode()


def qmail(*, name: str = NAME, recipient: str = VERA) -> bytes:
    """The letter of qmail, which knows no standard."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.vendor.example
To: portal@portal.example
Subject: failure notice

Hi. This is the qmail-send program at mx.vendor.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{recipient}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <portal@portal.example>
Message-ID: {name}
Subject: secret
""".encode()


def exim(*, name: str = NAME, recipient: str = VERA) -> bytes:
    """The letter of Exim, with the failed address in a header."""
    return f"""Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.vendor.example>
X-Failed-Recipients: {recipient}
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {recipient}
    host mx.vendor.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<{recipient}>:
    550 no such user

------ This is a copy of the message, including all the headers. ------

Message-ID: {name}
""".encode()


def postfix(*, name: str = NAME, recipient: str = VERA, code: str = "4.4.1") -> bytes:
    """A plain letter that a mail was given up after days of trying."""
    return f"""From: MAILER-DAEMON@mx.portal.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender

This is the mail system at host mx.portal.example.

<{recipient}>: connect to mx.vendor.example[192.0.2.1]:25: Connection timed out ({code})

Message-ID: {name}
""".encode()


def exim_warning(*, name: str = NAME) -> bytes:
    """A letter that a mail is late, which is not a failure."""
    return f"""Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.portal.example>
Subject: Warning: message 1abc delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue. 451 4.7.1 try later.

No action is required on your part. Delivery attempts will continue for some time.

Message-ID: {name}
""".encode()


def out_of_office(*, name: str = NAME) -> bytes:
    """An absence, which names the mail it answers and even a code."""
    return f"""From: Vera <vera@vendor.example>
In-Reply-To: {name}
Auto-Submitted: auto-replied
Subject: Out of office

I am away. Error 5.1.1 does not mean me. Call extension 550 - thank you.
""".encode()
