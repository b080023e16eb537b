"""What every reason code means to a person: what happened, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Final

from service.i18n import N_, Language, translate


@dataclass(frozen=True, slots=True)
class Sentence:
    happened: str
    todo: str

    def __str__(self) -> str:
        return f"{self.happened} {self.todo}"


_AGAIN = N_("Take the photo again.")
_ANOTHER_FILE = N_("Choose a photo in JPEG, PNG, WebP or HEIC format.")
_NOTHING_TO_DO = N_("A person will check this; you need not do anything.")

PHOTO_REASONS: Final = {
    "no_face": Sentence(
        N_("No face was found in the photo."),
        N_("Hold the phone at eye level, with the whole face inside the oval."),
    ),
    "many_faces": Sentence(
        N_("There is more than one face in the photo."),
        N_("Take the photo again with only one person in view."),
    ),
    "image_empty": Sentence(N_("The photo file is empty."), _AGAIN),
    "image_too_many_bytes": Sentence(
        N_("The photo file is larger than 10 MB."), N_("Choose a smaller file, or take a new photo.")
    ),
    "image_unknown_format": Sentence(N_("This file is not a photo that can be read here."), _ANOTHER_FILE),
    "image_unsupported_format": Sentence(N_("This kind of image file is not accepted."), _ANOTHER_FILE),
    "image_animated": Sentence(N_("This file is an animation, not a photo."), _ANOTHER_FILE),
    "image_too_many_pixels": Sentence(
        N_("The photo has more than 16 million pixels."),
        N_("Lower the camera's resolution, or choose a smaller photo."),
    ),
    "image_damaged": Sentence(N_("The photo file is damaged or incomplete."), _AGAIN),
    "face_too_small": Sentence(
        N_("The face is too small in the photo."), N_("Come closer, until the face fills the oval.")
    ),
    "blurred": Sentence(
        N_("The photo is blurred."), N_("Wipe the lens, hold the phone still and take the photo again.")
    ),
    "too_dark": Sentence(N_("The face is too dark."), N_("Turn towards a window or a lamp.")),
    "too_bright": Sentence(
        N_("The face is too bright."), N_("Move out of the direct sunlight or away from the lamp.")
    ),
    "turned_away": Sentence(N_("The face is turned to the side."), N_("Look straight into the camera.")),
    "tilted": Sentence(N_("The head is tilted."), N_("Hold the head upright.")),
    "cut_off": Sentence(
        N_("Part of the face is outside the photo."),
        N_("Move back a little, until the whole face is inside the oval."),
    ),
    "covered": Sentence(
        N_("Part of the face is covered."),
        N_("Take off the mask, dark glasses or helmet. A headscarf may stay on."),
    ),
    "same_photo": Sentence(
        N_("This photo is a copy of another one in the set."), N_("Take another photo instead.")
    ),
}

CHECKIN_REASONS: Final = {
    "not_enrolled": Sentence(
        N_("No face is enrolled for this employee yet."), N_("Ask HR to enrol your face.")
    ),
    "no_match": Sentence(
        N_("The face does not look enough like the enrolment photos."),
        N_("If this happens again, ask HR to take new enrolment photos."),
    ),
    "other_person": Sentence(
        N_("The face looks more like another employee."),
        N_("Make sure that you are signed in with your own account."),
    ),
    "no_liveness": Sentence(
        N_("The photo alone does not show that a living person stood before the camera."), _NOTHING_TO_DO
    ),
    "liveness_failed": Sentence(
        N_("The movements before the camera were not those that were asked for."), _NOTHING_TO_DO
    ),
    "frames_missing": Sentence(
        N_("Not all movements before the camera could be seen."),
        N_("Next time keep the whole face inside the oval while the movements are asked for."),
    ),
    "wrong_order": Sentence(
        N_("The movements were made in another order than asked."),
        N_("Next time wait for each hint on the screen, and then do what it says."),
    ),
    "turn_too_small": Sentence(
        N_("The head was turned or lifted too little."),
        N_("Next time turn the head a little further, and hold it until the next hint."),
    ),
    "flat_face": Sentence(
        N_("The face hardly changed its shape when the head was turned."),
        N_("Next time turn the head itself, and keep the phone still."),
    ),
    "no_blink": Sentence(
        N_("The eyes were not seen closed."),
        N_("Next time close the eyes as soon as the hint says so, and hold them closed for two seconds."),
    ),
    "not_the_same_face": Sentence(
        N_("The face during the movements does not look like the one in the selfie."),
        N_("Next time make sure that only you are in the picture, in even light."),
    ),
    "repeated_frame": Sentence(N_("The same picture came twice during the movements."), _NOTHING_TO_DO),
    "not_continuous": Sentence(
        N_("The movements could not be followed from beginning to end."),
        N_("Next time stay in one place, move calmly, and do not switch to another app meanwhile."),
    ),
    "moves_with_surroundings": Sentence(
        N_("The surroundings moved together with the face."),
        N_("Next time hold the phone still, and move only the head."),
    ),
    "selfie_not_frontal": Sentence(
        N_("The head was already turned in the selfie."),
        N_("Next time look straight into the camera when you take the photo."),
    ),
    "challenge_unknown": Sentence(
        N_("The movements that were made could not be matched with what was asked."),
        _NOTHING_TO_DO,
    ),
    "challenge_expired": Sentence(
        N_("Too much time passed between the movements and the arrival of the photo."),
        N_("Next time send the photo soon after taking it."),
    ),
    "asked_in_advance": Sentence(
        N_("The movements were asked for in advance, because there was no connection."), _NOTHING_TO_DO
    ),
    "offline_unconfirmed": Sentence(
        N_("The time could not be confirmed, because the phone had no connection."), _NOTHING_TO_DO
    ),
    "offline_clock_changed": Sentence(
        N_("The phone's clock was set back after its last connection."),
        N_("Let the phone set its date and time automatically."),
    ),
    "offline_impossible_time": Sentence(
        N_("The time on the phone can't be right, so the time of arrival counts for now."),
        N_("Let the phone set its date and time automatically."),
    ),
    "offline_too_old": Sentence(
        N_("The check-in arrived long after it was made."),
        N_("Open Hadir where there is a signal, at least once every few days."),
    ),
    "offline_chain_broken": Sentence(
        N_("The check-ins stored on the phone do not fit together."), _NOTHING_TO_DO
    ),
    "offline_earlier_missing": Sentence(
        N_("An earlier check-in stored on the phone has not arrived yet."),
        N_("Open Hadir on the same phone where there is a signal."),
    ),
    "arrived_after_closing": Sentence(
        N_("The check-in arrived after the attendance of its month had been closed."), _NOTHING_TO_DO
    ),
    "looks_like_a_picture": Sentence(
        N_("The photo has traits that pictures of photos and screens have."), _NOTHING_TO_DO
    ),
    "challenge_reused": Sentence(
        N_("The same movements had already been used for another check-in."),
        N_("Take a new photo for every check-in."),
    ),
    "repeated_image": Sentence(
        N_("The same photo was sent before."), N_("Take a new photo for every check-in.")
    ),
    "repeated_frames": Sentence(
        N_("A picture of the movements was sent before."), N_("Take a new photo for every check-in.")
    ),
    "disowned_at_kiosk": Sentence(
        N_("The person before the kiosk said that it was somebody else."), _NOTHING_TO_DO
    ),
    "clock_off": Sentence(
        N_("The phone's clock does not agree with the server's."),
        N_("Let the phone set its date and time automatically."),
    ),
    "outside_sites": Sentence(
        N_("The phone was outside every place where the employee works."),
        N_("Work elsewhere has to be approved as an absence."),
    ),
    "sent_anyway": Sentence(
        N_("The photo was sent although it could not be judged automatically."), _NOTHING_TO_DO
    ),
    "engine_failed": Sentence(
        N_("The photo could not be analysed because of a fault in the service."), _NOTHING_TO_DO
    ),
    "other_encoders": Sentence(
        N_("The enrolment was made with another version of the face engine."),
        N_("Ask HR to renew the enrolment photos."),
    ),
}

SET_PROBLEMS: Final = {
    "not_one_person": Sentence(
        N_("The photos do not all show the same person."), N_("Remove the photos of anybody else.")
    ),
    "no_usable_photo": Sentence(
        N_("None of the photos can be used."), N_("See the reason beside each photo and take new ones.")
    ),
}

# For auditors, who see them beside a check-in; they decide nothing.
FLAGS: Final = {
    "no_position": Sentence(N_("The phone gave no position."), _NOTHING_TO_DO),
    "vague_position": Sentence(
        N_("The position is too inaccurate to say where the phone was."), _NOTHING_TO_DO
    ),
    "perfect_accuracy": Sentence(
        N_("The position claims to be perfectly accurate, which no phone measures."), _NOTHING_TO_DO
    ),
    "round_coordinates": Sentence(
        N_("The position is in whole degrees, as one that was typed in."), _NOTHING_TO_DO
    ),
    "same_coordinates": Sentence(
        N_("The position is the same to the last digit as on earlier days."), _NOTHING_TO_DO
    ),
    "too_fast": Sentence(
        N_("Since the check-in before, the phone has moved faster than anybody can travel."), _NOTHING_TO_DO
    ),
    "shared_device": Sentence(N_("Several people have checked in with this device lately."), _NOTHING_TO_DO),
}

SENTENCES: Final = PHOTO_REASONS | CHECKIN_REASONS | SET_PROBLEMS | FLAGS

_UNKNOWN: Final = Sentence(N_("Something could not be checked automatically."), _NOTHING_TO_DO)


def sentence(language: Language, code: str) -> Sentence:
    known = SENTENCES.get(code, _UNKNOWN)
    return Sentence(translate(language, known.happened), translate(language, known.todo))


def sentences(language: Language) -> dict[str, dict[str, str]]:
    """Every code in words, in the form the pages' scripts read."""
    return {code: asdict(sentence(language, code)) for code in SENTENCES}
