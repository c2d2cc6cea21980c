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
