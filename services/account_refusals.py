"""Every "no" around members: signing in, passwords, roles."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class SignInRefused(Refusal):
    """Address and password do not belong together; which of the two is wrong is not told."""

    status = 422
    code = "sign_in_refused"
    heading = marked("Please check your entries")
    text = marked("The e-mail address or the password is not right.")
    advice = marked("Check both and try again. An owner of your clinic can invite you anew.")


class WrongPassword(Refusal):
    """The present password, asked for before a change, is not right."""

    status = 422
    code = "wrong_password"
    heading = marked("The present password is not right")
    text = marked("This is not your present password.")
    advice = marked("Type the password with which you signed in.")


class WrongFactorCode(Refusal):
    """Neither what the app shows now nor an unused recovery code."""

    status = 422
    code = "wrong_factor_code"
    heading = marked("The code is not right")
    text = marked("This is not the code that your app shows now. Each code works once.")
    advice = marked("Wait until the app shows the next code and type that one.")


class SignInOver(Refusal):
    """The code was awaited for ten minutes, or the sign-in has gone on elsewhere."""

    status = 422
    code = "sign_in_over"
    heading = marked("Please sign in once more")
    text = marked("The code was awaited for ten minutes. Please begin with your password once more.")
    advice = marked("Type your e-mail address and your password again.")


class SetUpOver(Refusal):
    """Nothing is being set up (any more), or everything is set up already."""

    code = "set_up_over"
    heading = marked("The state has changed")
    text = marked("The two-step sign-in was changed in the meantime, or its set-up was begun too long ago.")
    advice = marked("Open the page of your two-step sign-in and begin there.")


class PasswordTooShortAlone(Refusal):
    """The password may be short only beside a second factor."""

    status = 422
    code = "password_too_short_alone"
    heading = marked("Your password is too short to stand alone")
    text = marked("Without the second step a password needs at least 13 characters. Please change yours first.")
    advice = marked("Change the password on your account page, then switch the second step off.")


class OwnFactorFirst(Refusal):
    """Nobody demands of others what it has not done itself, and would lock itself out by it."""

    status = 422
    code = "own_factor_first"
    heading = marked("Set up your own two-step sign-in first")
    text = marked("Please set up your own two-step sign-in before you require it of everybody.")
    advice = marked("Open your account, set it up, and come back here.")


class FactorGuardsMore(Refusal):
    """The second factor protects more than this clinic, so that this clinic's owner may not take it away."""

    code = "factor_guards_more"
    heading = marked("Only the operator of the portal can reset this one")
    text = marked("This person also works at another institution or runs the portal, so the reset is not yours alone.")
    advice = marked("Ask the person who runs this portal.")


class WeakPassword(Refusal):
    """A new password that is not taken; the reason is a sentence already."""

    status = 422
    code = "weak_password"
    heading = marked("This password cannot be taken")
    text = marked("%(reason)s")
    advice = marked("Three or four words that have nothing to do with each other make a good password.")


class WrongSetUpKey(Refusal):
    """Not the one-time key that the terminal shows."""

    status = 422
    code = "wrong_set_up_key"
    heading = marked("The key is not right")
    text = marked("This is not the key that the terminal shows.")
    advice = marked("Copy the whole key from the terminal in which the portal was started.")


class LastOwner(Refusal):
    """A clinic always has somebody who can manage it."""

    code = "last_owner"
    heading = marked("The clinic needs an owner")
    text = marked("This is the only owner. Without one, nobody could manage members and settings.")
    advice = marked("Make another member an owner first.")


class AlreadyMember(Refusal):
    """The invited person has a role here already."""

    status = 422
    code = "already_member"
    heading = marked("This person is a member already")
    text = marked("A member with this address is already in the list.")
    advice = marked("Change the role in the list instead.")


class AlreadyInGroup(Refusal):
    """The person belongs to the group already."""

    status = 422
    code = "already_in_group"
    heading = marked("This person belongs to the group already")
    text = marked("A person with this address is already in the list.")
    advice = marked("Nothing more is needed.")


class LastInGroup(Refusal):
    """A group always has somebody who can let others in."""

    code = "last_in_group"
    heading = marked("The group needs at least one person")
    text = marked("This is the only person. Without one, nobody could let others in.")
    advice = marked("Add another person first.")


class GroupsOnly(Refusal):
    """A page of an institution, asked for by somebody who belongs to groups alone."""

    status = 403
    code = "groups_only"
    heading = marked("You belong to no institution here")
    text = marked("You see the progress of a group, and work in no institution yourself.")
    advice = marked("An institution can invite you as a member; then you work there as well.")
